"""`python -m litert_ir` is the command `litert-ir`."""

from __future__ import annotations

import sys

from litert_ir.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
