"""The engine of rewrite patterns: match, replace and create operations."""
