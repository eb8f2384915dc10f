"""Samples that a user gives, checked and flat, in the plan's input order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.backends.failures import brief, failures_as
from litert_ir.errors import SamplesError, SignatureError
from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.tensor import TensorSpec, admits
from litert_ir.visitors.flatten import flatten

MOST_SAMPLES = 10_000
"""Far beyond what calibration gains from; an endless dataset ends here."""

Sample = tuple[NDArray[Any], ...]


@attrs.frozen
class Samples:
    """Inputs for a plan's model; each iteration starts from the first one again.

    Attributes:
        plan: Whose inputs the samples are for.
        source: A function that returns an iterator, or something that can be iterated over
            more than once. A sample is a dict by input name, the nested structure of the
            model's inputs, a list in the order of the file's inputs, or a single array.
        origin: What errors call the source.
        finite: Whether infinities and NaN are refused, as calibration has no use for them.
    """

    plan: ExportPlan
    source: Callable[[], Iterable[Any]] | Iterable[Any]
    origin: str = "representative_dataset"
    finite: bool = False

    def __iter__(self) -> Iterator[Sample]:
        for index, given in enumerate(self._given()):
            where = f"sample {index} of {self.origin}"
            if index == MOST_SAMPLES:
                raise SamplesError(
                    "There are too many samples; perhaps they never end.",
                    where=self.origin,
                    expected=f"at most {MOST_SAMPLES:,}",
                    advice="take some hundred: dataset.take(300), or itertools.islice",
                )
            sample = _flat_sample(self.plan, given, where)
            if self.finite:
                _require_finite(sample, where)
            yield sample

    def _given(self) -> Iterator[Any]:
        """What the source gives; its own failures are told apart from the converter's."""
        with failures_as(self._unreadable, OSError):
            yield from self.source() if callable(self.source) else self.source

    def _unreadable(self, error: Exception) -> SamplesError:
        return SamplesError("The samples cannot be read.", where=self.origin, received=brief(error))

    def check(self) -> None:
        """Read the first sample, twice.

        Raises:
            SamplesError: When there is none, when the data can be read only once, or
                when the sample does not fit the plan's inputs.
        """
        if isinstance(self.source, Iterator):
            raise self._read_once(type(self.source).__name__)
        if next(iter(self), None) is None:
            raise SamplesError(
                "There are no samples.",
                where=self.origin,
                expected="some samples of what the model will see",
                received="none",
            )
        if next(iter(self), None) is None:
            raise self._read_once("a function that returns the same iterator each time")

    def _read_once(self, received: str) -> SamplesError:
        return SamplesError(
            "The samples can be read only once; each strategy reads them anew.",
            where=self.origin,
            expected="a function that returns a new iterator, or a list of samples",
            received=received,
            advice="pass the generator function itself, not the generator it returns",
        )


def _flat_sample(plan: ExportPlan, sample: Any, where: str) -> Sample:
    values = _in_plan_order(plan, sample, where)
    return tuple(
        _array(spec, value, where) for spec, value in zip(plan.inputs, values, strict=True)
    )


def _in_plan_order(plan: ExportPlan, sample: Any, where: str) -> tuple[Any, ...]:
    """The leaves of a sample in any of its forms: flat by name, nested, or flat in order."""
    names = [spec.name for spec in plan.inputs]
    if isinstance(sample, Mapping) and set(sample) == set(names):
        return tuple(sample[name] for name in names)
    for reading in _nested_readings(plan, sample):
        leaves = _nested_leaves(plan, reading)
        if leaves is not None:
            return leaves
    if isinstance(sample, list | tuple) and len(sample) == len(names):
        return tuple(sample)
    raise SamplesError(
        "A sample does not fit the plan's inputs.",
        where=where,
        expected=f"a dict with the keys {names}, or a list in this order",
        received=_brief(sample),
    )


def _nested_readings(plan: ExportPlan, sample: Any) -> Iterator[tuple[Any, ...]]:
    """The ways in which a sample can hold one value per argument of the call."""
    arguments = plan.signature.arguments
    names = [argument.name for argument in arguments]
    if isinstance(sample, Mapping) and set(sample) == set(names):
        yield tuple(sample[name] for name in names)
    if len(arguments) == 1:
        yield (sample,)
    if isinstance(sample, list | tuple) and len(sample) == len(arguments):
        yield tuple(sample)


def _nested_leaves(plan: ExportPlan, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
    arguments = plan.signature.arguments
    try:
        parts = [
            flatten(argument.value, value, argument.path)
            for argument, value in zip(arguments, values, strict=True)
        ]
    except SignatureError:
        return None
    return tuple(leaf for part in parts for leaf in part)


def _brief(sample: Any) -> str:
    if isinstance(sample, Mapping):
        return f"keys {list(sample)}"
    if isinstance(sample, list | tuple):
        return f"{len(sample)} value(s)"
    return type(sample).__name__


def _require_finite(sample: Sample, where: str) -> None:
    for array in sample:
        if not np.isfinite(array).all():
            raise SamplesError(
                "A sample holds NaN or infinity, which has no range to calibrate.",
                where=where,
                expected="finite numbers",
            )


def _array(spec: TensorSpec, value: Any, where: str) -> NDArray[Any]:
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise SamplesError(
            "A sample is no array.", where=f"{where}, input {spec.name!r}", received=str(error)
        ) from error
    if not admits(spec.sizes, array.shape) or 0 in array.shape:
        raise SamplesError(
            "A sample has another shape than the input.",
            where=f"{where}, input {spec.name!r}",
            expected=str(spec),
            received=f"{array.shape} {array.dtype}",
            advice="samples carry the batch dimension: (1, ...) for a single example",
        )
    if not np.can_cast(array.dtype, spec.dtype.value, "same_kind"):
        raise SamplesError(
            "A sample has another element type than the input.",
            where=f"{where}, input {spec.name!r}",
            expected=spec.dtype.value,
            received=str(array.dtype),
        )
    return array.astype(spec.dtype.value, copy=False)
