"""The command line `litert-ir`."""
