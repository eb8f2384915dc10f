"""The subcommands, one module each: their syntax, and what they call and print."""
