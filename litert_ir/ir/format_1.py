"""Plans of format 1, as the JSON of today's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_QUANTIZER = "litert-quantizer"
"""The quantizer that made its file from a strategy's float one."""


def upgraded(document: Mapping[str, Any]) -> dict[str, Any]:
    """Put today's words for those of format 1.

    Args:
        document: A JSON object. Parts of it that no plan has stay as they are, for the reader of
            plans to refuse.
    """
    changed = dict(document)
    if isinstance(route := document.get("route"), list):
        changed["route"] = [_step(step) for step in route]
    return changed


def _step(step: object) -> object:
    """A step; what quantizes a strategy's file is a strategy around that strategy by now."""
    if not isinstance(step, dict) or "quantizer" not in step:
        return step
    fields = dict(step)
    if fields.pop("quantizer") == _QUANTIZER:
        fields["strategy"] = f"quantized-{fields.get('strategy')}"
    return fields
