"""The public verb that says what differs between two LiteRT files."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from typing_extensions import override

from litert_ir.backends.litert.files import mapped
from litert_ir.errors.shown import bytes_text
from litert_ir.inspection.contents import FileContents, Operator, read_contents
from litert_ir.inspection.delegation import number_of
from litert_ir.inspection.inspect_file import inspect
from litert_ir.inspection.inspected_file import Inspection
from litert_ir.inspection.weight_changes import Constants, WeightChange, weight_changes
from litert_ir.reports.report import Report
from litert_ir.reports.table import Column, Table
from litert_ir.runtime.existing_file import existing_file

_MOST_ROWS = 12
_PIECE = 1 << 24
"""Bytes that are compared at once."""


@attrs.frozen(kw_only=True)
class Change:
    """A fact that differs between two files.

    Attributes:
        of: The subject, such as ``input images``.
        first: The fact in the first file; "" where it is missing.
        second: The same in the second file.
    """

    of: str
    first: str
    second: str


@attrs.frozen(kw_only=True)
class LayerChange:
    """A layer whose constants differ between two files.

    Attributes:
        layer: Its path.
        first_bytes: The bytes of its changed constants in the first file.
        second_bytes: The same in the second file.
        relative_rms: The largest relative difference of a constant; None where none can be
            compared.
    """

    layer: str
    first_bytes: int
    second_bytes: int
    relative_rms: float | None


@attrs.frozen(kw_only=True, repr=False)
class FileDifference(Report):
    """The differences of two LiteRT files.

    Attributes:
        first: The first file.
        second: The second file.
        first_bytes: The first file's size.
        second_bytes: The second file's size.
        has_equal_bytes: Whether the files are equal byte by byte.
        interface: Signatures, inputs and outputs that differ.
        operators: Numbers of operators that differ.
        options: Options of operators of one name and result that differ.
        weights: Constants that differ.
        equal_weights: The number of constants that do not.
        layers: The changed constants by layer, the most changed first.
        quantization: Facts of the quantization that differ.
        metadata: Entries of the metadata that differ, and the runtime that is needed.
    """

    first: Path
    second: Path
    first_bytes: int
    second_bytes: int
    has_equal_bytes: bool
    interface: tuple[Change, ...]
    operators: tuple[Change, ...]
    options: tuple[Change, ...]
    weights: tuple[WeightChange, ...]
    equal_weights: int
    layers: tuple[LayerChange, ...]
    quantization: tuple[Change, ...]
    metadata: tuple[Change, ...]

    @property
    def same(self) -> bool:
        """Tell whether the files have the same content, wherever in the file it stands."""
        return not (*self._changes, *self.weights)

    @property
    def _changes(self) -> tuple[Change, ...]:
        return (
            *self.interface,
            *self.operators,
            *self.options,
            *self.quantization,
            *self.metadata,
        )

    @property
    @override
    def headline(self) -> str:
        names = f"{self.first.name} and {self.second.name}"
        if self.has_equal_bytes:
            return f"Equal, byte by byte: {names}"
        if self.same:
            return f"Equal content, in other bytes: {names}"
        parts = (
            ("interface", self.interface),
            ("operators", (*self.operators, *self.options)),
            (number_of(len(self.weights), "constant"), self.weights),
            ("quantization", self.quantization),
            ("metadata", self.metadata),
        )
        return f"Different {', '.join(name for name, changes in parts if changes)}: {names}"

    @override
    def tables(self) -> tuple[Table, ...]:
        return (
            _change_table("Interface", self.interface, self),
            _change_table("Operators", self.operators, self),
            _change_table("Options of operators", self.options, self),
            _weight_table(self),
            _layer_table(self),
            _change_table("Quantization", self.quantization, self),
            _change_table("Metadata", self.metadata, self),
            _size_table(self),
        )

    @override
    def to_data(self) -> dict[str, Any]:
        return {"same": self.same, **super().to_data()}


def diff(first: str | os.PathLike[str], second: str | os.PathLike[str]) -> FileDifference:
    """Compare two LiteRT files: interface, operators, weights, quantization, metadata.

    Constants are matched by their names, and compared as real values: those of a quantized file
    with those of the float file that it was made from. Nothing is run.

    Args:
        first: A file.
        second: Another file.

    Returns:
        What differs.

    Raises:
        ModelSourceError: When there is no such file.
        FileRejectedError: When one is not a LiteRT file, or its tables are damaged or truncated.

    Example:
        ``print(diff("model.tflite", "small.tflite"))``
    """
    paths = existing_file(first), existing_file(second)
    one, other = (inspect(path, delegation=False) for path in paths)
    contents = tuple(map(read_contents, paths))
    constants, operators = tuple(map(Constants.of, contents)), tuple(map(_operators, contents))
    weights, equal = weight_changes(*constants)
    return FileDifference(
        first=one.path,
        second=other.path,
        first_bytes=one.size_bytes,
        second_bytes=other.size_bytes,
        has_equal_bytes=_has_equal_bytes(one, other),
        interface=_changed(_interface(one), _interface(other)),
        operators=_changed(_counts(one), _counts(other)),
        options=_changed_options(*operators),
        weights=weights,
        equal_weights=equal,
        layers=tuple(_by_layer(weights)),
        quantization=_changed(_quantization(one), _quantization(other)),
        metadata=_changed(_metadata(one), _metadata(other)),
    )


def _has_equal_bytes(one: Inspection, other: Inspection) -> bool:
    if one.size_bytes != other.size_bytes:
        return False
    first, second = (np.frombuffer(mapped(each.path), np.uint8) for each in (one, other))
    starts = range(0, one.size_bytes, _PIECE)
    return all(np.array_equal(first[s : s + _PIECE], second[s : s + _PIECE]) for s in starts)


def _changed(first: Mapping[str, str], second: Mapping[str, str]) -> tuple[Change, ...]:
    return tuple(
        Change(of=of, first=first.get(of, ""), second=second.get(of, ""))
        for of in dict.fromkeys((*first, *second))
        if first.get(of) != second.get(of)
    )


def _interface(found: Inspection) -> dict[str, str]:
    facts: dict[str, str] = {}
    for signature in found.signatures:
        for side, tensors in (("input", signature.inputs), ("output", signature.outputs)):
            of = f"{signature.title}: {side}"
            facts[f"{of}s"] = ", ".join(each.name for each in tensors)
            for each in tensors:
                described = f"{each.dims} {each.dtype} {each.quantization}"
                facts[f"{of} {each.name}"] = described.strip()
    return facts


def _counts(found: Inspection) -> dict[str, str]:
    counts: Counter[str] = Counter()
    for each in found.operators:
        counts[f"{each.name} version {each.version}"] += each.count
    return {name: str(count) for name, count in counts.items()}


def _operators(contents: FileContents) -> dict[str, Operator]:
    """Return the operators by name and first result, where there is one of them."""
    found: defaultdict[str, list[Operator]] = defaultdict(list)
    for graph in contents.subgraphs:
        for operator in graph.operators:
            results = (graph.tensors[index].name for index in operator.outputs)
            found[f"{operator.name} {next(results, '')}"].append(operator)
    return {name: operators[0] for name, operators in found.items() if len(operators) == 1}


def _changed_options(
    first: Mapping[str, Operator], second: Mapping[str, Operator]
) -> tuple[Change, ...]:
    return tuple(
        attrs.evolve(change, of=f"{name}: {change.of}")
        for name in first
        if name in second
        for change in _changed(dict(first[name].options), dict(second[name].options))
    )


def _by_layer(weights: Iterable[WeightChange]) -> list[LayerChange]:
    of_layer: defaultdict[str, list[WeightChange]] = defaultdict(list)
    for each in weights:
        of_layer[each.layer].append(each)
    found = [
        LayerChange(
            layer=layer,
            first_bytes=sum(each.first_bytes for each in changes),
            second_bytes=sum(each.second_bytes for each in changes),
            relative_rms=max(
                (each.relative_rms for each in changes if each.relative_rms is not None),
                default=None,
            ),
        )
        for layer, changes in of_layer.items()
    ]
    return sorted(found, key=lambda each: (-(each.relative_rms or 0), each.layer))


def _quantization(found: Inspection) -> dict[str, str]:
    facts = found.quantization
    return {
        "precision": facts.summary,
        "tensors with one scale": str(facts.per_tensor),
        "tensors with a scale per channel": str(facts.per_channel),
        "tensors with scales for blocks": str(facts.blockwise),
    }


def _metadata(found: Inspection) -> dict[str, str]:
    facts = {
        each.name: each.text or f"{each.size_bytes:,} bytes, {each.digest}"
        for each in found.entries
    }
    return {
        **facts,
        "needed runtime": found.runtime.summary,
        "description": found.description,
    }


def _change_table(title: str, changes: Iterable[Change], found: FileDifference) -> Table:
    rows = [(each.of, each.first or "-", each.second or "-") for each in changes]
    left = len(rows) - _MOST_ROWS
    return Table(
        title,
        ("", *_names(found)),
        rows[:_MOST_ROWS],
        note=f"and {left} more" if left > 0 else "",
    )


def _names(found: FileDifference) -> tuple[str, str]:
    if found.first.name == found.second.name:
        return "first", "second"
    return found.first.name, found.second.name


def _weight_table(found: FileDifference) -> Table:
    """Return the constants whose values cannot be compared, the largest first."""
    others = [each for each in found.weights if each.relative_rms is None]
    others.sort(key=lambda each: -max(each.first_bytes, each.second_bytes))
    rows = [(each.name, each.first or "-", each.second or "-") for each in others]
    left = len(rows) - _MOST_ROWS
    return Table(
        "Constants of one file, of other shapes, or of other integers",
        ("constant", *_names(found)),
        rows[:_MOST_ROWS],
        note=f"and {left} more" if left > 0 else "",
    )


def _layer_table(found: FileDifference) -> Table:
    compared = [each for each in found.layers if each.relative_rms is not None]
    left = len(compared) - _MOST_ROWS
    notes = [f"{number_of(found.equal_weights, 'constant')} equal"]
    notes += [f"{left} more layers"] if left > 0 else []
    return Table(
        "Changed constants by layer",
        (
            "layer",
            Column("relative RMS", numeric=True),
            Column("bytes", numeric=True),
            Column("then", numeric=True),
        ),
        list(_layer_rows(compared[:_MOST_ROWS])),
        note="; ".join(notes),
    )


def _layer_rows(layers: Iterable[LayerChange]) -> Iterator[tuple[str, ...]]:
    for each in layers:
        change = f"{each.relative_rms:.2g}"
        yield each.layer, change, f"{each.first_bytes:,}", f"{each.second_bytes:,}"


def _size_table(found: FileDifference) -> Table:
    sizes = (found.first_bytes, found.second_bytes)
    share = found.second_bytes / max(1, found.first_bytes)
    texts = [f"{bytes_text(size)} ({size:,} bytes)" for size in sizes]
    rows = [] if sizes[0] == sizes[1] else [("size", *texts, f"{share:.2f} x")]
    return Table("Size", ("", *_names(found), ""), rows)
