"""The enumeration attributes of StableHLO's operations."""

from __future__ import annotations

from collections.abc import Mapping

from litert_ir.stablehlo.mlir.bindings import cached_in_context, ir, stablehlo
from litert_ir.stablehlo.mlir.interfaces import Attribute, Operation

_DIRECTIONS = ("EQ", "NE", "LT", "LE", "GT", "GE")
_DIRECTION = "comparison_direction"


def direction_of(comparison: Operation) -> str:
    """The comparison of a `stablehlo.compare` or `chlo.broadcast_compare`, such as ``LT``."""
    attribute = comparison.attributes[_DIRECTION]
    if stablehlo.ComparisonDirectionAttr.isinstance(attribute):
        return str(stablehlo.ComparisonDirectionAttr(attribute).value)
    return _chlo_directions()[attribute]


@cached_in_context
def _chlo_directions() -> Mapping[Attribute, str]:
    """The directions by CHLO's attributes, of which the bindings have no class."""
    return {ir.Attribute.parse(f"#chlo<{_DIRECTION} {name}>"): name for name in _DIRECTIONS}


def direction_attribute(direction: str) -> Attribute:
    """The ``comparison_direction`` of a `stablehlo.compare`."""
    attribute: Attribute = stablehlo.ComparisonDirectionAttr.get(direction)
    return attribute


def is_total_order(comparison: Operation) -> bool:
    """Tell whether a `stablehlo.compare` distinguishes zeros of different signs, and orders NaN."""
    attribute = comparison.attributes.get("compare_type")
    return attribute is not None and stablehlo.ComparisonTypeAttr(attribute).value == "TOTALORDER"


def fft_kind(op: Operation) -> str:
    """The transform of a `stablehlo.fft`: ``FFT``, ``IFFT``, ``RFFT`` or ``IRFFT``."""
    return str(stablehlo.FftTypeAttr(op.attributes["fft_type"]).value)
