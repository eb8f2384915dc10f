"""Run native work in a child process, so that what kills it is an exception here."""

from litert_ir.errors.platforms import require_posix

require_posix()
