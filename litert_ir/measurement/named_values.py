"""Find the value of each input of a file among what a caller gives: arrays, files, numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.backends.model_failures import brief, failures_as
from litert_ir.errors import SamplesError
from litert_ir.errors.nearest_names import may_be
from litert_ir.errors.shown import shown
from litert_ir.samples.array_files import NPZ
from litert_ir.samples.image_files import is_image
from litert_ir.samples.sample_files import stored_arrays

Value = NDArray[Any] | Sequence[Any] | Path | str | float | bool
"""A value for one input: an array, nested lists, the path of an array or image, or a number."""
Values = Mapping[str, Value] | Sequence[Value] | Value
"""Values for the inputs of a file: by name, in the file's order, or that of a single input; also
the path of an ``.npz`` with one array per input."""

ReadImage = Callable[[str, Path], NDArray[Any]]
"""Reads an image as the value of an input of some name."""

GIVEN = "given"


@attrs.frozen(eq=False)
class NamedValue:
    """A value for an input.

    Attributes:
        values: The value as an array; a number is an array without dimensions.
        source: Its origin: the file's name, or `GIVEN`.
    """

    values: NDArray[Any]
    source: str


def values_by_name(
    names: Sequence[str], given: Values, read_image: ReadImage
) -> dict[str, NamedValue]:
    """Return the values that are given, by the names of the inputs.

    Args:
        names: The names of the file's inputs, in order.
        given: The values, in any form; not all inputs need to have one.
        read_image: Called for images with the input's name and the image's path.

    Raises:
        SamplesError: When a name is unknown, a value has no such form, or a file cannot be read.
    """
    if isinstance(given, Mapping):
        _require_known(names, given)
        return {name: _value(name, value, read_image) for name, value in given.items()}
    archive = _archive(given)
    if archive is not None:
        return _of_archive(names, archive)
    if isinstance(given, list | tuple) and _is_one_per_input(names, given):
        pairs = zip(names, given, strict=True)
        return {name: _value(name, value, read_image) for name, value in pairs}
    if len(names) == 1:
        return {names[0]: _value(names[0], given, read_image)}
    raise SamplesError(
        "Values for several inputs need their names, or their order.",
        where="inputs",
        expected=f"values by name, or one for each of {list(names)} in this order",
        received=f"{len(given)} values" if isinstance(given, list | tuple) else shown(given),
    )


def _is_one_per_input(names: Sequence[str], given: Sequence[Any]) -> bool:
    """Tell a list with one value per input from one that is itself the value of a single input."""
    if len(names) > 1:
        return len(given) == len(names)
    return len(given) == 1 and not isinstance(given[0], bool | int | float | list | tuple)


def _require_known(names: Sequence[str], given: Mapping[str, Any]) -> None:
    unknown = [name for name in given if name not in names]
    if unknown:
        raise SamplesError(
            "The file has no such input.",
            where="inputs",
            expected=", ".join(names) or "a file without inputs takes none",
            received=", ".join(map(shown, unknown)),
            advice="; ".join(may_be(map(str, unknown), names)),
        )


def _archive(given: Any) -> Path | None:
    if isinstance(given, str | Path) and Path(given).suffix == NPZ:
        return Path(given)
    return None


def _of_archive(names: Sequence[str], path: Path) -> dict[str, NamedValue]:
    stored = stored_arrays(path).load()
    if len(stored) == len(names) == 1:
        stored = dict(zip(names, stored.values(), strict=True))
    _require_known(names, stored)
    return {name: NamedValue(np.asarray(array), path.name) for name, array in stored.items()}


def _value(name: str, value: Any, read_image: ReadImage) -> NamedValue:
    if isinstance(value, str | Path):
        path = Path(value)
        if is_image(path):
            return NamedValue(read_image(name, path), path.name)
        return _of_file(name, path)
    with failures_as(lambda error: _no_array(name, brief(error))):
        array = np.asarray(value)
    if array.dtype.kind not in "biufc" and not _is_extended_float(array):
        raise _no_array(name, f"elements of type {array.dtype}")
    return NamedValue(array, GIVEN)


def _is_extended_float(array: NDArray[Any]) -> bool:
    """Tell whether these are numbers of a type that numpy itself lacks, such as bfloat16."""
    return (
        array.dtype.kind == "V"
        and array.dtype.names is None
        and np.can_cast(array.dtype, np.float32, "same_kind")
    )


def _of_file(name: str, path: Path) -> NamedValue:
    stored = stored_arrays(path).load()
    array = stored.get(name) if len(stored) > 1 else next(iter(stored.values()))
    if array is None:
        raise SamplesError(
            "None of the arrays has the name of the input.",
            where=f"{path}, input {name!r}",
            expected=f"one array, or one of the name {name!r}",
            received=", ".join(stored),
        )
    return NamedValue(np.asarray(array), path.name)


def _no_array(name: str, received: str) -> SamplesError:
    return SamplesError(
        "A value is no array of numbers.",
        where=f"input {name!r}",
        expected="an array, nested lists of equal lengths, a number, or the path of a file",
        received=received,
    )
