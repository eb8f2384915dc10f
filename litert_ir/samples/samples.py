"""Check and flatten the samples that a user gives."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import length_hint
from pathlib import PurePath
from typing import Any

import attrs

from litert_ir.backends import loaded
from litert_ir.backends.model_failures import brief, failures_as
from litert_ir.errors import SamplesError
from litert_ir.errors.shown import shown
from litert_ir.samples.forms import NamedSample, Sample, TakesInputs, flat_sample, require_finite
from litert_ir.samples.rows import rows_of
from litert_ir.samples.sample_files import StoredSamples

__all__ = [
    "CALIBRATION_LIMIT",
    "MOST_SAMPLES",
    "NamedSamples",
    "Sample",
    "Samples",
    "Source",
    "check_source",
]

MOST_SAMPLES = 10_000
"""The most samples where the user sets no limit; more reveal an endless dataset."""
CALIBRATION_LIMIT = 300
"""The number of samples to calibrate on by default: LiteRT's guides name 100 to 500."""

Source = Callable[[], Iterable[Any]] | Iterable[Any]


@attrs.frozen
class Samples:
    """Inputs for a model or a file; each iteration starts from the first one again.

    Attributes:
        plan: The plan or file whose inputs the samples are for.
        source: A function that returns an iterator, something that can be iterated over more than
            once, such as a `tf.data.Dataset` or a `keras.utils.PyDataset`, or the result of
            `samples_from`. A sample is a dict by input name, the nested structure of the model's
            inputs, a list in the order of the file's inputs, or a single array; of ``(x, y)`` or
            ``(x, y, weights)`` from one of the two datasets, x is taken. A batch counts as one
            sample. The source may also be arrays of the inputs' ranks, whose first axes are the
            samples; see `rows_of`.
        origin: The source's name in errors.
        finite: Whether infinities and NaN are rejected, as they cannot be calibrated on.
        most: The number of samples to take, from the first one on; None for all of a finite source.
    """

    plan: TakesInputs
    source: Source
    origin: str = "representative_dataset"
    finite: bool = False
    most: int | None = None

    def __iter__(self) -> Iterator[Sample]:
        for index, (given, labelled) in enumerate(itertools.islice(self._given(), self.most)):
            where = f"sample {index} of {self.origin}"
            if index == MOST_SAMPLES and self.most is None:
                raise SamplesError(
                    "There are too many samples; the source may be endless.",
                    where=self.origin,
                    expected=f"at most {MOST_SAMPLES:,}",
                    advice="take some hundred: dataset.take(300), or itertools.islice",
                )
            sample = flat_sample(self.plan, given, where, labelled=labelled)
            if self.finite:
                require_finite(self.plan, sample, where)
            yield sample

    def __length_hint__(self) -> int:
        """Return the number of samples, where the source has a length."""
        known = _length(self.source, self.plan)
        if known is None:
            return NotImplemented  # type: ignore[no-any-return]  # the protocol requires it
        return known if self.most is None else min(known, self.most)

    def starting_with(self, first: Sequence[Sample]) -> Samples:
        """Replace the samples at the start by ones that were read already.

        A dataset that draws at random would return others.
        """
        return attrs.evolve(self, source=_Replayed(tuple(first), self))

    def _given(self) -> Iterator[tuple[Any, bool]]:
        """Yield the source's samples, and whether each may have labels.

        Its errors become `SamplesError`, to distinguish them from the converter's.
        """
        with failures_as(self._unreadable, Exception):  # a dataset's code may raise anything
            given = self.source() if callable(self.source) else self.source
            if isinstance(given, StoredSamples):
                given = given.for_taker(self.plan)
            labelled = _is_keras_dataset(given)
            rows = rows_of(self.plan, given)
            for sample in given if rows is None else rows:
                yield sample, labelled

    def _unreadable(self, error: Exception) -> SamplesError:
        return SamplesError("The samples cannot be read.", where=self.origin, received=brief(error))

    def check(self) -> None:
        """Read the first sample, twice.

        Raises:
            SamplesError: When there is none, when the source is a path, when the data can be
                read only once, or when the sample does not fit the inputs.
        """
        check_source(self.source, self.origin)
        if next(iter(self), None) is None:
            raise SamplesError(
                "There are no samples.",
                where=self.origin,
                expected="some samples of the data that the model will process",
                received="none",
            )
        if next(iter(self), None) is None:
            raise _read_once(self.origin, "a function that returns the same iterator each time")


def check_source(source: object, origin: str) -> None:
    """Require a source that can be read more than once; none of it is read.

    Args:
        source: The source of samples; None for no samples.
        origin: The source's name in errors.

    Raises:
        SamplesError: When it is a path, or an iterator.
    """
    if isinstance(source, str | os.PathLike):
        known = shown(os.fspath(source)) if isinstance(source, str | PurePath) else "path"
        raise SamplesError(
            "A path is not read as samples by itself.",
            where=origin,
            expected="samples, or what litert_ir.samples_from reads",
            received=shown(source),
            advice=f"pass litert_ir.samples_from({known})",
        )
    if isinstance(source, Iterator):
        raise _read_once(origin, type(source).__name__)


def _read_once(origin: str, received: str) -> SamplesError:
    return SamplesError(
        "The samples can be read only once; each strategy reads them anew.",
        where=origin,
        expected="a function that returns a new iterator, or a list of samples",
        received=received,
        advice="pass the generator function itself, not the generator it returns",
    )


@attrs.frozen
class NamedSamples:
    """Flat samples as dicts by the names of the inputs.

    Attributes:
        samples: The samples, read anew by each iteration.
        names: In the order of the inputs.
    """

    samples: Iterable[Sample]
    names: tuple[str, ...]

    def __iter__(self) -> Iterator[NamedSample]:
        return (dict(zip(self.names, sample, strict=True)) for sample in self.samples)

    def __length_hint__(self) -> int:
        hint = length_hint(self.samples, -1)
        return NotImplemented if hint < 0 else hint


@attrs.frozen
class _Replayed:
    """Samples, the first of which were read already.

    Attributes:
        first: The samples that were read.
        rest: The source that they were read from.
    """

    first: tuple[Sample, ...]
    rest: Samples

    def __iter__(self) -> Iterator[Sample]:
        return itertools.chain(self.first, itertools.islice(self.rest, len(self.first), None))

    def __length_hint__(self) -> int:
        return self.rest.__length_hint__()


def _is_keras_dataset(given: object) -> bool:
    """Return whether Keras would read the elements as ``(x, y)`` or ``(x, y, weights)``."""
    tf, keras = loaded("tensorflow"), loaded("keras")
    return (tf is not None and isinstance(given, tf.data.Dataset)) or (
        keras is not None and isinstance(given, keras.utils.PyDataset)
    )


def _length(source: object, plan: TakesInputs) -> int | None:
    """Return the number of samples, where it is known without reading them."""
    if callable(source):
        return None
    if isinstance(source, StoredSamples):
        return source.count(plan.inputs)
    if _is_keras_dataset(source):
        return _length_of_dataset(source)
    source = rows_of(plan, source) or source
    hint = length_hint(source, -1)
    return None if hint < 0 else hint


def _length_of_dataset(dataset: Any) -> int | None:
    tf = loaded("tensorflow")
    if tf is not None and isinstance(dataset, tf.data.Dataset):
        cardinality = int(dataset.cardinality())
        return None if cardinality < 0 else cardinality
    try:
        batches: int | None = dataset.num_batches
    except NotImplementedError:  # neither num_batches nor __len__: Keras takes it for endless
        return None
    return batches
