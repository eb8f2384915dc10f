"""Find the weights that are equal, so that a file stores them once."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping

from litert_ir.stablehlo.weights.evaluate import Parameters, evaluate_chunks
from litert_ir.stablehlo.weights.expressions import WeightExpr

_HEAD_BYTES = 4096


def first_equal(weights: Mapping[int, WeightExpr], parameters: Parameters) -> dict[int, int]:
    """For each weight, the first one that is stored as the same bytes.

    Equal expressions need no look at the variables. Of the others, those of one size are
    compared by their first 4 KiB, and by a digest of the whole only where these agree. So
    different weights cost microseconds each, and equal ones one more pass over them, at the
    about 1 GB/s of BLAKE2b.

    Args:
        weights: Expressions by a key of the caller's.
        parameters: Gives the variables.
    """
    first_of: dict[WeightExpr, int] = {}
    for index, weight in weights.items():
        first_of.setdefault(weight, index)
    same = {index: first_of[weight] for index, weight in weights.items()}
    candidates: Iterable[list[int]] = [list(dict.fromkeys(same.values()))]
    for trait in _traits(weights, parameters):
        candidates = [part for group in candidates for part in _split(group, trait)]
    merged = {index: group[0] for group in candidates for index in group}
    return {index: merged.get(first, first) for index, first in same.items()}


def _traits(
    weights: Mapping[int, WeightExpr], parameters: Parameters
) -> Iterator[Callable[[int], Hashable]]:
    """Yield the traits that equal weights share, from cheap to certain."""
    yield lambda index: weights[index].nbytes
    yield lambda index: _head(evaluate_chunks(weights[index], parameters, _HEAD_BYTES))
    yield lambda index: _digest(evaluate_chunks(weights[index], parameters))


def _split(group: list[int], trait: Callable[[int], Hashable]) -> list[list[int]]:
    """The subgroups of two or more that share a trait."""
    found: defaultdict[Hashable, list[int]] = defaultdict(list)
    for index in group:
        found[trait(index)].append(index)
    return [part for part in found.values() if len(part) > 1]


def _head(chunks: Iterator[memoryview]) -> bytes:
    """The first bytes; a chunk's length depends on the expression's form."""
    head = b""
    for chunk in chunks:
        head += chunk[: _HEAD_BYTES - len(head)]
        if len(head) == _HEAD_BYTES:
            break
    return head


def _digest(chunks: Iterator[memoryview]) -> bytes:
    digest = hashlib.blake2b()
    for chunk in chunks:
        digest.update(chunk)
    return digest.digest()
