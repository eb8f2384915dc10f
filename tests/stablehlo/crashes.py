"""Stand-ins for the converter that end its process, each in a way of its own."""

from __future__ import annotations

import os
import signal
import time
from typing import Any


def abort(*_arguments: Any) -> None:
    """End as a failed assertion of native code does."""
    os.abort()


def kill(*_arguments: Any) -> None:
    """End as the kernel does when memory runs out."""
    os.kill(os.getpid(), signal.SIGKILL)


def hang(*_arguments: Any) -> None:
    """Never come back."""
    time.sleep(600)
