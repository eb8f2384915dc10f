"""Lazy access to the frameworks; nothing else in litert_ir imports them."""
