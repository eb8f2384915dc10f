"""`python -m litert_ir` is the command `litert-ir`."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    if not sys.flags.safe_path:
        # Python puts the current folder first for -m; what lies in it is not to be imported.
        del sys.path[0]
    from litert_ir.cli.app import main

    sys.exit(main())
