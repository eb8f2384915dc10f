"""Samples in images: a PNG or JPEG file, or a folder of them, brought to the form of an input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.backends.keras.image_resizing import resized_by_keras
from litert_ir.backends.packages import PILLOW
from litert_ir.errors import SamplesError
from litert_ir.ir.task import ImagePreparation
from litert_ir.ir.tensor import TensorSpec
from litert_ir.samples.forms import NamedSample, TakesInputs
from litert_ir.samples.image_files import is_image, no_image, read_pixels, resized
from litert_ir.samples.image_inputs import ImageInput, PixelScaling, preparation_for, unprepared

_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
"""The first bytes of PNG and of JPEG files."""
_OF_SYSTEMS = ("Thumbs.db", "desktop.ini")
"""Files that file managers leave in folders of images; those of others begin with a dot."""


@attrs.frozen
class ImageSamples:
    """Images as samples, each a sample of its own, in the order of their names.

    They are read at iteration, and resized bilinearly without antialiasing to the size of the
    input, whatever their aspect ratio is, as `keras.utils.image_dataset_from_directory` does; for
    a KerasHub task, as its preprocessor does. An input without fixed sizes takes each in its own
    size, or in the nearest that it admits. Where the input has a fixed batch, as many images make
    a sample.

    Iterating yields the pixels from 0 to 255 of each, by the name of its file, in colours.

    Attributes:
        path: The file or folder.
        files: The images.
        scaling: The values for the pixels 0 to 255; None where the plan says them.
    """

    path: Path
    files: tuple[Path, ...]
    scaling: PixelScaling | None = None

    @property
    def most(self) -> int:
        """The largest number of samples, whatever the inputs are."""
        return len(self.files)

    def __iter__(self) -> Iterator[NamedSample]:
        return ({file.name: read_pixels(file, 3)[None]} for file in self.files)

    def for_taker(self, taker: TakesInputs) -> Iterator[NamedSample]:
        """Yield the samples for the one input of a plan or file, by its name.

        Raises:
            SamplesError: When there are other inputs, when the input takes no images, when nothing
                says the values of pixels, or when an image cannot be read.
        """
        image_input = self._image_input(taker.inputs)
        return self._batches(image_input, preparation_for(taker, image_input.spec, self.scaling))

    def for_inputs(self, inputs: Sequence[TensorSpec]) -> Iterator[NamedSample]:
        """Yield the samples for the one of some inputs before there is a plan, for their sizes.

        Raises:
            SamplesError: As `for_taker`, but for the values of pixels, which are left unscaled.
        """
        image_input = self._image_input(inputs)
        return self._batches(image_input, unprepared(image_input.spec))

    def count(self, inputs: Sequence[TensorSpec]) -> int:
        """Count the samples that `for_taker` yields.

        Raises:
            SamplesError: When there are several inputs, or too few images.
        """
        return len(self.files) // self._image_input(inputs).batch

    def _image_input(self, inputs: Sequence[TensorSpec]) -> ImageInput:
        if len(inputs) != 1:
            raise SamplesError(
                "Images are samples of models with a single input.",
                where=str(self.path),
                expected="one array for each of " + ", ".join(spec.name for spec in inputs),
                received="images",
                advice="write the inputs of all samples to an .npz",
            )
        found = ImageInput.of(inputs[0])
        if len(self.files) < found.batch:
            raise SamplesError(
                "There are fewer images than one batch of the model takes.",
                where=str(self.path),
                expected=f"at least {found.batch}",
                received=str(len(self.files)),
            )
        return found

    def _batches(
        self, image_input: ImageInput, preparation: ImagePreparation
    ) -> Iterator[NamedSample]:
        batch = image_input.batch
        for start in range(0, len(self.files) // batch * batch, batch):
            files = self.files[start : start + batch]
            yield {image_input.spec.name: _batch(files, image_input, preparation)}


def image_values(
    path: Path, taker: TakesInputs, spec: TensorSpec, scaling: PixelScaling | None = None
) -> NDArray[Any]:
    """Return one image as the value of an input, with a batch of 1.

    Args:
        path: A PNG or JPEG file.
        taker: The plan or file that has the input.
        spec: The input.
        scaling: The values for the pixels 0 to 255; None where the taker says them.

    Raises:
        SamplesError: When the input takes no images, when nothing says the values of pixels, or
            when the image cannot be read.
        MissingDependencyError: When Pillow is not installed.
    """
    PILLOW.require("reading images")
    image_input = ImageInput.of(spec)
    return _batch((path,), image_input, preparation_for(taker, spec, scaling))


def image_samples(path: Path, scaling: PixelScaling | None) -> ImageSamples | None:
    """Open an image, or the images of a folder; None where there are none.

    Of each file the first bytes are read.

    Raises:
        SamplesError: When a folder has other files as well, or one is no PNG or JPEG file.
        MissingDependencyError: When Pillow is not installed.
    """
    files = _visible(path) if path.is_dir() else [path]
    images = [file for file in files if is_image(file)]
    if not images:
        return None
    if len(images) < len(files):
        raise _mixed(path, [file for file in files if not is_image(file)])
    PILLOW.require("reading images")
    for image in images:
        _check_signature(image)
    return ImageSamples(path, tuple(images), scaling)


def _visible(folder: Path) -> list[Path]:
    names = (file for file in folder.iterdir() if not file.name.startswith("."))
    return sorted(file for file in names if file.name not in _OF_SYSTEMS)


def _mixed(path: Path, others: Sequence[Path]) -> SamplesError:
    named = ", ".join(f"{file.name}/" if file.is_dir() else file.name for file in others[:3])
    more = f" and {len(others) - 3} more" if len(others) > 3 else ""
    return SamplesError(
        "The folder holds images, and something else.",
        where=str(path),
        expected="PNG and JPEG files alone",
        received=f"{named}{more} as well",
        advice="give a folder of the images alone; other formats have to be converted",
    )


def _check_signature(path: Path) -> None:
    if not path.is_file():  # opening a pipe would block
        raise no_image(path, "no regular file")
    try:
        with path.open("rb") as file:
            start = file.read(max(map(len, _SIGNATURES)))
    except OSError as error:
        raise no_image(path, str(error)) from error
    if not start.startswith(_SIGNATURES):
        raise no_image(path, "content of another kind" if start else "an empty file")


def _batch(
    files: Sequence[Path], image_input: ImageInput, preparation: ImagePreparation
) -> NDArray[Any]:
    pixels = [read_pixels(file, image_input.channels) for file in files]
    size = image_input.size_for(*pixels[0].shape[:2])
    images = (_resized(image, size, preparation) for image in pixels)
    return np.stack([image_input.values(image, preparation.normalization) for image in images])


def _resized(
    image: NDArray[Any], size: tuple[int, int], preparation: ImagePreparation
) -> NDArray[Any]:
    """Resize an image; Keras is asked for where a task's preprocessor has another way than ours."""
    plain = ImagePreparation(name=preparation.name, normalization=preparation.normalization)
    if preparation == plain:
        return resized(image, *size)
    return resized_by_keras(image, *size, preparation)
