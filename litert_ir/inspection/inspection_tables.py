"""The tables of an inspection: short enough for a terminal; its data have all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from litert_ir.errors.shown import bytes_text
from litert_ir.inspection.delegation import Delegation
from litert_ir.inspection.operators import OperatorCount, SubgraphSummary
from litert_ir.inspection.precisions import QuantizationFacts
from litert_ir.inspection.signatures import FileSignature
from litert_ir.inspection.stored_data import StoredData
from litert_ir.inspection.stored_metadata import MetadataEntry
from litert_ir.metadata.file_metadata import FileMetadata
from litert_ir.reports.table import Column, Table, facts

_MOST_ROWS = 12
_MOST_NAMES = 3
_MOST_TEXT = 200
_FINGERPRINT_DIGITS = 16
WORTH_BYTES = 1024
"""The bytes that are stored twice below which it is not worth a line."""

_COUNT = Column("count", numeric=True)
_BYTES = Column("bytes", numeric=True)
_SHARE = Column("share", numeric=True)


def facts_table(rows: Iterable[tuple[str, str]]) -> Table:
    """Return what one wants to know first."""
    return facts("", rows)


def signature_tables(signatures: Sequence[FileSignature]) -> Iterator[Table]:
    """Yield a table of the inputs and outputs of each signature."""
    for signature in signatures:
        sides = (("input", signature.inputs), ("output", signature.outputs))
        rows = [
            (side, each.name, each.dims, each.dtype, each.quantization)
            for side, tensors in sides
            for each in tensors
        ]
        quantized = any(row[-1] for row in rows)
        columns = ("", "name", "shape", "type", "quantization")
        yield Table(
            f"Signature {signature.title}",
            columns if quantized else columns[:-1],
            rows if quantized else [row[:-1] for row in rows],
        )


def operator_table(operators: Sequence[OperatorCount]) -> Table:
    """Return the operators by count."""
    several = len({each.subgraph for each in operators}) > 1
    columns = (
        Column("subgraph", numeric=True),
        Column("operator"),
        Column("version", numeric=True),
        Column("kernel"),
        _COUNT,
    )
    rows = [
        (each.subgraph, each.name, each.version, each.kind.value, each.count) for each in operators
    ]
    first = 0 if several else 1
    return Table("Operators", columns[first:], [row[first:] for row in rows])


def bytes_table(data: StoredData, size_bytes: int, *, most: int = _MOST_ROWS) -> Table:
    """Return the bytes by layer, of the largest ones alone where there are many."""
    rows = [
        (each.layer, f"{each.size_bytes:,}", each.size_bytes, ", ".join(each.dtypes))
        for each in data.layers[:most]
    ]
    others = data.layers[most:]
    left = sum(each.size_bytes for each in others)
    rest = [
        (f"({len(others)} more)", left),
        ("(metadata)", data.metadata_bytes),
        ("(unused buffers)", data.unused_bytes),
        ("(tables, padding, attached files)", data.table_bytes),
    ]
    rows += [(label, f"{count:,}", count, "") for label, count in rest if count]
    return Table(
        "Bytes by layer",
        ("layer", _BYTES, _SHARE, "types"),
        [
            (label, text, f"{100 * count / size_bytes:.1f} %", dtypes)
            for label, text, count, dtypes in rows
        ],
    )


def wasted_text(data: StoredData) -> str:
    """Return the bytes that copies take as text; "" where that is not worth a line."""
    wasted = data.wasted_bytes
    return f"{bytes_text(wasted)} could be shared" if wasted >= WORTH_BYTES else ""


def duplicate_table(data: StoredData, *, most: int = _MOST_ROWS) -> Table:
    """Return the data that are stored more than once."""
    worth = [each for each in data.duplicates if each.wasted_bytes >= WORTH_BYTES]
    found, left = worth[:most], worth[most:]
    return Table(
        "Stored more than once",
        ("tensors", Column("bytes each", numeric=True), Column("wasted", numeric=True)),
        [(_listed(each.names), f"{each.size_bytes:,}", f"{each.wasted_bytes:,}") for each in found],
        note=f"and {len(left)} more" if left else "",
    )


def precision_table(facts: QuantizationFacts) -> Table:
    """Return the precisions of the operators with weights, where they are not all floats."""
    scales = (
        (facts.per_tensor, "a scale for the whole tensor"),
        (facts.per_channel, "a scale for each channel"),
        (facts.blockwise, "scales for blocks"),
    )
    told = [f"{count} tensors with {kind}" for count, kind in scales if count]
    if facts.float_operators:
        told.append(f"{facts.float_operators} operators compute on floats")
    rows = [
        (use.precision, use.operators, f"{use.weight_bytes:,}", _listed(use.layers))
        for use in facts.uses
    ]
    return Table(
        "Quantization",
        ("precision", Column("operators", numeric=True), Column("weights", numeric=True), "layers"),
        rows if facts.is_quantized else [],
        note="; ".join(told),
    )


def delegation_tables(delegation: Delegation | None, *, most: int = _MOST_NAMES) -> Iterator[Table]:
    """Yield the operators outside of the partitions, each with some of its layers."""
    if delegation is None:
        return
    by_name: defaultdict[str, list[str]] = defaultdict(list)
    counts: defaultdict[str, int] = defaultdict(int)
    for operator in delegation.outside:
        counts[operator.name] += 1
        by_name[operator.name] += operator.layers[:1]
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    yield Table(
        "Outside of XNNPACK",
        ("operator", _COUNT, "layers"),
        [(name, counts[name], _listed(dict.fromkeys(by_name[name]), most)) for name in ordered],
        note=f"LiteRT's own kernels run these; {delegation.how}",
    )


def entries_table(entries: Iterable[MetadataEntry]) -> Table:
    """Return the entries of the metadata."""
    return Table(
        "Entries of the metadata",
        ("name", _BYTES, "content"),
        [(each.name, f"{each.size_bytes:,}", _shortened(each.text)) for each in entries],
    )


def origin_rows(metadata: FileMetadata | None) -> tuple[tuple[str, str], ...]:
    """Return how litert_ir made the file, if it did."""
    origin = None if metadata is None else metadata.origin
    if origin is None:
        return ()
    return (
        ("plan", origin.plan[:_FINGERPRINT_DIGITS]),
        ("made by", f"{origin.strategy}, Keras on {origin.backend}"),
        ("with", ", ".join(map(str, origin.tools))),
        ("then", "\n".join(origin.changes)),
    )


def subgraphs_text(subgraphs: Sequence[SubgraphSummary]) -> str:
    """Return the subgraphs as text; "" where there is one."""
    if len(subgraphs) == 1:
        return ""
    called = sum(not each.signatures for each in subgraphs)
    return f"{len(subgraphs)}, of which operators call {called}"


def _shortened(text: str | None) -> str:
    if text is None:
        return "(binary)"
    return text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]} ..."


def _listed(names: Iterable[str], most: int = _MOST_NAMES) -> str:
    """Join the first names, and count the others."""
    found = list(names)
    more = len(found) - most
    return ", ".join(found[:most]) + (f" and {more} more" if more > 0 else "")
