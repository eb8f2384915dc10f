"""Hypothesis profiles: ``dev`` at the desk, ``ci`` (repeatable) where CI=true is set."""

from __future__ import annotations

import os

from hypothesis import settings

# No deadline in either: the first example of a test pays for imports and caches.
settings.register_profile("dev", deadline=None, max_examples=60)
settings.register_profile("ci", deadline=None, max_examples=60, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "dev")
