"""Hypothesis profiles, and signals: ``ci`` (repeatable) where CI=true is set, else ``dev``."""

from __future__ import annotations

import os
import signal
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


@pytest.fixture(scope="session", autouse=True)
def usual_signals() -> Iterator[None]:
    """Signals do what they usually do: a background job ignores SIGINT, ``nohup`` SIGHUP."""
    before = {number: signal.signal(number, handler) for number, handler in _USUAL.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
