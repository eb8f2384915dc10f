"""The record of a KerasHub task in its plan: its configuration, and the source of each size."""

from __future__ import annotations

import enum

import attrs

from litert_ir.ir.metadata import Normalization


class SizeSource(enum.Enum):
    """The source of a size."""

    ARGUMENT = "argument"
    """The caller."""

    PREPROCESSOR = "preprocessor"
    """The task's preprocessor, which makes inputs of this size."""

    MODEL = "model"
    """The model, which takes no other size or says which one it was made for."""

    DEFAULT = "default"
    """No source: a number that is as good as any."""


@attrs.frozen(kw_only=True)
class TaskSize:
    """One size of a task's inputs.

    Attributes:
        name: The quantity, such as ``sequence_length``.
        value: The size.
        source: The source of the size.
        origin: The argument or attribute it was read from, such as
            ``preprocessor.sequence_length``; empty for a default.
    """

    name: str
    value: int = attrs.field(validator=attrs.validators.ge(1))
    source: SizeSource
    origin: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.value} ({self.origin or self.source.value})"


@attrs.frozen
class InputBound:
    """The values that an integer input may have.

    Attributes:
        name: The input's name in the file.
        below: All values are from 0 to one less than this.
    """

    name: str
    below: int = attrs.field(validator=attrs.validators.ge(1))


class Pattern(enum.Enum):
    """The relation between the values of an input that no bound states."""

    LEADING_ONES = "leading_ones"
    """A mask of texts: ones, at least one, and then zeros."""

    INCREASING = "increasing"
    """Different positions below the bound, from the smallest to the largest."""

    LABELS = "labels"
    """0 or 1, as floats too."""

    COORDINATES = "coordinates"
    """Points in an image, in pixels: from 0 to `InputPattern.extent`."""

    CORNERS = "corners"
    """The upper left and the lower right corner of boxes, in pixels, along the last two axes."""

    BOXES_OF_ROWS = "boxes_of_rows"
    """Along the last axis the sample's number in the batch, then the centre, the width and the
    height of a box inside of the image, as shares of that."""


@attrs.frozen
class InputPattern:
    """The pattern of an input's values.

    Attributes:
        name: The input's name in the file.
        pattern: How.
        extent: The largest coordinate, of patterns in pixels.
    """

    name: str
    pattern: Pattern
    extent: int = attrs.field(default=1, validator=attrs.validators.ge(1))


@attrs.frozen(kw_only=True)
class ImagePreparation:
    """The way of a task's preprocessor from the pixels of an image, 0 to 255, to an input.

    Attributes:
        name: The input's name in the file.
        normalization: What is done to the pixels, after the image has the size of the input.
        interpolation: Keras' name of the method by which it is resized.
        antialias: Whether a smaller image is smoothed.
        crops: Whether the sides are cut off that do not fit the input's aspect ratio.
        pads: Whether zeros fill up the sides instead. With neither, the image is distorted.
    """

    name: str
    normalization: Normalization
    interpolation: str = "bilinear"
    antialias: bool = False
    crops: bool = False
    pads: bool = False

    def __str__(self) -> str:
        fitted = "cropped, " if self.crops else "padded, " if self.pads else ""
        smoothed = " with antialiasing" if self.antialias else ""
        resized = f"resized ({self.interpolation}{smoothed})"
        return f"{self.name} {fitted}{resized}, then {self.normalization}"


@attrs.frozen(kw_only=True)
class TaskSummary:
    """A model that a configuration knows how to export.

    Attributes:
        model_type: The kind of task, such as ``causal_lm``.
        config: The configuration's class name.
        sizes: The sizes of its inputs, in the order in which the inputs have them; empty
            where the caller gave the whole signature.
        bounds: The known bounds of integer inputs.
        patterns: The patterns of inputs that random values do not fit.
        images: How its preprocessor makes the values of its only input of images; None where that
            is unknown.
    """

    model_type: str
    config: str
    sizes: tuple[TaskSize, ...] = attrs.field(
        default=(), validator=attrs.validators.instance_of(tuple)
    )
    bounds: tuple[InputBound, ...] = attrs.field(
        default=(), validator=attrs.validators.instance_of(tuple)
    )
    patterns: tuple[InputPattern, ...] = attrs.field(
        default=(), validator=attrs.validators.instance_of(tuple)
    )
    images: ImagePreparation | None = None
