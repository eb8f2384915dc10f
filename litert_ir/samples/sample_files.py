"""Read stored samples: numpy's ``.npz`` and ``.npy``, images, and folders of either."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from litert_ir.backends.model_failures import brief
from litert_ir.errors import OptionsError, SamplesError
from litert_ir.errors.interruption import reraise_interruption
from litert_ir.errors.nearest_names import may_be
from litert_ir.errors.paths import usable_path
from litert_ir.errors.shown import shown
from litert_ir.ir.tensor import TensorSpec
from litert_ir.samples.array_files import DAMAGE, Array, StoredArray, read_arrays, read_headers
from litert_ir.samples.forms import NamedSample, TakesInputs
from litert_ir.samples.image_inputs import PixelScaling
from litert_ir.samples.image_samples import ImageSamples, image_samples

_FORMS = "an .npz, an .npy, a .png, a .jpg, or a folder of .npy files or of images"


@attrs.frozen
class SampleFile:
    """Stored samples, which are read at iteration; see `samples_from`.

    Iterating yields a dict per sample, by the stored names, with a batch of 1. Exports read the
    samples by the names of the inputs.

    Attributes:
        path: The file or folder.
        arrays: The headers of its arrays.
    """

    path: Path
    arrays: tuple[StoredArray, ...]

    @property
    def most(self) -> int:
        """The largest number of samples that it may hold, whatever the inputs are."""
        rows = (array.shape[0] for array in self.arrays if array.shape)
        return max((len(self.arrays) if self.path.is_dir() else 0, *rows))

    def __iter__(self) -> Iterator[NamedSample]:
        names = {array.name: array.name for array in self.arrays}
        return self._slices(names, 1, self._samples(self.arrays, 1))

    def for_inputs(self, inputs: Sequence[TensorSpec]) -> Iterator[NamedSample]:
        """Yield the samples by the names of inputs, with the batch that the inputs have, else 1.

        Raises:
            SamplesError: When the names are not those of the inputs, or the arrays hold
                different numbers of samples.
        """
        if self._holds_single_samples(inputs):
            return self._single_samples(inputs[0])
        stored = self._by_input(inputs)
        batch = _batch(inputs[0])
        count = self._samples(tuple(stored.values()), batch)
        return self._slices({name: array.name for name, array in stored.items()}, batch, count)

    def for_taker(self, taker: TakesInputs) -> Iterator[NamedSample]:
        """Yield the samples for a plan or file; see `for_inputs`."""
        return self.for_inputs(taker.inputs)

    def count(self, inputs: Sequence[TensorSpec]) -> int:
        """Count the samples that `for_inputs` yields.

        Raises:
            SamplesError: As `for_inputs`.
        """
        if self._holds_single_samples(inputs):
            return len(self.arrays)
        return self._samples(tuple(self._by_input(inputs).values()), _batch(inputs[0]))

    def load(self) -> Mapping[str, Array]:
        """Return the whole arrays by their stored names.

        Those of an ``.npz`` are in memory, others are memory-mapped.

        Raises:
            SamplesError: When the file has changed since its headers were read, or is damaged.
        """
        return self._loaded

    def _holds_single_samples(self, inputs: Sequence[TensorSpec]) -> bool:
        names = {array.name for array in self.arrays}
        return self.path.is_dir() and len(inputs) == 1 < len(names) and inputs[0].name not in names

    def _single_samples(self, spec: TensorSpec) -> Iterator[NamedSample]:
        for stored in self.arrays:
            array = self._loaded[stored.name]
            yield {spec.name: array[None] if array.ndim == len(spec.shape) - 1 else array}

    def _by_input(self, inputs: Sequence[TensorSpec]) -> dict[str, StoredArray]:
        """Find the stored array of each input; that of a single input may have any name."""
        if len(inputs) == len(self.arrays) == 1:
            return {inputs[0].name: self.arrays[0]}
        stored = {array.name: array for array in self.arrays}
        wanted = [spec.name for spec in inputs]
        if stored.keys() != set(wanted):
            raise _other_names(self.path, wanted, list(stored))
        return {name: stored[name] for name in wanted}

    def _samples(self, arrays: Sequence[StoredArray], batch: int) -> int:
        """Count the samples along the first axes."""
        scalars = [array for array in arrays if not array.shape]
        if scalars or len({array.shape[0] for array in arrays}) != 1:
            raise SamplesError(
                "The arrays hold different numbers of samples.",
                where=str(self.path),
                expected="arrays whose first axes are the samples, as many in each",
                received=", ".join(map(str, arrays)),
            )
        if arrays[0].shape[0] < batch:
            raise SamplesError(
                "There are fewer samples than one batch of the model takes.",
                where=str(self.path),
                expected=f"at least {batch}",
                received=str(arrays[0].shape[0]),
            )
        return arrays[0].shape[0] // batch

    def _slices(self, names: Mapping[str, str], batch: int, count: int) -> Iterator[NamedSample]:
        for start in range(0, count * batch, batch):
            yield {
                name: self._loaded[stored][start : start + batch] for name, stored in names.items()
            }

    @functools.cached_property
    def _loaded(self) -> Mapping[str, Array]:
        """Read the arrays of an ``.npz`` once, and map others into memory."""
        try:
            return read_arrays(self.path, self.arrays)
        except DAMAGE as error:
            reraise_interruption(error)
            raise _unreadable(self.path, error) from error


StoredSamples = SampleFile | ImageSamples
"""Samples in files, as `samples_from` opens them."""


def samples_from(
    path: str | os.PathLike[str], *, scaling: PixelScaling | str | None = None
) -> StoredSamples:
    """Open stored samples to calibrate or to compare on; only headers are read.

    Args:
        path: One of

            - an ``.npz`` with one array per input, by the inputs' names; the first axis is the
              samples. For a model with one input, one array of any name.
            - an ``.npy``: the same for a model with one input.
            - a folder of ``.npy`` files, one per input, named as the inputs.
            - for a model with one input, a folder of several ``.npy`` files that have other
              names: each is a sample, with or without its batch dimension, in the order of the
              names.
            - for a model with one input, which takes images, a folder of PNG and JPEG files, or
              one of these: each is a sample; see `ImageSamples`.

        scaling: The values that the model takes for the pixels 0 to 255 of images: ``"0..255"``,
            ``"0..1"`` or ``"-1..1"``. None where the metadata of the plan or the preprocessor of a
            KerasHub task say it, or the type of the input is uint8.

    Returns:
        A representative dataset for `litert_ir.export`.

    Raises:
        SamplesError: When there is no such file, when it is none of these, holds pickled objects,
            which are never loaded, or images and something else.
        OptionsError: When there is no such scaling, or nothing to scale.
        MissingDependencyError: When there are images, and Pillow is not installed.

    Example:
        ``litert_ir.export(model, "m.tflite", representative_dataset=samples_from("c.npz"), ...)``
    """
    found = _existing(path)
    wanted = PixelScaling.parsed(scaling)
    images = image_samples(found, wanted)
    if images is not None:
        return images
    if wanted is not None:
        raise OptionsError(
            "There are no images, whose pixels alone are scaled.",
            where="scaling",
            expected="a folder of PNG and JPEG files, or one of these",
            received=f"{wanted.value}, and {found}",
        )
    return stored_arrays(found)


def _existing(path: str | os.PathLike[str]) -> Path:
    found = usable_path(path, lambda reason: _nothing_at(shown(path), reason)).absolute()
    if not found.exists():
        raise _nothing_at(str(found))
    return found


def stored_arrays(path: str | os.PathLike[str]) -> SampleFile:
    """Open the arrays of an ``.npz``, an ``.npy`` or a folder of ``.npy`` files.

    Raises:
        SamplesError: As `samples_from`.
    """
    found = _existing(path)
    try:
        arrays = read_headers(found)
    except DAMAGE as error:
        reraise_interruption(error)
        raise _unreadable(found, error) from error
    for array in arrays:
        if array.dtype.hasobject:
            raise SamplesError(
                "An array holds pickled objects, which are not loaded: they can run any code.",
                where=f"{found}, {array.name}",
                expected="an array of numbers",
                received=str(array.dtype),
            )
    if not arrays:
        raise SamplesError(
            "There are no samples.",
            where=str(found),
            expected="arrays or images, not in folders further in",
            received=_contents(found),
        )
    return SampleFile(found, arrays)


def _contents(path: Path) -> str:
    """Name some of the files in a folder; "none" for an empty archive."""
    names = sorted(file.name for file in path.iterdir()) if path.is_dir() else []
    return ", ".join([*names[:3], *(["..."] if len(names) > 3 else [])]) or "none"


def _nothing_at(where: str, reason: str = "") -> SamplesError:
    return SamplesError(
        "There are no samples here.",
        where=where,
        expected=_FORMS,
        received=reason,
    )


def _batch(spec: TensorSpec) -> int:
    first = spec.sizes[0] if spec.sizes else None
    return 1 if first is None else first


def _unreadable(path: Path, error: Exception) -> SamplesError:
    return SamplesError(
        "The samples cannot be read.",
        where=str(path),
        expected=_FORMS,
        received=brief(error),
    )


def _other_names(path: Path, wanted: Sequence[str], stored: Sequence[str]) -> SamplesError:
    unknown = [name for name in stored if name not in wanted]
    return SamplesError(
        "The arrays have other names than the inputs.",
        where=str(path),
        expected=f"one array for each of {list(wanted)}",
        received=str(list(stored)),
        advice="; ".join(may_be(unknown, wanted))
        or "rename the arrays, and leave out those that are not inputs",
    )
