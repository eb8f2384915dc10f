"""What all tests have: profiles of Hypothesis, usual signals, and a process that stays small.

The profile is ``ci`` (repeatable) where CI=true is set, else ``dev``.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import settings

# No deadline in either: the first example of a test pays for imports and caches.
settings.register_profile("dev", deadline=None, max_examples=60)
settings.register_profile("ci", deadline=None, max_examples=60, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "dev")

_USUAL: Mapping[signal.Signals, Any] = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGTERM: signal.SIG_DFL,
    signal.SIGHUP: signal.SIG_DFL,
}

_TRIM = getattr(ctypes.CDLL(None), "malloc_trim", None)


@pytest.fixture(scope="session", autouse=True)
def usual_signals() -> Iterator[None]:
    """Signals do what they usually do: a background job ignores SIGINT, ``nohup`` SIGHUP."""
    before = {number: signal.signal(number, handler) for number, handler in _USUAL.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def pytest_collection_finish() -> None:
    """Look no more at the million objects of imported frameworks whenever garbage is collected."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def let_go() -> Iterator[None]:
    """Let go, after each module, of the graph in which Keras keeps every layer's computation.

    glibc keeps freed memory for its threads until it is told to trim it.
    """
    yield
    if "keras" in sys.modules:
        sys.modules["keras"].backend.clear_session()
    gc.collect()
    if _TRIM is not None:
        _TRIM(0)
