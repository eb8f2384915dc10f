"""Define the options of quantization: recipe and calibration data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import attrs
from cyclopts import Parameter, Token
from cyclopts.validators import Number

from litert_ir.cli.comparison_options import ComparisonOptions
from litert_ir.cli.image_options import UNSCALED, ImageOptions
from litert_ir.cli.option_groups import CALIBRATION, FILE, QUANTIZATION
from litert_ir.errors import OptionsError
from litert_ir.errors.shown import shown
from litert_ir.ir.quantization import (
    AUTO,
    PRECISION_NAMES,
    SEARCH_SECONDS,
    SKIP,
    TRIES,
    AutoQuantization,
    LayerRule,
    Objective,
    Precision,
    Quantization,
    precision_named,
)
from litert_ir.ir.tensor import DType
from litert_ir.samples.sample_files import StoredSamples
from litert_ir.samples.samples import CALIBRATION_LIMIT
from litert_ir.verification.error_plot import check_plot_target

LAYER_FORM = "PATTERN=NAME"
INTERFACE_TYPES = tuple(
    dict.fromkeys(dtype for precision in Precision for dtype in precision.interface_types)
)
"""The element types of a file's inputs and outputs, at any precision."""
_TYPE_NAMES = [dtype.value for dtype in INTERFACE_TYPES]


def convert_layers(_type: object, tokens: Sequence[Token]) -> tuple[LayerRule, ...]:
    """Read all the ``--layer`` options of a command line.

    Raises:
        OptionsError: When one is not ``PATTERN=NAME``, or names no precision.
    """
    return tuple(_layer(token.value) for token in tokens)


def _layer(text: str) -> LayerRule:
    pattern, _, name = text.rpartition("=")
    if not pattern.strip():
        raise OptionsError(
            "This is not a rule for layers.",
            where="--layer",
            expected=f"{LAYER_FORM}, such as 'block_1/*=float16' or 'head={SKIP}'",
            received=shown(text),
        )
    return LayerRule(pattern.strip(), precision_named(name.strip(), f"--layer {text}"))


@Parameter(name="*", group=QUANTIZATION, negative=(), show_default=False)
@attrs.frozen(kw_only=True)
class RecipeOptions:
    """The quantization of the file.

    Attributes:
        recipe: The recipe of all layers that no --layer matches; without it, they stay float. auto
            searches the best one that keeps the thresholds on your samples.
        layers: Another recipe for some layers, such as 'block_1/*=float16'; skip leaves them as
            they are. Where several match, the last one counts. Repeatable.
        input_type: Element type of the file's float inputs, where the recipe is of integers.
        output_type: The same for the outputs.
        integer_only: Fail where an operator has no integer kernel, rather than leave it float.
        objective: With --recipe auto: the smallest file, or the fastest on this machine.
        tries: With --recipe auto: the largest number of files to make and compare.
        search_seconds: With --recipe auto: seconds after which no further file is tried; 120 by
            default.
    """

    recipe: Annotated[str | None, Parameter(choices=[*PRECISION_NAMES, AUTO])] = None
    layers: Annotated[
        tuple[LayerRule, ...],
        Parameter(
            name="--layer",
            converter=convert_layers,
            n_tokens=1,
            accepts_keys=False,
            metavar=LAYER_FORM,
        ),
    ] = ()
    input_type: Annotated[DType, Parameter(choices=_TYPE_NAMES)] = DType.FLOAT32
    output_type: Annotated[DType, Parameter(choices=_TYPE_NAMES)] = DType.FLOAT32
    integer_only: bool = False
    objective: Annotated[
        str | None, Parameter(choices=[objective.value for objective in Objective])
    ] = None
    tries: Annotated[int | None, Parameter(validator=Number(gte=1), metavar="N")] = None
    search_seconds: Annotated[
        float | None, Parameter(validator=Number(gt=0), metavar="SECONDS")
    ] = None

    def search(self) -> AutoQuantization | None:
        """Return the request to search the recipe; None where it is given, or none.

        Raises:
            OptionsError: When one option contradicts another.
        """
        asked = {
            "--objective": self.objective,
            "--tries": self.tries,
            "--search-seconds": self.search_seconds,
        }
        if self.recipe != AUTO:
            self._refuse(asked, f"--recipe {AUTO}")
            return None
        interface = RecipeOptions(
            input_type=self.input_type, output_type=self.output_type, integer_only=self.integer_only
        )
        given = interface != RecipeOptions()
        self._refuse(
            {"--input-type, --output-type, --integer-only": given or None},
            "--recipe int8 or --recipe int16x8",
        )
        return AutoQuantization(
            objective=self.objective or Objective.SIZE,
            layers=self.layers,
            tries=self.tries or TRIES,
            seconds=self.search_seconds or SEARCH_SECONDS,
        )

    def _refuse(self, options: Mapping[str, object], needed: str) -> None:
        """Refuse options that have no effect with this recipe."""
        for name, value in options.items():
            if value is not None:
                raise OptionsError(
                    "This option has no effect on the recipe.",
                    where=name,
                    expected=needed,
                    received="no --recipe" if self.recipe is None else f"--recipe {self.recipe}",
                )

    def quantization(self) -> Quantization | None:
        """Return the recipe; None where no option sets it, or a search will.

        Raises:
            OptionsError: When one option contradicts another.
        """
        if self.search() is not None or self == RecipeOptions():
            return None
        return Quantization(
            Precision.FLOAT if self.recipe is None else PRECISION_NAMES[self.recipe],
            layers=self.layers,
            input_type=self.input_type,
            output_type=self.output_type,
            integer_only=self.integer_only,
        )


@Parameter(name="*", group=CALIBRATION, negative=(), show_default=False)
@attrs.frozen(kw_only=True)
class CalibrationOptions:
    """The samples that the file is calibrated on.

    Attributes:
        calibrate: Samples of the data that the model will process: an .npz with an array per input,
            by name, whose first axis is the samples, or a folder of such .npy files; for a single
            input also an .npy, a folder of .png and .jpg images, or one image.
        calibration_limit: The largest number of samples to use.
    """

    calibrate: Annotated[Path | None, Parameter(metavar="DATA")] = None
    calibration_limit: Annotated[int, Parameter(validator=Number(gte=1), show_default=True)] = (
        CALIBRATION_LIMIT
    )

    def samples(self, images: ImageOptions = UNSCALED) -> StoredSamples | None:
        """Open the samples; only headers are read.

        Args:
            images: The scaling of images among them.

        Raises:
            SamplesError: When the samples are missing.
        """
        return images.open(self.calibrate)


_NO_RECIPE = RecipeOptions()
_NO_CALIBRATION = CalibrationOptions()
_NO_COMPARISON = ComparisonOptions()


@Parameter(name="*", group=FILE, show_default=False)
@attrs.frozen(kw_only=True)
class QuantizeOptions:
    """The target of the quantization, and how the file is made.

    Attributes:
        output: The file to write; its name ends in .tflite.
        plot: Draw the layers with the largest errors, as .png, .svg or .pdf.
        max_rows: The number of tensors to list, and of layers to draw, the largest errors first.
        verify: Run both files and compare them; a file that differs is not written.
        recipe: How the file is quantized.
        calibration: The samples that the file is calibrated on.
        comparison: The way to compare the file with the float one.
        images: The reading of images among the samples.
    """

    output: Annotated[Path, Parameter(name=("--output", "-o"), metavar="FILE")]
    plot: Annotated[Path | None, Parameter(metavar="PICTURE")] = None
    max_rows: Annotated[int, Parameter(validator=Number(gte=1), show_default=True)] = 30
    verify: Annotated[bool, Parameter(name="--verify", show_default=True)] = True
    recipe: RecipeOptions = _NO_RECIPE
    calibration: CalibrationOptions = _NO_CALIBRATION
    comparison: ComparisonOptions = _NO_COMPARISON
    images: ImageOptions = UNSCALED

    def checked_plot(self) -> Path | None:
        """Return the path of the plot, if one is asked for.

        Raises:
            LiteRTIRError: When nothing is compared, or the plot cannot be written.
        """
        if self.plot is None:
            return None
        if not self.verify:
            raise OptionsError(
                "Nothing is compared, so that there is nothing to draw.",
                where="--no-verify",
                expected="either --no-verify, or --plot",
                received="both",
            )
        return check_plot_target(self.plot)
