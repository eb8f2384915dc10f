"""Create temporary files and folders; the next export removes those of killed processes."""

from litert_ir.errors.platforms import require_posix

require_posix()
