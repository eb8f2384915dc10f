"""Name dynamic dimensions that have no name by what they count, judged by ranks."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Container, Sequence

from litert_ir.ir.dimensions import BATCH_NAME
from litert_ir.ir.tensor import DynamicDim, TensorSpec
from litert_ir.lowering.dimensions.slots import Place

_BY_RANK = {
    2: ("length",),
    3: ("length", "width"),
    4: ("height", "width"),
    5: ("depth", "height", "width"),
}
"""The names of the axes after the batch, without the channels, by rank."""


def name_of(spec: TensorSpec, axis: int) -> str:
    """Return the default name of a dynamic dimension.

    If the axis after the batch is static and the last one dynamic, channels come first.

    Example:
        >>> from litert_ir.ir.tensor import DType
        >>> image = TensorSpec(name="x", shape=(1, 3, DynamicDim(), DynamicDim()),
        ...                    dtype=DType.FLOAT32)
        >>> name_of(image, 2), name_of(image, 3)
        ('height', 'width')
    """
    if axis == 0:
        return BATCH_NAME
    shape = spec.shape
    dynamic = [isinstance(dim, DynamicDim) for dim in shape]
    channels_first = len(shape) > 2 and dynamic[-1] and not dynamic[1]
    names = _BY_RANK.get(len(shape), ())
    index = axis - 1 - channels_first
    return names[index] if index < len(names) else "size"


def names_of(
    inputs: Sequence[TensorSpec], groups: Sequence[Place], taken: Container[str]
) -> tuple[str, ...]:
    """Return a unique name for each group of dimensions.

    Args:
        inputs: The inputs.
        groups: The first place of each group.
        taken: Names that the user gave to others.

    Returns:
        The default names; with the input's name as a prefix where several are equal, as
        ``enc_length`` and ``dec_length``.
    """
    plain = [name_of(inputs[index], axis) for index, axis in groups]
    count = Counter(plain)
    names: list[str] = []
    for (index, _), name in zip(groups, plain, strict=True):
        is_shared = count[name] > 1 or name in taken
        wanted = f"{inputs[index].name}_{name}" if is_shared else name
        names.append(_free(wanted, taken, names))
    return tuple(names)


def _free(wanted: str, taken: Container[str], others: Container[str]) -> str:
    numbered = (f"{wanted}_{number}" for number in itertools.count(1))
    candidates = itertools.chain([wanted], numbered)
    return next(name for name in candidates if name not in taken and name not in others)
