"""A strategy and a task for litert_ir, which finds them by the entry points in pyproject.toml."""
