"""Find some sizes that a model accepts."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

from litert_ir.ir.dimensions import StaticShapes
from litert_ir.ir.tensor import DynamicDim
from litert_ir.lowering.dimensions.slots import Sizes, Slot
from litert_ir.lowering.dimensions.trials import Trials, Verdict

CANDIDATES = (64, 32, 128, 224, 256, 16, 512, 8, 96, 4, 1000, 1024, 2048, 4096, 8192, 16384)
"""Sizes for all dynamic dimensions alike: 64 is a multiple of what most models halve, and no more
than most tables of positions have; windows of audio and patches of images need more."""
MIXED = (16, 64, 256, 1024)
"""Sizes tried for the dynamic dimensions independently, as for audio beside text."""
SMALL = 1 << 16
"""The number of elements above which a sample's sizes are tried after the candidates."""
MOST_MIXED = 24


def accepted_start(
    trials: Trials, seen: Iterable[StaticShapes], tables: Sequence[int]
) -> Sizes | None:
    """Find the first sizes that a model accepts; None when there are none.

    Args:
        trials: Runs the model at sizes.
        seen: The shapes of the user's samples.
        tables: The numbers of rows of its tables.
    """
    hints = list(dict.fromkeys(filter(None, (_sizes_of(trials.slots, s) for s in seen))))
    candidates = itertools.chain(
        [sizes for sizes in hints if trials.elements(sizes) <= SMALL],
        (_alike(trials.slots, size) for size in CANDIDATES),
        hints,
        (_alike(trials.slots, rows) for rows in sorted(tables)[:4]),
        _mixed(trials.slots),
    )
    for sizes in dict.fromkeys(candidates):
        if trials.accepts(sizes):
            return sizes
    return None


def is_empty_everywhere(trials: Trials) -> bool:
    """Return whether the model ran at some sizes, and every result was empty."""
    return any(answer.verdict is Verdict.EMPTY for answer in trials.answers.values())


def _sizes_of(slots: tuple[Slot, ...], shapes: StaticShapes) -> Sizes | None:
    """Read the sizes of the slots in a sample; None where a slot has two."""
    found = [{shapes[index][axis] for index, axis in slot.places} for slot in slots]
    return tuple(min(sizes) for sizes in found) if all(len(s) == 1 for s in found) else None


def _alike(slots: tuple[Slot, ...], size: int) -> Sizes:
    return tuple(_clamped(slot.dim, size) for slot in slots)


def _mixed(slots: tuple[Slot, ...]) -> Iterator[Sizes]:
    choices = itertools.product(MIXED, repeat=len(slots)) if len(slots) > 1 else iter(())
    for sizes in itertools.islice((c for c in choices if len(set(c)) > 1), MOST_MIXED):
        yield tuple(_clamped(slot.dim, size) for slot, size in zip(slots, sizes, strict=True))


def _clamped(dim: DynamicDim, size: int) -> int:
    """Return the largest size within the bounds and not above ``size``, else the smallest one."""
    most = size if dim.maximum is None else min(size, dim.maximum)
    return max(most // dim.multiple_of * dim.multiple_of, dim.smallest)
