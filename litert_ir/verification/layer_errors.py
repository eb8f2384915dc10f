"""Locate the precision loss of a quantized file: compare its tensors with the float file's."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from litert_ir.errors.shown import bytes_text
from litert_ir.isolation.time_limits import TimeBudget, watched_running_s
from litert_ir.reports.plain_data import plain
from litert_ir.reports.report import Report
from litert_ir.reports.table import Column, Table
from litert_ir.runtime.interface_reader import read_interface
from litert_ir.runtime.interpreter import LoadedFile
from litert_ir.runtime.isolated import call_on_file, elements_of
from litert_ir.runtime.tensor_table import StoredTensor, TensorKind, read_tensors
from litert_ir.samples.forms import NamedSample
from litert_ir.verification.metrics import abs_errors
from litert_ir.verification.tensor_scopes import FileScopes

Array = NDArray[Any]

_CHUNK = 1 << 20
"""Elements compared at once, in double precision."""


@attrs.frozen(kw_only=True)
class TensorError:
    """The error of one tensor of the quantized file relative to the float file.

    Attributes:
        name: The tensor's name, which both files have.
        layer: The layers named in the result of its operator, joined by `` + ``; "" where it names
            none. A layer's weights are thus listed with the results computed from them.
        kind: The tensor's role. The error of a weight is that of storing it; the error of an
            activation has accumulated up to it.
        dtype: Its element type in the quantized file, such as ``int8``.
        size_bytes: Its size in the quantized file; that of an activation, for the first sample.
        relative_error: The root of the mean squared error over that of the mean squared value,
            over all samples; infinite where the float values are all zero and the others not.
        place: The place in the float file of its operator, or of the one that it is an input of.
    """

    name: str
    layer: str
    kind: TensorKind
    dtype: str
    size_bytes: int
    relative_error: float
    place: int = 0

    @property
    def sqnr_db(self) -> float:
        """The ratio of signal to quantization noise, in decibels; infinite without an error."""
        if self.relative_error == 0:
            return math.inf
        return (
            -math.inf if math.isinf(self.relative_error) else -20 * math.log10(self.relative_error)
        )

    @property
    def label(self) -> str:
        """The layer, or the name where no layer is known."""
        return self.layer or self.name


_COLUMNS = (
    "layer",
    "tensor",
    "type",
    Column("size", numeric=True),
    Column("error", numeric=True),
    Column("SQNR", numeric=True),
)
MOST_ROWS = 10
"""The rows of the table in a report's text."""


@attrs.frozen(kw_only=True, repr=False)
class LayerErrors(Report):
    """The errors of the float tensors that both files have.

    Attributes:
        rows: The errors, the largest first.
        samples: The number of inputs that the files were run on.
        unmatched: The names of the float file's tensors that are missing from the quantized file or
            have another shape there, and of those without values.
    """

    rows: tuple[TensorError, ...]
    samples: int
    unmatched: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        """The tensor with the largest error."""
        compared = f"{len(self.rows)} tensors compared on {self.samples} input(s)"
        if not self.rows:
            return compared
        worst = self.rows[0]
        return f"{worst.label} has the largest error, {_percent(worst.relative_error)}; {compared}"

    @override
    def tables(self) -> tuple[Table, ...]:
        """Return the tensors with the largest errors."""
        return (self.table(MOST_ROWS),)

    def table(self, most: int) -> Table:
        """Return some of the tensors, those with the largest errors.

        Args:
            most: The number of rows.
        """
        left_out = len(self.rows) - most
        more = f"; {left_out} more with smaller errors" if left_out > 0 else ""
        others = f"; {len(self.unmatched)} that cannot be compared" if self.unmatched else ""
        note = (
            "error: root mean square of the difference over that of the float values, over "
            f"{self.samples} input(s){more}{others}"
        )
        return Table("Layers", _COLUMNS, map(_cells, self.worst(most)), note=note)

    @override
    def to_data(self) -> dict[str, Any]:
        """Return all rows in JSON's types; sizes in bytes, ratios in dB."""
        return self.data_of(len(self.rows))

    def data_of(self, most: int) -> dict[str, Any]:
        """Return some of the tensors, those with the largest errors, in JSON's types."""
        return {
            "samples": self.samples,
            "tensors": len(self.rows),
            "worst": [{**plain(row), "sqnr_db": plain(row.sqnr_db)} for row in self.worst(most)],
            "unmatched": list(self.unmatched),
        }

    def worst(self, count: int, *kinds: TensorKind) -> tuple[TensorError, ...]:
        """Return the rows with the largest errors, of some kinds or of all."""
        return tuple(row for row in self.rows if not kinds or row.kind in kinds)[:count]


def tensor_errors(
    reference: Path,
    quantized: Path,
    samples: Sequence[NamedSample],
    budget: TimeBudget | None = None,
) -> LayerErrors:
    """Run both files on samples in a child process, and compare their tensors.

    Tensors are matched by name, as LiteRT's quantizer keeps names. Tensors inside of loops and
    branches are skipped. The files run with XNNPACK, as in `LoadedFile`: with all tensors
    preserved, it computes each of them. The reference kernels are five times slower on MobileNetV2,
    and reject some files that XNNPACK runs, such as those with a bias whose scale is too large for
    int32.

    Args:
        reference: The float file.
        quantized: The file quantized from it.
        samples: Arrays by input name, of real values; without any, only weights are compared.
        budget: The seconds that are allowed; by default many times what such files take.

    Raises:
        FileRejectedError: When a file does not load or run, or kills the process.
        ConverterCrashed: When a run does not end in time, or the process is killed from outside.
        ValueError: When an array does not fit an input.
    """
    paths = reference.absolute(), quantized.absolute()
    for path in paths:
        read_interface(path)
    size = sum(path.stat().st_size for path in paths)
    limit = watched_running_s(size, elements_of(read_interface(reference), samples))
    task = "comparing the files' tensors"
    allowed = budget or TimeBudget()
    return call_on_file(quantized, allowed, limit, task, measure, *paths, tuple(samples))


def measure(reference: Path, quantized: Path, samples: Sequence[NamedSample]) -> LayerErrors:
    """Compare the files' tensors in the child process, for `tensor_errors`."""
    pairs, missing = _pairs(reference, quantized)
    files = (LoadedFile(reference, keep_tensors=True), LoadedFile(quantized, keep_tensors=True))
    sums = {pair.name: _Sums() for pair in pairs}
    for pair in pairs:
        if pair.is_weight:
            sums[pair.name].add(*pair.read(files))
    for sample in samples:
        for file in files:
            file.run({name: file.quantize(name, values) for name, values in sample.items()})
        for pair in pairs:
            if not pair.is_weight:
                sums[pair.name].add(*pair.read(files))
    layers = _labels(reference)
    places = _places(reference)
    measured = [pair for pair in pairs if samples or pair.is_weight]
    rows = [
        _row(pair, sums[pair.name], layers[pair.name], places[pair.name])
        for pair in measured
        if sums[pair.name].comparable
    ]
    failed = [pair.name for pair in measured if not sums[pair.name].comparable]
    return LayerErrors(
        rows=tuple(sorted(rows, key=lambda row: -row.relative_error)),
        samples=len(samples),
        unmatched=(*missing, *failed),
    )


@attrs.frozen
class _Pair:
    """A tensor that both files have.

    Attributes:
        theirs: The tensor in the float file.
        ours: The tensor in the quantized file.
        subgraphs: The number of its subgraph in each of the files.
    """

    theirs: StoredTensor
    ours: StoredTensor
    subgraphs: tuple[int, int]

    @property
    def name(self) -> str:
        """The tensor's name in both files."""
        return self.theirs.name

    @property
    def is_weight(self) -> bool:
        """Return whether the value is the same for all samples."""
        return self.theirs.kind is TensorKind.WEIGHT

    def read(self, files: tuple[LoadedFile, LoadedFile]) -> tuple[Array | None, Array | None, int]:
        """Read the values in both files, and the bytes that the quantized ones take.

        A tensor that the interpreter never computes, such as a loop's unused result, has none.
        """
        reference, result = files
        try:
            stored = result.tensor(self.ours.index, self.subgraphs[1])
            return (
                reference.real_tensor(self.theirs.index, self.subgraphs[0]),
                result.real_tensor(self.ours.index, self.subgraphs[1]),
                stored.size // 2 if self.ours.dtype == "int4" else stored.nbytes,
            )
        except ValueError:
            return None, None, 0


class _Sums:
    """Sums of squares of a tensor's errors and values, over all samples."""

    def __init__(self) -> None:
        self.comparable = True
        self.size_bytes = 0
        self._errors = 0.0
        self._values = 0.0

    def add(self, reference: Array | None, result: Array | None, size_bytes: int) -> None:
        """Add the sums of one sample."""
        self.size_bytes = self.size_bytes or size_bytes
        if reference is None or result is None or reference.shape != result.shape:
            self.comparable = False
            return
        for theirs, ours in _chunks(reference, result):
            self._errors += float(np.square(abs_errors(theirs, ours)).sum())
            finite = theirs[np.isfinite(theirs)].astype(np.float64)
            self._values += float(np.square(finite).sum())

    @property
    def relative_error(self) -> float:
        """Compute `TensorError.relative_error`."""
        if self._errors == 0:
            return 0.0
        return math.sqrt(self._errors / self._values) if self._values else math.inf


def _chunks(reference: Array, result: Array) -> Iterator[tuple[Array, Array]]:
    theirs, ours = reference.reshape(-1), result.reshape(-1)
    for start in range(0, theirs.size, _CHUNK):
        yield theirs[start : start + _CHUNK], ours[start : start + _CHUNK]


def _pairs(reference: Path, quantized: Path) -> tuple[list[_Pair], list[str]]:
    theirs, ours = read_tensors(reference), read_tensors(quantized)
    by_name = {tensor.name: tensor for tensor in ours.tensors}
    floats = [tensor for tensor in theirs.tensors if tensor.is_float]
    pairs = [
        _Pair(tensor, by_name[tensor.name], (theirs.subgraph, ours.subgraph))
        for tensor in floats
        if tensor.name in by_name
    ]
    return pairs, [tensor.name for tensor in floats if tensor.name not in by_name]


def _labels(path: Path) -> dict[str, str]:
    """Return the layer of each tensor, by name."""
    tensors = read_tensors(path).tensors
    computed = (TensorKind.ACTIVATION, TensorKind.OUTPUT)
    scopes = FileScopes.of(tensor.name for tensor in tensors if tensor.kind in computed)
    return {t.name: scopes.label(t.operator) or scopes.label(t.name) for t in tensors}


def _cells(row: TensorError) -> tuple[str, ...]:
    ratio = "" if row.relative_error == 0 else f"{row.sqnr_db:.1f} dB"
    size, error = bytes_text(row.size_bytes), _percent(row.relative_error)
    return row.label, row.kind.value, row.dtype, size, error, ratio


def _percent(error: float) -> str:
    """Format an error as a percentage no wider than its column."""
    return f"{error:.3%}" if error < 100 else "infinite" if math.isinf(error) else f"{error:.2g} x"


def _places(path: Path) -> dict[str, int]:
    """Return the place of each tensor's operator, by the tensor's name."""
    tensors = read_tensors(path).tensors
    indices = {tensor.name: tensor.index for tensor in tensors}
    return {tensor.name: indices.get(tensor.operator, tensor.index) for tensor in tensors}


def _row(pair: _Pair, sums: _Sums, layer: str, place: int) -> TensorError:
    return TensorError(
        name=pair.name,
        layer=layer,
        kind=pair.theirs.kind,
        dtype=pair.ours.dtype,
        size_bytes=sums.size_bytes,
        relative_error=sums.relative_error,
        place=place,
    )
