"""Temporary files and folders, which the next export removes when a killed process leaves them."""

from litert_ir.errors.platforms import require_posix

require_posix()
