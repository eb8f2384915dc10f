"""Hypothesis strategies for converter options and quantization recipes."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
from hypothesis import strategies as st

from litert_ir.ir.file_options import FileOptions, Kernels
from litert_ir.ir.options import ConverterOptions, OpSet, Optimization, TargetSpec
from litert_ir.ir.quantization import LayerRule, Precision, Quantization
from litert_ir.ir.tensor import DType

_TARGETS = st.sampled_from(("arm64", "arm", "qualcomm:SM8750", "intel:LNL/cpu"))
_PATTERNS = st.sampled_from(("dense", "block_*", "encoder/*/query", "*"))


_QUANTIZED_TYPES: Mapping[Precision, tuple[DType, ...]] = {
    Precision.INTEGER: (DType.INT8, DType.UINT8),
    Precision.INTEGER_16X8: (DType.INT16,),
}


@st.composite
def converter_options(draw: st.DrawFn) -> ConverterOptions:
    """Options without contradictions, all enums reached; the defaults are the simplest.

    Half of them say the quantization in TensorFlow's terms, in combinations that its own
    `QuantizationMode` takes as they are, half as a recipe.
    """
    return draw(_options_in_flags() | _options_with_recipe())


@st.composite
def _options_in_flags(draw: st.DrawFn) -> ConverterOptions:
    flags = ConverterOptions(
        optimizations=draw(st.lists(st.sampled_from(Optimization), unique=True).map(tuple))
    )
    calibrated = flags.has_quantizing_flag and draw(st.booleans())
    options = attrs.evolve(
        flags,
        calibrated=calibrated,
        experimental_new_quantizer=draw(st.sampled_from((True, False))),
        target_spec=draw(_target_specs(quantizes=flags.has_quantizing_flag, calibrated=calibrated)),
        aot_compile_targets=draw(st.lists(_TARGETS, max_size=2).map(tuple)),
    )
    types = st.sampled_from((DType.FLOAT32, *_QUANTIZED_TYPES.get(options.precision, ())))
    return attrs.evolve(
        options, inference_input_type=draw(types), inference_output_type=draw(types)
    )


@st.composite
def quantizations(draw: st.DrawFn) -> Quantization:
    """Recipes without contradictions: every precision, rules, interface types."""
    precision = draw(st.sampled_from(Precision))
    rules = st.builds(LayerRule, _PATTERNS, st.sampled_from(Precision))
    types = st.sampled_from(precision.interface_types)
    return Quantization(
        precision,
        layers=tuple(draw(st.lists(rules, max_size=2))),
        input_type=draw(types),
        output_type=draw(types),
        integer_only=precision.is_integer and draw(st.booleans()),
    )


@st.composite
def _options_with_recipe(draw: st.DrawFn) -> ConverterOptions:
    recipe = draw(quantizations())
    select = draw(st.sampled_from(((), (OpSet.SELECT_TF_OPS,))))
    return ConverterOptions(
        quantization=recipe,
        calibrated=recipe.needs_calibration,
        target_spec=TargetSpec(supported_ops=(OpSet.TFLITE_BUILTINS, *select)),
    )


@st.composite
def file_options(draw: st.DrawFn) -> FileOptions:
    """The options of plans: every recipe, kernel set and switch; the defaults are the simplest."""
    recipe = draw(st.just(Quantization()) | quantizations())
    return FileOptions(
        recipe=recipe,
        kernels=draw(st.sampled_from(Kernels)),
        sparse=draw(st.booleans()),
        old_quantizer=recipe.needs_calibration and draw(st.booleans()),
        aot_compile_targets=draw(st.lists(_TARGETS, max_size=2).map(tuple)),
    )


@st.composite
def _target_specs(draw: st.DrawFn, *, quantizes: bool, calibrated: bool) -> TargetSpec:
    builtins, select = OpSet.TFLITE_BUILTINS, OpSet.SELECT_TF_OPS
    op_sets: list[tuple[OpSet, ...]] = [(builtins,), (select,), (builtins, select)]
    if calibrated:
        for integer in (OpSet.TFLITE_BUILTINS_INT8, OpSet.TFLITE_BUILTINS_INT16_WEIGHTS_INT8):
            op_sets += [(integer,), (builtins, integer)]
    ops = draw(st.sampled_from(op_sets))
    types: list[tuple[DType, ...]] = [()]
    if quantizes and not calibrated:
        types += [(DType.FLOAT16,), (DType.FLOAT32, DType.FLOAT16)]
    elif calibrated and OpSet.TFLITE_BUILTINS_INT16_WEIGHTS_INT8 not in ops:
        types += [(DType.INT8,)]
    return TargetSpec(supported_ops=ops, supported_types=draw(st.sampled_from(types)))
