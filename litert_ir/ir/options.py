"""The options that callers give: in TensorFlow's terms, or a recipe; parsed into `FileOptions`."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable

import attrs

from litert_ir.errors import OptionsError
from litert_ir.errors.advice import advise
from litert_ir.errors.setting_names import DATASET, SAMPLES
from litert_ir.ir.file_options import FileOptions, Kernels
from litert_ir.ir.quantization import Precision, Quantization
from litert_ir.ir.targets import CompileTarget, canonical_targets, parse_target
from litert_ir.ir.tensor import DType


class Optimization(enum.Enum):
    """`tf.lite.Optimize`, by value.

    In TensorFlow 2.21 ``OPTIMIZE_FOR_SIZE`` and ``OPTIMIZE_FOR_LATENCY`` are deprecated and do
    the same as ``DEFAULT``; ``EXPERIMENTAL_SPARSITY`` alone keeps float weights and stores
    pruned ones sparsely. Source: the docstring of `tf.lite.Optimize`.
    """

    DEFAULT = "DEFAULT"
    OPTIMIZE_FOR_SIZE = "OPTIMIZE_FOR_SIZE"
    OPTIMIZE_FOR_LATENCY = "OPTIMIZE_FOR_LATENCY"
    EXPERIMENTAL_SPARSITY = "EXPERIMENTAL_SPARSITY"


class OpSet(enum.Enum):
    """`tf.lite.OpsSet`, by value: the kernels that the target runtime has."""

    TFLITE_BUILTINS = "TFLITE_BUILTINS"
    SELECT_TF_OPS = "SELECT_TF_OPS"
    TFLITE_BUILTINS_INT8 = "TFLITE_BUILTINS_INT8"
    TFLITE_BUILTINS_INT16_WEIGHTS_INT8 = (
        "EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8"
    )


def _distinct(values: Iterable[object]) -> tuple[object, ...]:
    if isinstance(values, str):
        raise TypeError(f"a tuple is needed, received the string {values!r}")
    return tuple(dict.fromkeys(values))


def _each(member: type) -> Callable[..., None]:
    return attrs.validators.deep_iterable(attrs.validators.instance_of(member))


_IS_DTYPE = attrs.validators.instance_of(DType)
_IS_BOOL = attrs.validators.instance_of(bool)


@attrs.frozen(kw_only=True)
class TargetSpec:
    """The abilities of the target runtime.

    Attributes:
        supported_ops: Kernels the file may use. LiteRT builtins only, unless TF Select is
            opted in to; a file with TF Select ops runs only where the Flex delegate is linked.
        supported_types: Types the target prefers; ``float16`` halves the stored weights.
    """

    supported_ops: tuple[OpSet, ...] = attrs.field(
        default=(OpSet.TFLITE_BUILTINS,),
        converter=_distinct,
        validator=[attrs.validators.min_len(1), _each(OpSet)],
    )
    supported_types: tuple[DType, ...] = attrs.field(
        default=(), converter=_distinct, validator=_each(DType)
    )


_QUANTIZING = frozenset(
    {
        Optimization.DEFAULT,
        Optimization.OPTIMIZE_FOR_SIZE,
        Optimization.OPTIMIZE_FOR_LATENCY,
    }
)
_INTEGER_ONLY = (OpSet.TFLITE_BUILTINS_INT8, OpSet.TFLITE_BUILTINS_INT16_WEIGHTS_INT8)
_INTEGER_ONLY_SETS = frozenset(_INTEGER_ONLY)


@attrs.frozen(kw_only=True)
class ConverterOptions:
    """The options of an export as callers give them, apart from the representative data itself.

    Several of them may mean the same; a plan has what they mean: see `parsed`.

    Attributes:
        optimizations: Flags, each once; any quantizing flag means the same as DEFAULT.
        calibrated: Whether a representative dataset travels beside the plan.
        experimental_new_quantizer: Whether calibration uses the MLIR quantizer.
        target_spec: The abilities of the target runtime.
        inference_input_type: Type of the file's float inputs: float32, or an integer type
            when activations are quantized.
        inference_output_type: The same for the outputs.
        quantization: The recipe, where it is given as such; None where the other options, in
            TensorFlow's terms, are all that is said. See `recipe`.
        aot_compile_targets: What to compile for ahead of time, by canonical name; see
            `litert_ir.ir.targets`.

    Raises:
        OptionsError: When one option contradicts another.
    """

    optimizations: tuple[Optimization, ...] = attrs.field(
        default=(), converter=_distinct, validator=_each(Optimization)
    )
    calibrated: bool = attrs.field(default=False, validator=_IS_BOOL)
    experimental_new_quantizer: bool = attrs.field(default=True, validator=_IS_BOOL)
    target_spec: TargetSpec = attrs.field(
        default=TargetSpec(), validator=attrs.validators.instance_of(TargetSpec)
    )
    inference_input_type: DType = attrs.field(default=DType.FLOAT32, validator=_IS_DTYPE)
    inference_output_type: DType = attrs.field(default=DType.FLOAT32, validator=_IS_DTYPE)
    quantization: Quantization | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(attrs.validators.instance_of(Quantization)),
    )
    aot_compile_targets: tuple[str, ...] = attrs.field(default=(), converter=canonical_targets)

    def __attrs_post_init__(self) -> None:
        _check_said_once(self)
        _check_dataset(self)
        _check_types(self)

    @property
    def compile_targets(self) -> tuple[CompileTarget, ...]:
        """The targets of ``aot_compile_targets``, as data."""
        return tuple(map(parse_target, self.aot_compile_targets))

    @property
    def has_quantizing_flag(self) -> bool:
        """Tell whether one of the optimization flags quantizes."""
        return not _QUANTIZING.isdisjoint(self.optimizations)

    @property
    def quantizes(self) -> bool:
        """Tell whether any layer's weights are to be stored in another type than float32."""
        return self.recipe.quantizes

    @property
    def recipe(self) -> Quantization:
        """Return the quantization of the file, whichever terms the options state it in."""
        if self.quantization is not None:
            return self.quantization
        precision = self._precision_of_flags
        return Quantization(
            precision,
            input_type=self.inference_input_type,
            output_type=self.inference_output_type,
            integer_only=precision.is_integer and self._excludes_float,
        )

    @property
    def precision(self) -> Precision:
        """The precision of the layers that no rule is for."""
        return self.recipe.precision

    def parsed(self) -> FileOptions:
        """The options of a plan that these mean.

        The order of flags and op sets, flags that mean the same as others, a dataset without
        effect, and a quantizer that has nothing to calibrate leave no trace in them.
        """
        recipe = self.recipe
        return FileOptions(
            recipe=recipe,
            kernels=self._kernels,
            sparse=Optimization.EXPERIMENTAL_SPARSITY in self.optimizations,
            old_quantizer=recipe.needs_calibration and not self.experimental_new_quantizer,
            aot_compile_targets=self.aot_compile_targets,
        )

    @property
    def _kernels(self) -> Kernels:
        """The kernels; integer-only sets are part of the recipe, and void beside TF Select."""
        if OpSet.SELECT_TF_OPS not in self._op_sets or self._prefers_int8_alone:
            return Kernels.BUILTINS
        alone = self._op_sets == (OpSet.SELECT_TF_OPS,)
        return Kernels.TF_SELECT if alone else Kernels.BUILTINS_AND_TF_SELECT

    @property
    def _excludes_float(self) -> bool:
        return self._prefers_int8_alone or set(self._op_sets) <= _INTEGER_ONLY_SETS

    @property
    def _prefers_int8_alone(self) -> bool:
        """Tell whether TensorFlow's converter replaces all op sets by that of int8 kernels."""
        return self.target_spec.supported_types == (DType.INT8,)

    @property
    def _precision_of_flags(self) -> Precision:
        """The precision of flags, by the rules of `QuantizationMode` in TensorFlow 2.21's lite.py.

        The smallest supported type decides, int8 where none is named.
        """
        if not self.has_quantizing_flag:
            return Precision.FLOAT
        if self.calibrated and OpSet.TFLITE_BUILTINS_INT16_WEIGHTS_INT8 in self._op_sets:
            return Precision.INTEGER_16X8
        types = self.target_spec.supported_types or (DType.INT8,)
        if DType.INT8 in types:
            return Precision.INTEGER if self.calibrated else Precision.DYNAMIC_RANGE
        return Precision.FLOAT16_WEIGHTS if DType.FLOAT16 in types else Precision.FLOAT

    @property
    def _op_sets(self) -> tuple[OpSet, ...]:
        return self.target_spec.supported_ops


def _check_said_once(options: ConverterOptions) -> None:
    """Refuse a recipe beside the options that state one in TensorFlow's terms."""
    if options.quantization is None:
        return
    defaults = attrs.fields_dict(ConverterOptions)
    for where in ("inference_input_type", "inference_output_type"):
        if getattr(options, where) is not defaults[where].default:
            raise _said_twice(where)
    if options.has_quantizing_flag:
        raise _said_twice("optimizations")
    if options.target_spec.supported_types:
        raise _said_twice("target_spec.supported_types")
    if not _INTEGER_ONLY_SETS.isdisjoint(options.target_spec.supported_ops):
        raise _said_twice("target_spec.supported_ops")


def _said_twice(where: str) -> OptionsError:
    return OptionsError(
        "The quantization is given twice: as a recipe, and in TensorFlow's terms.",
        where=where,
        expected="either quantization=..., or options in TensorFlow's terms",
        received="both",
        advice=f"leave {where} out; a Quantization has input_type, output_type and integer_only",
    )


def _check_dataset(options: ConverterOptions) -> None:
    if options.quantization is not None:
        check_calibration(options.quantization, calibrated=options.calibrated)
        return
    if options.calibrated and not options.has_quantizing_flag:
        raise OptionsError(
            "A representative dataset has no effect without a quantizing optimization.",
            where="representative_dataset",
            expected="optimizations=['DEFAULT'] beside it",
            received=f"optimizations={[flag.value for flag in options.optimizations]}",
            advice="add the optimization, or leave the dataset out",
        )
    spec = options.target_spec
    integer_ops = [op_set.value for op_set in _INTEGER_ONLY if op_set in spec.supported_ops]
    integer_types = ["int8"] if spec.supported_types == (DType.INT8,) else []
    for where, needs in (("supported_ops", integer_ops), ("supported_types", integer_types)):
        if needs and not options.calibrated:
            raise OptionsError(
                "Integer arithmetic needs a representative dataset to find the activations' "
                "ranges.",
                where=f"target_spec.{where}",
                expected="a representative_dataset and optimizations=['DEFAULT']",
                received=", ".join(needs),
                advice=f"pass representative_dataset=..., or leave {where} out",
            )


def check_calibration(recipe: Quantization, *, calibrated: bool) -> None:
    """Require that a dataset travels beside a recipe which needs one, and beside no other.

    Raises:
        OptionsError: When it is the other way round.
    """
    if calibrated == recipe.needs_calibration:
        return
    if calibrated:
        raise OptionsError(
            "A representative dataset has no effect on this recipe.",
            where="representative_dataset",
            expected="none: only integer activations have ranges to be found",
            received=recipe.precision.value,
            advice=advise(
                "leave it out, or compare on it: {samples}",
                samples=SAMPLES,
            ),
        )
    raise OptionsError(
        "Integer arithmetic needs a representative dataset to find the activations' ranges.",
        where="quantization",
        expected="a representative_dataset beside it",
        received=", ".join(
            [
                *([recipe.precision.value] if recipe.precision.is_integer else []),
                *(str(rule) for rule in recipe.layers if rule.precision.is_integer),
            ]
        ),
        advice=advise("pass {samples}", samples=DATASET.to("...", "DATA")),
    )


def _check_types(options: ConverterOptions) -> None:
    _ = options.recipe  # it checks the interface's types
    spec = options.target_spec
    integer_only = set(spec.supported_ops) <= set(_INTEGER_ONLY)
    sixteen = OpSet.TFLITE_BUILTINS_INT16_WEIGHTS_INT8 in spec.supported_ops
    if spec.supported_types and (
        sixteen or (integer_only and spec.supported_types != (DType.INT8,))
    ):
        raise OptionsError(
            "The supported types contradict the supported ops.",
            where="target_spec.supported_types",
            expected="none beside integer-only kernels",
            received=", ".join(dtype.value for dtype in spec.supported_types),
            advice="leave supported_types out",
        )
    if options.target_spec.supported_types and not options.has_quantizing_flag:
        raise OptionsError(
            "supported_types has no effect without a quantizing optimization.",
            where="target_spec.supported_types",
            expected="optimizations=['DEFAULT'] beside it",
            received=", ".join(dtype.value for dtype in options.target_spec.supported_types),
        )


def file_options(options: FileOptions | ConverterOptions) -> FileOptions:
    """The options of a plan, of either kind of options."""
    return options.parsed() if isinstance(options, ConverterOptions) else options
