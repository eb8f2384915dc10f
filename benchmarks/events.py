"""The events that a measured process prints, one JSON line each, and their reader."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

import attrs
import cattrs

from benchmarks.memory import Memory
from benchmarks.records import Accuracy, Exported, LiteRTFileFacts, Profile, Stage, Timed

MARK = "benchmark-event: "
"""The prefix of the lines: frameworks print lines of their own."""


@attrs.frozen(kw_only=True)
class Built:
    """The model stands; see `benchmarks.records.Measurement`."""

    weights: int
    load_average: float


@attrs.frozen(kw_only=True)
class Began:
    """An export begins.

    Args:
        stage: Which one.
        at: When, by `time.perf_counter`.
        own: Memory of the exporting process right before.
        children: That of its children together, without what they share with it.
    """

    stage: Stage
    at: float
    own: Memory
    children: Memory


@attrs.frozen(kw_only=True)
class Ended:
    """An export has ended.

    Args:
        stage: Which one.
        at: When, by `time.perf_counter`.
        own_high_water: High-water mark of the exporting process over the export; None where
            the kernel gives none.
        children_high_water: Those of its children together.
        shared: Bytes in files that the children share with it.
        exported: What the exporter says.
    """

    stage: Stage
    at: float
    own_high_water: int | None
    children_high_water: int | None
    shared: int
    exported: Exported


@attrs.frozen
class Written:
    """The cold export's file has been read."""

    file: LiteRTFileFacts


@attrs.frozen
class Compared:
    """The cold export's file has been compared with the model."""

    accuracy: Accuracy


@attrs.frozen
class Interleaved:
    """Files have been run in turns; one entry per file, in the order given."""

    files: tuple[Timed, ...]


@attrs.frozen
class Profiled:
    """An export has been profiled."""

    profile: Profile


Event: TypeAlias = Built | Began | Ended | Written | Compared | Interleaved | Profiled

_KINDS: dict[str, Any] = {
    kind.__name__: kind for kind in (Built, Began, Ended, Written, Compared, Interleaved, Profiled)
}


def say(event: Event) -> None:
    """Print an event to standard output, at once."""
    document = {"kind": type(event).__name__, "event": cattrs.unstructure(event)}
    print(f"\n{MARK}{json.dumps(document)}", flush=True)


def heard(lines: Iterator[str]) -> Iterator[Event]:
    """Give the events among the lines that a process prints, as they come."""
    for line in lines:
        if line.startswith(MARK):
            document = json.loads(line.removeprefix(MARK))
            event: Event = cattrs.structure(document["event"], _KINDS[document["kind"]])
            yield event
