"""The places of a file's data: inside of the flatbuffer, and behind it."""

from __future__ import annotations

import hashlib
import itertools
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.backends.litert.files import mapped
from litert_ir.errors import FileRejectedError

_FIRST_OFFSET = 2
"""The first offset of a buffer behind the flatbuffer: 0 and 1 stand for data inside of it."""
_HEAD_BYTES = 4096


@attrs.frozen(order=True)
class Region:
    """Consecutive bytes of a file.

    Attributes:
        start: The first byte's position in the file.
        size: Their number.
    """

    start: int
    size: int

    @property
    def end(self) -> int:
        """The position behind the last byte."""
        return self.start + self.size


def checked_regions(model: Any, content: Any, path: Path) -> tuple[Region | None, ...]:
    """Return the place of each buffer's data; None for an empty buffer.

    Args:
        model: The ``ModelT`` of the content, whose data are views of it.
        content: The file.
        path: The file's path, for errors.

    Raises:
        FileRejectedError: When data are said to be where the file has ended, or overlap.
    """
    base = _address(np.frombuffer(content, np.uint8))
    regions = tuple(_region(buffer, base) for buffer in model.buffers or ())
    known = sorted({region for region in regions if region is not None})
    for region in known:
        if region.end > len(content):
            raise _damaged(path, f"within {len(content):,} bytes", region)
    for before, after in itertools.pairwise(known):
        if before.end > after.start:
            raise _damaged(path, f"data from byte {before.end:,} on, behind other data", after)
    return regions


def _region(buffer: Any, base: int) -> Region | None:
    if int(buffer.offset) >= _FIRST_OFFSET:
        return Region(int(buffer.offset), int(buffer.size)) if buffer.size else None
    if buffer.data is None or not len(buffer.data):
        return None
    return Region(_address(buffer.data) - base, len(buffer.data))


def _address(values: NDArray[Any]) -> int:
    return int(values.__array_interface__["data"][0])


def _damaged(path: Path, expected: str, region: Region) -> FileRejectedError:
    return FileRejectedError(
        "The file is damaged or truncated: its data are not where its tables say.",
        where=str(path),
        expected=expected,
        received=f"{region.size:,} bytes from byte {region.start:,} on",
    )


def read_region(path: Path, region: Region | None) -> bytes:
    """Return the bytes of a region; none for None."""
    if region is None:
        return b""
    with path.open("rb") as file:
        file.seek(region.start)
        return file.read(region.size)


def equal_regions(path: Path, regions: Iterable[Region]) -> tuple[tuple[Region, ...], ...]:
    """Return the groups of two or more regions that hold the same bytes, the largest first.

    Those of one size are compared by their first 4 KiB, and by a digest of the whole only where
    these agree: different data cost microseconds each.

    Args:
        path: The file.
        regions: Regions of it.
    """
    groups = [sorted(set(regions))]
    content = mapped(path)
    for trait in _traits(content):
        groups = [part for group in groups for part in _split(group, trait)]
    return tuple(map(tuple, sorted(groups, key=lambda group: (-group[0].size, group[0]))))


def _traits(content: memoryview) -> Iterator[Callable[[Region], Hashable]]:
    """Yield the traits that equal data share, from cheap to certain."""
    yield lambda region: region.size
    yield lambda region: bytes(content[region.start : min(region.end, region.start + _HEAD_BYTES)])
    yield lambda region: hashlib.blake2b(content[region.start : region.end]).digest()


def _split(group: Iterable[Region], trait: Callable[[Region], Hashable]) -> Iterator[list[Region]]:
    found: defaultdict[Hashable, list[Region]] = defaultdict(list)
    for region in group:
        found[trait(region)].append(region)
    yield from (part for part in found.values() if len(part) > 1)
