"""Match, replace and create operations: all that rewrite patterns are written with."""
