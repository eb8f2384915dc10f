"""One warm child for the tests that leave it alive."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from litert_ir.isolation.worker import Worker


@pytest.fixture(scope="session")
def worker() -> Iterator[Worker]:
    """A worker whose child may be alive, dead or not yet started."""
    with Worker() as shared:
        yield shared
