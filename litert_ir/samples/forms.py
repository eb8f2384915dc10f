"""Convert a sample from the forms in which users give it to flat arrays in input order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from litert_ir.backends.model_failures import brief, failures_as
from litert_ir.errors import SamplesError, SignatureError
from litert_ir.errors.shown import shown
from litert_ir.ir.dimensions import size_faults
from litert_ir.ir.signature import Signature
from litert_ir.ir.tensor import TensorSpec, admits
from litert_ir.visitors.flatten import flatten

Sample = tuple[NDArray[Any], ...]
"""The arrays of a sample, in the order of the inputs."""
NamedSample = Mapping[str, NDArray[Any]]
"""The arrays of a sample, by the names of the inputs."""

_LABELLED = (1, 2, 3)
"""The lengths of the elements of Keras' datasets: x, (x, y) or (x, y, weights)."""


class TakesInputs(Protocol):
    """A consumer of samples: a plan, or a file."""

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """The flat inputs, in order."""

    @property
    def signature(self) -> Signature:
        """The inputs as they are nested."""


def flat_sample(taker: TakesInputs, sample: Any, where: str, *, labelled: bool = False) -> Sample:
    """Flatten a sample to arrays in the order of the inputs and of their types.

    Args:
        taker: The plan or file whose inputs the sample is for.
        sample: A dict by input name, the nested structure of the inputs, a list in their order,
            or a single array.
        where: The sample's name in errors.
        labelled: Whether it may be ``(x, y)`` or ``(x, y, weights)``; x is taken where x alone
            fits.

    Raises:
        SamplesError: When the sample has none of these forms, an array does not fit its input, a
            size is out of its bounds, or dimensions of one name differ.
    """
    values = _labelled_leaves(taker, sample) if labelled else None
    if values is None:
        values = flat_leaves(taker, sample)
    if values is None:
        raise _misfit(taker, sample, where)
    arrays = tuple(
        _array(spec, value, where) for spec, value in zip(taker.inputs, values, strict=True)
    )
    _require_sizes(taker, arrays, where)
    return arrays


def _require_sizes(taker: TakesInputs, arrays: Sample, where: str) -> None:
    pairs = zip(taker.inputs, arrays, strict=True)
    faults = list(size_faults((spec.name, spec.shape, array.shape) for spec, array in pairs))
    if faults:
        raise SamplesError(
            "A sample has sizes out of the inputs' bounds.",
            where=where,
            expected=", ".join(f"{spec.name} {spec}" for spec in taker.inputs),
            received="; ".join(faults),
        )


def require_finite(taker: TakesInputs, sample: Sample, where: str) -> None:
    """Reject infinities and NaN.

    Raises:
        SamplesError: When the sample has any.
    """
    for spec, array in zip(taker.inputs, sample, strict=True):
        odd = int(np.count_nonzero(~np.isfinite(array)))
        if odd:
            raise SamplesError(
                "A sample holds NaN or infinity, which has no range to calibrate.",
                where=f"{where}, input {spec.name!r}",
                expected="finite numbers",
                received=f"{odd} of {array.size} that are not",
                advice="leave the sample out, or replace these numbers",
            )


def _labelled_leaves(taker: TakesInputs, sample: Any) -> tuple[Any, ...] | None:
    if isinstance(sample, list | tuple) and len(sample) in _LABELLED:
        return flat_leaves(taker, sample[0])
    return None


def flat_leaves(taker: TakesInputs, sample: Any) -> tuple[Any, ...] | None:
    """Return the leaves of a sample in any of its forms: flat by name, nested, or flat in order."""
    names = [spec.name for spec in taker.inputs]
    if isinstance(sample, Mapping) and set(sample) == set(names):
        return tuple(sample[name] for name in names)
    if len(names) == 1 and isinstance(sample, list | tuple) and _is_whole(taker, sample):
        return (np.asarray(sample),)
    for reading in _nested_readings(taker, sample):
        leaves = _nested_leaves(taker, reading)
        if leaves is not None:
            return leaves
    if isinstance(sample, list | tuple) and len(sample) == len(names):
        return tuple(sample)
    return None


def _is_whole(taker: TakesInputs, sample: Any) -> bool:
    """Return whether nested lists of numbers are the array of a single input."""
    return stands_for_array(sample) and np.ndim(sample) == len(taker.inputs[0].shape)


def stands_for_array(value: Any) -> bool:
    """Return whether a value is an array, a tensor, or nested lists of numbers of equal lengths."""
    if hasattr(value, "shape"):
        return True
    if not _holds_numbers(value):
        return False
    try:
        np.shape(value)
    except ValueError:  # rows of different lengths
        return False
    return True


def _holds_numbers(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_holds_numbers, value))
    return isinstance(value, bool | int | float | np.generic)


def _misfit(taker: TakesInputs, sample: Any, where: str) -> SamplesError:
    pair = _labelled_leaves(taker, sample) is not None
    return SamplesError(
        "A sample does not fit the inputs.",
        where=where,
        expected=f"a dict with the keys {[spec.name for spec in taker.inputs]}, or a list in "
        "this order",
        received=_brief(sample),
        advice="this looks like (inputs, labels): give the inputs alone, such as "
        "[inputs for inputs, labels in samples]; of a tf.data.Dataset or a keras.utils.PyDataset "
        "they are taken by themselves"
        if pair
        else "",
    )


def _nested_readings(taker: TakesInputs, sample: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the readings of a sample as one value per argument of the call."""
    arguments = taker.signature.arguments
    names = [argument.name for argument in arguments]
    if isinstance(sample, Mapping) and set(sample) == set(names):
        yield tuple(sample[name] for name in names)
    if len(arguments) == 1:
        yield (sample,)
    if isinstance(sample, list | tuple) and len(sample) == len(arguments):
        yield tuple(sample)


def _nested_leaves(taker: TakesInputs, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
    arguments = taker.signature.arguments
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
        return f"keys {shown(list(sample))}"
    if isinstance(sample, list | tuple):
        return f"{len(sample)} value(s)"
    return type(sample).__name__


def _no_array(spec: TensorSpec, error: Exception, where: str) -> SamplesError:
    return SamplesError(
        "A sample is no array.", where=f"{where}, input {spec.name!r}", received=brief(error)
    )


def _array(spec: TensorSpec, value: Any, where: str) -> NDArray[Any]:
    with failures_as(lambda error: _no_array(spec, error, where)):
        array = np.asarray(value)
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
