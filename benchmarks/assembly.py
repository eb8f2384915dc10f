"""Combine a measured process's events with the samples of its memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from benchmarks.events import Began, Built, Ended, Event, Written
from benchmarks.records import ExportRun, ExtraMemory, Measurement
from benchmarks.tree import Sample, TreeWatch


def measurement_of(events: Sequence[Event], watch: TreeWatch) -> Measurement | None:
    """The measurement of a process that has ended.

    Args:
        events: All that it said.
        watch: The samples of its memory.

    Returns:
        None when it ended before its cold export did.
    """
    built = next((event for event in events if isinstance(event, Built)), None)
    written = next((event for event in events if isinstance(event, Written)), None)
    if built is None or written is None:
        return None
    spans = tuple(_spans(events))
    runs = tuple(
        ExportRun(
            stage=began.stage,
            seconds=ended.at - began.at,
            extra=extra_of(began, ended, watch.between(began.at, ended.at)),
            exported=ended.exported,
        )
        for began, ended in spans
    )
    return Measurement(
        weights=built.weights,
        built=spans[0][0].own.resident,
        load_average=built.load_average,
        runs=runs,
        file=written.file,
    )


def under_way(events: Sequence[Event]) -> Began | None:
    """The export that has begun and not ended, if any."""
    last = next((event for event in reversed(events) if isinstance(event, Began | Ended)), None)
    return last if isinstance(last, Began) else None


def extra_of(began: Began, ended: Ended, samples: Sequence[Sample]) -> ExtraMemory:
    """Compute the memory of an export beyond that of its process tree at the beginning.

    Args:
        began: Its beginning.
        ended: Its end.
        samples: Those between the two.
    """
    peak = max((_above(began, ended.shared, sample) for sample in samples), default=(0, 0), key=sum)
    own, limit = 0, None
    if ended.own_high_water is not None:
        own = max(0, ended.own_high_water - began.own.resident)
        if ended.children_high_water is not None:
            children = ended.children_high_water - ended.shared - began.children.resident
            limit = own + max(0, children)
    parent, children_share = max(peak, (own, -began.children.resident), key=sum)
    resident = max(0, parent + children_share)
    return ExtraMemory(
        resident=resident,
        resident_limit=None if limit is None else max(limit, resident),
        anonymous=most_anonymous(began, samples),
        parent=parent,
        children=children_share,
        samples=len(samples),
    )


def _above(began: Began, shared: int, sample: Sample) -> tuple[int, int]:
    """The process' own and its children's resident memory above that before."""
    children = max(0, sample.children.resident - shared)
    return sample.root.resident - began.own.resident, children - began.children.resident


def most_anonymous(began: Began, samples: Iterable[Sample]) -> int:
    """The most anonymous memory of the tree, above that before."""
    before = began.own.anonymous + began.children.anonymous
    return max(0, max((sample.total.anonymous for sample in samples), default=0) - before)


def most_resident(began: Began, samples: Iterable[Sample]) -> int:
    """The most resident memory of the tree, above that before; shared pages count twice."""
    before = began.own.resident + began.children.resident
    return max(0, max((sample.total.resident for sample in samples), default=0) - before)


def _spans(events: Iterable[Event]) -> Iterator[tuple[Began, Ended]]:
    began: Began | None = None
    for event in events:
        match event:
            case Began():
                began = event
            case Ended() if began is not None:
                yield began, event
                began = None
            case _:
                pass
