"""Check the depth and size of a user's nested value before anything recurses into it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litert_ir.errors import Problem, SignatureError
from litert_ir.errors.shown import shown
from litert_ir.ir.checks import too_deep
from litert_ir.ir.nodes import MOST_NESTED
from litert_ir.ir.path import Path

MOST_PARTS = 10_000
"""Containers and leaves: a list that holds another one twice, and so on, has 2**depth of them."""

INPUT_SIGNATURE = Path("input_signature")


def check_nesting(value: Any) -> None:
    """Require finite mappings, lists and tuples, with non-empty strings as keys.

    Args:
        value: An input signature as a user wrote it; leaves may be anything.

    Raises:
        SignatureError: When the value contains itself, is nested deeper than `MOST_NESTED`, has
            more than `MOST_PARTS` parts, or a mapping whose keys are not non-empty strings.
    """
    parts = [(value, INPUT_SIGNATURE)]
    for _ in range(MOST_PARTS):
        if not parts:
            return
        part, path = parts.pop()
        inside = _inside(part, path)
        if inside and len(path.steps) >= MOST_NESTED:
            raise _invalid(too_deep(path))
        parts += inside
    raise _invalid(Problem(str(INPUT_SIGNATURE), f"at most {MOST_PARTS:,} parts", "more"))


def _inside(part: Any, path: Path) -> list[tuple[Any, Path]]:
    if isinstance(part, Mapping):
        odd = [key for key in part if not isinstance(key, str) or not key]
        if odd:
            expected = "a mapping whose keys are non-empty strings"
            raise _invalid(Problem(str(path), expected, f"the keys {shown(odd)}"))
        return [(item, path.child(key)) for key, item in part.items()]
    if isinstance(part, list | tuple):
        return [(item, path.child(index)) for index, item in enumerate(part)]
    return []


def _invalid(problem: Problem) -> SignatureError:
    return SignatureError("input_signature is not valid:", [problem])
