"""Define the commands' options as frozen data; cyclopts derives the syntax from the fields."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated, Any

import attrs
from cyclopts import CycloptsError, Parameter
from cyclopts.validators import Number

from litert_ir.cli.comparison_options import ComparisonOptions
from litert_ir.cli.image_options import UNSCALED, ImageOptions
from litert_ir.cli.input_specs import INPUT_FORM, convert_inputs, keras_signature
from litert_ir.cli.metadata_options import MetadataOptions
from litert_ir.cli.option_groups import COMPARISON, CONVERSION, FILE, MODEL, REPORT
from litert_ir.cli.quantization_options import CalibrationOptions, RecipeOptions
from litert_ir.cli.size_options import Sizes, convert_image_size, convert_sizes
from litert_ir.conversion.defaults import DEFAULT_STRATEGIES
from litert_ir.conversion.in_child.strategy import InChildProcess
from litert_ir.conversion.protocol import ConversionStrategy
from litert_ir.conversion.quantized import Quantized
from litert_ir.conversion.strategy_names import Strategies, resolved, strategy_names
from litert_ir.errors import OptionsError
from litert_ir.ir.options import ConverterOptions, OpSet, Optimization, TargetSpec
from litert_ir.ir.parse_options import SUPPORTED_TYPES
from litert_ir.ir.tensor import DType, TensorSpec
from litert_ir.stablehlo.strategy import StableHLO

STRATEGIES = strategy_names()
"""The names that --strategy chooses from."""


_NO_RECIPE = RecipeOptions()
_NO_METADATA = MetadataOptions()
_NO_CALIBRATION = CalibrationOptions()
_NO_COMPARISON = ComparisonOptions()

_UNCALIBRATED_TYPES = tuple(dtype for dtype in SUPPORTED_TYPES if dtype is not DType.INT8)
"""The types without int8, which needs a representative dataset."""


@Parameter(name="*", group=MODEL, negative=(), show_default=False)
@attrs.frozen(kw_only=True)
class CallOptions:
    """Options of the model's call.

    Attributes:
        batch_size: Fix the batch dimension of every input; without it, it stays dynamic.
        max_sequence_length: Tokens per sample of a KerasHub model.
        image_size: Height and width of a KerasHub model's images, such as 224 or 480x640.
        sizes: Another size of a KerasHub model's inputs, by its name in the plan, such as
            points=2. Repeatable.
        inputs: Shape and type of an input, such as images=1,224,224,3:float32. A dynamic
            dimension is ?, or has a name, bounds, and what its sizes are multiples of, as in
            x=?,length:32..512:8,80:float32; each part may be left out (length, length:32..,
            32..512, length:..:8). Dimensions with one name have one size. Once per input.
        imports: Import a module before loading, for the custom layers it defines. Repeatable.
    """

    batch_size: Annotated[int | None, Parameter(group=MODEL, validator=Number(gte=1))] = None
    max_sequence_length: Annotated[int | None, Parameter(group=MODEL, validator=Number(gte=1))] = (
        None
    )
    image_size: Annotated[
        tuple[int, int] | None,
        Parameter(
            group=MODEL, converter=convert_image_size, n_tokens=1, accepts_keys=False, metavar="HxW"
        ),
    ] = None
    sizes: Annotated[
        Sizes,
        Parameter(
            group=MODEL,
            name="--size",
            converter=convert_sizes,
            n_tokens=1,
            accepts_keys=False,
            metavar="NAME=N",
        ),
    ] = ()
    inputs: Annotated[
        tuple[TensorSpec, ...],
        Parameter(
            group=MODEL,
            name="--input",
            converter=convert_inputs,
            accepts_keys=False,
            n_tokens=1,
            metavar=INPUT_FORM,
        ),
    ] = ()
    imports: Annotated[
        tuple[str, ...], Parameter(group=MODEL, name="--import", metavar="MODULE")
    ] = ()

    def keywords(self, model: Any) -> dict[str, Any]:
        """Return the verbs' keywords for the call of a model."""
        return {
            "input_signature": keras_signature(self.inputs, model),
            "batch_size": self.batch_size,
            "max_sequence_length": self.max_sequence_length,
            "image_size": self.image_size,
            "sizes": dict(self.sizes),
        }


@Parameter(name="*", group=CONVERSION, negative=(), show_default=False)
@attrs.frozen(kw_only=True)
class PlanOptions(CallOptions):
    """Options of the plan.

    Attributes:
        optimize: Set an optimization flag of the converter. Repeatable.
        supported_types: Prefer a type for the stored weights; takes effect with
            --optimize. Repeatable.
        select_tf_ops: Allow TensorFlow ops in the file; it then runs only where the Flex
            delegate is linked.
        recipe: How the file is quantized.
        metadata: What the file says of itself.
        aot_targets: Compile for a chip ahead of time, such as qualcomm:SM8750, or hold the file
            against a CPU's limits, such as arm64; litert-ir targets lists them. Repeatable.
        strategies: Try this strategy; given more than once, in this order. Without it, all that are
            listed without -in-child and quantized-, in that order, each quantized where the plan is
            and it is not.
    """

    optimize: tuple[Optimization, ...] = ()
    supported_types: Annotated[
        tuple[DType, ...],
        Parameter(name="--supported-type", choices=[dtype.value for dtype in _UNCALIBRATED_TYPES]),
    ] = ()
    select_tf_ops: bool = False
    recipe: RecipeOptions = _NO_RECIPE
    metadata: MetadataOptions = _NO_METADATA
    aot_targets: Annotated[
        tuple[str, ...], Parameter(name=("--aot-target", "--aot"), metavar="TARGET")
    ] = ()
    strategies: Annotated[
        tuple[str, ...], Parameter(name="--strategy", choices=list(STRATEGIES))
    ] = ()

    def converter_options(self, *, calibrated: bool | None = None) -> ConverterOptions:
        """Return the converter options that these options select.

        Args:
            calibrated: Whether there are samples; None for a plan alone, which assumes the samples
                that its recipe needs.

        Raises:
            OptionsError: When one contradicts another.
        """
        select = (OpSet.SELECT_TF_OPS,) if self.select_tf_ops else ()
        recipe = self.recipe.quantization()
        if calibrated is None:
            calibrated = recipe is not None and recipe.needs_calibration
        return ConverterOptions(
            optimizations=self.optimize,
            target_spec=TargetSpec(
                supported_ops=(OpSet.TFLITE_BUILTINS, *select),
                supported_types=self.supported_types,
            ),
            quantization=recipe,
            calibrated=calibrated,
            aot_compile_targets=self.aot_targets,
        )


@Parameter(name="*", group=MODEL, negative=(), show_default=False)
@attrs.frozen(kw_only=True)
class SourceOptions:
    """Options that name a model other than MODEL.

    Attributes:
        preset: A KerasHub preset: a folder that task.save_to_preset(folder) wrote, or a name
            or address that KerasHub downloads.
        task: The class of keras_hub.models to load the preset as, such as CausalLM; without
            it, the one that was saved.
    """

    preset: str | None = None
    task: str | None = None


@Parameter(name="*", group=FILE, show_default=False)
@attrs.frozen(kw_only=True)
class ExportOptions:
    """The target of the export, and how the file is made.

    Attributes:
        output: The file to write; its name ends in .tflite.
        verify: Run the file and compare it with the model; a file that differs is not written.
        plan: Carry out a stored plan, as litert-ir plan --json prints it, in place of options of
            the plan.
        dump: Write the text of the module after each stage of the strategy stablehlo to this
            folder, with a folder of its own for each point that the model is traced at. Constants
            are elided; each weight says how it is computed of the model's variables.
        calibration: The samples that the file is calibrated on.
        comparison: The way to compare the file with the model.
        images: The reading of images among the samples.
    """

    output: Annotated[Path, Parameter(name=("--output", "-o"), metavar="FILE")]
    verify: Annotated[bool, Parameter(name="--verify", show_default=True)] = True
    plan: Annotated[Path | None, Parameter(metavar="PLAN.json")] = None
    dump: Annotated[Path | None, Parameter(metavar="FOLDER")] = None
    calibration: CalibrationOptions = _NO_CALIBRATION
    comparison: ComparisonOptions = _NO_COMPARISON
    images: ImageOptions = UNSCALED

    def converter_options(self, plan: PlanOptions) -> ConverterOptions:
        """Return the converter options that these options and those of the plan select.

        Raises:
            OptionsError: When one contradicts another.
        """
        is_calibrated = self.calibration.calibrate is not None and plan.recipe.search() is None
        return plan.converter_options(calibrated=is_calibrated)

    def chosen_strategies(self, names: tuple[str, ...]) -> Strategies:
        """Return the strategies to try, in order; None where the library chooses.

        Args:
            names: The names that were given, or that a stored plan has; empty for the default.

        Raises:
            OptionsError: When there is nothing to dump.
            PluginError: When a plug-in is named that cannot be used.
            TargetError: When the folder of the dump cannot be used.
        """
        if self.dump is None:
            return names or None
        chosen = resolved(names, None) or DEFAULT_STRATEGIES
        dumping = tuple(_dumping(strategy, self.dump) for strategy in chosen)
        if dumping == chosen:
            raise OptionsError(
                "Only the strategy stablehlo has stages to dump.",
                where="--dump",
                expected="--strategy stablehlo, or no --strategy",
                received=", ".join(names),
            )
        return dumping


@Parameter(name="*", group=COMPARISON, negative=(), show_default=False)
@attrs.frozen(kw_only=True)
class VerifyOptions:
    """The call of the model, and the way to compare the file with it.

    Attributes:
        call: Options of the model's call; sizes that the file fixes need none.
        comparison: The way to compare.
        images: The reading of images among the samples.
    """

    call: CallOptions = CallOptions()
    comparison: ComparisonOptions = _NO_COMPARISON
    images: ImageOptions = UNSCALED


def _dumping(strategy: ConversionStrategy, folder: Path) -> ConversionStrategy:
    match strategy:
        case StableHLO():
            return attrs.evolve(strategy, dump=folder)
        case Quantized(strategy=inner) | InChildProcess(strategy=inner):
            return attrs.evolve(strategy, strategy=_dumping(inner, folder))
        case _:
            return strategy


class ProgressStyle(enum.Enum):
    """The ways in which progress shows on stderr."""

    AUTO = "auto"
    PLAIN = "plain"
    JSON = "json"
    NONE = "none"


@Parameter(name="*", group=REPORT, negative=(), show_default=False)
@attrs.frozen(kw_only=True)
class ReportOptions:
    """Options of the output.

    Attributes:
        json: Print the result, or the error, as one JSON object.
        verbose: Print each phase as it starts, what native code prints, and tracebacks of errors.
        quiet: Print nothing but errors, and what --json asks for.
        progress: How progress shows on stderr: auto is a line on a terminal and nothing elsewhere,
            plain a line for each phase, json one JSON object in a line for each event.

    Raises:
        CycloptsError: When options contradict each other.
    """

    json: bool = False
    verbose: Annotated[bool, Parameter(name=("--verbose", "-v"))] = False
    quiet: Annotated[bool, Parameter(name=("--quiet", "-q"))] = False
    progress: Annotated[ProgressStyle, Parameter(show_default=True)] = ProgressStyle.AUTO

    def __attrs_post_init__(self) -> None:
        if self.quiet and self.verbose:
            raise CycloptsError(msg="--quiet prints less, --verbose more: give one of them.")
        if self.quiet and self.progress not in (ProgressStyle.AUTO, ProgressStyle.NONE):
            raise CycloptsError(msg="--quiet shows no progress: leave out --progress.")

    @property
    def shows_progress_line(self) -> bool:
        """Tell whether a terminal shows the phase on its last line."""
        return self.progress is ProgressStyle.AUTO and not self.quiet

    @property
    def logs_phases(self) -> bool:
        """Tell whether each phase is a line of text."""
        logs_by_default = self.verbose and self.progress is ProgressStyle.AUTO
        return self.progress is ProgressStyle.PLAIN or logs_by_default

    @property
    def prints_result(self) -> bool:
        """Tell whether the result is printed."""
        return self.json or not self.quiet
