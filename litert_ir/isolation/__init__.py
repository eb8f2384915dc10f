"""Run native work in a child process, whose crash is an exception here."""

from litert_ir.errors.platforms import require_posix

require_posix()
