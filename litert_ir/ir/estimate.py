"""Estimate a conversion before any work: the size of the file, and the memory."""

from __future__ import annotations

import enum
from collections.abc import Mapping

import attrs

from litert_ir.ir.quantization import Precision

LARGEST_FLATBUFFER = 2**31 - 1
"""The bytes that signed 32-bit offsets reach (`FLATBUFFERS_MAX_BUFFER_SIZE`)."""

SLAB_BYTES = 8 << 20
"""Bytes of a weight that are computed at a time while a file is written."""

_ROOM_TO_SPARE = 1 << 20
"""Bytes by which a flatbuffer stays below the largest one."""


class Layout(enum.Enum):
    """The place of the weights in a LiteRT file."""

    INLINE = "inline"
    """Inside of one flatbuffer, which has to end below 2 GiB."""

    OFFSET = "offset"
    """Behind the flatbuffer, which names their places in the file; of any size."""


@attrs.frozen(kw_only=True)
class FileEstimate:
    """A rough estimate of a plan's file and of the memory that converting takes.

    Attributes:
        layout: The place of the weights.
        size_bytes: Size of the file.
        peak_bytes: Memory that converting takes on top of the process with the model in it,
            a child process included; comparing the file with the model comes after that.
        float_bytes: Size of the float file that single layers are quantized in; None where the
            whole file is of one precision.
    """

    layout: Layout
    size_bytes: int = attrs.field(validator=attrs.validators.ge(0))
    peak_bytes: int = attrs.field(validator=attrs.validators.ge(0))
    float_bytes: int | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.ge(0))
    )


@attrs.frozen
class _Cost:
    """The cost of one precision.

    Attributes:
        stored_share: Size of the weights in the file, as a share of their float32 size.
        base_bytes: Memory that any model takes.
        copies: The copies of the weights in memory beside the model's own.
    """

    stored_share: float
    base_bytes: int
    copies: float


# What goes through the StableHLO route and, where it is quantized, through LiteRT's quantizer,
# measured above the built model, the child process included. Float: 138 MB (MobileNetV2, 14 MB of
# weights), 158 MB (ResNet50, 103 MB), 117 MB (eight dense layers, 400 MB); one slab is counted
# apart. Of one and of eight dense layers of 51 MB: dynamic range 133 and 318 MB, int4 269 MB (8),
# float16 194 and 496 MB, calibrated integers 170 and 857 MB.
_COSTS: Mapping[Precision, _Cost] = {
    Precision.FLOAT: _Cost(1.0, 120_000_000, 0.0),
    Precision.FLOAT16_WEIGHTS: _Cost(0.5, 150_000_000, 1.0),
    Precision.DYNAMIC_RANGE: _Cost(0.25, 120_000_000, 0.5),
    Precision.WEIGHT_ONLY_INT8: _Cost(0.25, 120_000_000, 0.5),
    Precision.WEIGHT_ONLY_INT4: _Cost(0.125, 120_000_000, 0.5),
    Precision.INTEGER: _Cost(0.25, 150_000_000, 2.0),
    Precision.INTEGER_16X8: _Cost(0.25, 150_000_000, 2.0),
}


def estimate_for(weight_bytes: int, precision: Precision) -> FileEstimate:
    """Estimate from the size of a model's weights.

    The file is that of the weights alone: its tables add some KB, and weights that are equal
    are stored once. The memory is that of the strategy which comes first for the precision,
    as measured on Linux.

    Args:
        weight_bytes: Bytes of the weights in memory.
        precision: The precision of the file.
    """
    cost = _COSTS[precision]
    size = stored_bytes(weight_bytes, precision)
    slab = min(SLAB_BYTES, weight_bytes)
    return FileEstimate(
        layout=layout_for(size),
        size_bytes=size,
        peak_bytes=cost.base_bytes + int(cost.copies * weight_bytes) + slab,
    )


def estimate_of_layers(float_bytes: int, size_bytes: int) -> FileEstimate:
    """Estimate for a file of which single layers keep small types that they have in Keras.

    Args:
        float_bytes: Bytes of the weights in the float file.
        size_bytes: Bytes of the weights once those layers are quantized.
    """
    of_all = estimate_for(float_bytes, Precision.DYNAMIC_RANGE)
    return attrs.evolve(
        of_all, layout=layout_for(size_bytes), size_bytes=size_bytes, float_bytes=float_bytes
    )


def stored_bytes(weight_bytes: int, precision: Precision) -> int:
    """Bytes in a file of float32 weights of this size."""
    return int(weight_bytes * _COSTS[precision].stored_share)


def layout_for(size_bytes: int) -> Layout:
    """`Layout.INLINE` for a file that is safely below 2 GiB."""
    fits = size_bytes + _ROOM_TO_SPARE <= LARGEST_FLATBUFFER
    return Layout.INLINE if fits else Layout.OFFSET
