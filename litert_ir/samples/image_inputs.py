"""Find how an input takes images: its layout, its size, and the scaling of its values."""

from __future__ import annotations

import enum
from typing import Any, Protocol, Self, runtime_checkable

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.errors import OptionsError, SamplesError
from litert_ir.errors.advice import advise
from litert_ir.errors.setting_names import SCALING, Wording
from litert_ir.errors.shown import shown
from litert_ir.ir.metadata import Metadata, Normalization
from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.task import ImagePreparation
from litert_ir.ir.tensor import Dim, DType, TensorSpec
from litert_ir.samples.forms import TakesInputs

_GREY_OR_COLOURS, _WITH_TRANSPARENCY = (1, 3), 4
_UNCHANGED = Wording(
    "samples_from(..., scaling='0..255')", SCALING.to("'0..255'", "0..255").command_line
)
_WHOLE_NUMBERS = frozenset(
    {DType.UINT8, DType.INT16, DType.UINT16, DType.INT32, DType.UINT32, DType.INT64, DType.UINT64}
)
"""Types of whole numbers that hold all pixels."""


class PixelScaling(enum.Enum):
    """The values that a model takes for the pixels 0 to 255."""

    RAW = "0..255"
    UNIT = "0..1"
    SIGNED = "-1..1"

    @classmethod
    def parsed(cls, value: object) -> PixelScaling | None:
        """Return the scaling that a user gives, as a member or its value; None for None.

        Raises:
            OptionsError: For anything else.
        """
        if value is None:
            return None
        try:
            return cls(value)
        except ValueError as error:
            raise OptionsError(
                "There is no such scaling of pixels.",
                where="scaling",
                expected=" or ".join(repr(each.value) for each in cls),
                received=shown(value),
            ) from error

    @property
    def normalization(self) -> Normalization:
        """The scaling as what is subtracted from pixels, and what they are divided by."""
        match self:
            case PixelScaling.RAW:
                return Normalization(0.0, 1.0)
            case PixelScaling.UNIT:
                return Normalization(0.0, 255.0)
            case PixelScaling.SIGNED:
                return Normalization(127.5, 127.5)


@runtime_checkable
class Described(Protocol):
    """A consumer of samples that says how data become the values of its inputs."""

    @property
    def metadata(self) -> Metadata:
        """The description of its inputs."""


def preparation_for(
    taker: TakesInputs, spec: TensorSpec, scaling: PixelScaling | None
) -> ImagePreparation:
    """Return how images become the values of an input.

    Args:
        taker: The plan or file.
        spec: The input.
        scaling: What the user says; None where the metadata, the preprocessor of a KerasHub task,
            or bytes as the input's type tell it.

    Raises:
        SamplesError: When nothing tells it, or the input's type does not hold such values.
    """
    of_task = _of_task(taker, spec)
    found = _said(scaling) or _described(taker, spec)
    if found is None and of_task is not None:
        found = of_task.normalization
    if found is None and spec.dtype is DType.UINT8:
        found = PixelScaling.RAW.normalization
    if found is None:
        raise SamplesError(
            "Nothing says what values the model takes for pixels.",
            where=f"input {spec.name!r}",
            expected="the scaling of pixels: " + ", ".join(each.value for each in PixelScaling),
            received="images of pixels from 0 to 255, and no scaling",
            advice=advise("say it: {unchanged} for pixels as they are", unchanged=_UNCHANGED),
        )
    _require_room(spec, found)
    return attrs.evolve(of_task or unprepared(spec), normalization=found)


def unprepared(spec: TensorSpec) -> ImagePreparation:
    """Pixels as they are, for an input."""
    return ImagePreparation(name=spec.name, normalization=PixelScaling.RAW.normalization)


def _said(scaling: PixelScaling | None) -> Normalization | None:
    return None if scaling is None else scaling.normalization


def _described(taker: TakesInputs, spec: TensorSpec) -> Normalization | None:
    found = taker.metadata.inputs if isinstance(taker, Described) else ()
    return next((each.normalization for each in found if each.name == spec.name), None)


def _of_task(taker: TakesInputs, spec: TensorSpec) -> ImagePreparation | None:
    task = taker.task if isinstance(taker, ExportPlan) else None
    images = None if task is None else task.images
    return images if images is not None and images.name == spec.name else None


def _require_room(spec: TensorSpec, found: Normalization) -> None:
    is_raw = found == PixelScaling.RAW.normalization
    if not spec.dtype.is_floating and not (is_raw and spec.dtype in _WHOLE_NUMBERS):
        raise SamplesError(
            "The type of the input does not hold such values.",
            where=f"input {spec.name!r}",
            expected=f"values of the type {spec.dtype.value}",
            received=f"pixels from 0 to 255, as {found}",
            advice="give the values in an .npz",
        )


@attrs.frozen(kw_only=True)
class ImageInput:
    """An input that takes images.

    Attributes:
        spec: The input.
        batch: The images of one run, where that is fixed; else 1.
        height: The height in pixels.
        width: The width in pixels.
        channels: 1 for grey, 3 for colours, 4 with transparency.
        channel_axis: The axis of the channels; None where grey images have none.
    """

    spec: TensorSpec
    batch: int
    height: Dim
    width: Dim
    channels: int
    channel_axis: int | None

    @classmethod
    def of(cls, spec: TensorSpec) -> Self:
        """Read the layout of an input: ``(batch, height, width)``, with channels last or first.

        Raises:
            SamplesError: When it is none that takes images.
        """
        axis = _channel_axis(spec)
        sides = [dim for at, dim in enumerate(spec.shape) if at not in (0, axis)]
        if len(sides) != 2:
            raise SamplesError(
                "The input takes no images.",
                where=f"input {spec.name!r}",
                expected="(batch, height, width, channels) with 1, 3 or 4 channels, (batch, "
                "channels, height, width) with 1 or 3, or (batch, height, width) for grey",
                received=str(spec),
                advice="give the values in an .npz",
            )
        return cls(
            spec=spec,
            batch=spec.sizes[0] or 1,
            height=sides[0],
            width=sides[1],
            channels=1 if axis is None else spec.sizes[axis] or 1,
            channel_axis=axis,
        )

    def size_for(self, height: int, width: int) -> tuple[int, int]:
        """Return the height and width for an image: its own where the input leaves them open."""
        return _nearest(self.height, height), _nearest(self.width, width)

    def values(self, image: NDArray[Any], normalization: Normalization) -> NDArray[Any]:
        """Return the values for an image, without the batch.

        Args:
            image: Pixels ``(height, width, channels)``.
            normalization: What becomes of them.
        """
        mean, std = (np.asarray(each, np.float32) for each in attrs.astuple(normalization))
        scaled = (image.astype(np.float32) - mean) / std
        if not self.spec.dtype.is_floating:
            scaled = np.rint(scaled)
        if self.channel_axis is None:
            scaled = scaled[..., 0]
        elif self.channel_axis == 1:
            scaled = np.moveaxis(scaled, -1, 0)
        return np.ascontiguousarray(scaled, self.spec.dtype.value)


def _channel_axis(spec: TensorSpec) -> int | None:
    """Return the axis of the channels, the last one where two may be; None where none is."""
    if len(spec.shape) != 4:
        return None
    candidates = ((3, _GREY_OR_COLOURS), (1, _GREY_OR_COLOURS), (3, (_WITH_TRANSPARENCY,)))
    return next((axis for axis, counts in candidates if spec.sizes[axis] in counts), None)


def _nearest(dim: Dim, size: int) -> int:
    """Return the size that a dimension admits nearest to one, or just below that."""
    if isinstance(dim, int):
        return dim
    largest = size if dim.maximum is None else min(size, dim.maximum)
    return max(largest // dim.multiple_of * dim.multiple_of, dim.smallest)
