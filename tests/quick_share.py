"""The share of a long table that is not slow: all of it is tested, some of it at once."""

from __future__ import annotations

from collections.abc import Collection, Container
from typing import Any

import pytest


def quick_share(names: Collection[str], *, one_of: int, but: Container[str] = ()) -> list[Any]:
    """Parameters for the names of a table, the most of them marked as slow.

    Args:
        names: Of the table's rows.
        one_of: The first of so many is quick, evenly over the table.
        but: Rows that are slow by themselves, wherever they are.
    """
    quick = {name for name in list(names)[::one_of] if name not in but}
    return [pytest.param(name, marks=[] if name in quick else pytest.mark.slow) for name in names]
