"""The options of a plan in the terms of TensorFlow's converter, where it has terms for them."""

from __future__ import annotations

from collections.abc import Mapping

from litert_ir.ir.file_options import FileOptions, Kernels
from litert_ir.ir.options import ConverterOptions, OpSet, Optimization, TargetSpec
from litert_ir.ir.quantization import Precision
from litert_ir.ir.tensor import DType

_FLAGS = (Optimization.DEFAULT,)
_TERMS: Mapping[Precision, tuple[tuple[Optimization, ...], tuple[DType, ...]]] = {
    Precision.FLOAT: ((), ()),
    Precision.FLOAT16_WEIGHTS: (_FLAGS, (DType.FLOAT16,)),
    Precision.DYNAMIC_RANGE: (_FLAGS, ()),
    Precision.INTEGER: (_FLAGS, ()),
    Precision.INTEGER_16X8: (_FLAGS, ()),
}
"""Flags and supported types; source: `QuantizationMode` in TensorFlow 2.21's lite.py."""

_INTEGER_OPS: Mapping[Precision, OpSet] = {
    Precision.INTEGER: OpSet.TFLITE_BUILTINS_INT8,
    Precision.INTEGER_16X8: OpSet.TFLITE_BUILTINS_INT16_WEIGHTS_INT8,
}

_FLOAT_OPS: Mapping[Kernels, tuple[OpSet, ...]] = {
    Kernels.BUILTINS: (OpSet.TFLITE_BUILTINS,),
    Kernels.BUILTINS_AND_TF_SELECT: (OpSet.TFLITE_BUILTINS, OpSet.SELECT_TF_OPS),
    Kernels.TF_SELECT: (OpSet.SELECT_TF_OPS,),
}


def lacks_terms_for(options: FileOptions) -> str | None:
    """Name an option that TensorFlow's converter has no terms for; None if it has terms for all."""
    recipe = options.recipe
    if recipe.layers:
        return "other precisions for some layers"
    if recipe.precision not in _TERMS:
        return recipe.precision.value
    return None


def converter_terms(options: FileOptions) -> ConverterOptions:
    """Derive TensorFlow's terms; parsed again, they give the same options.

    Args:
        options: Options of which `lacks_terms_for` says None.
    """
    recipe = options.recipe
    flags, types = _TERMS[recipe.precision]
    sparse = (Optimization.EXPERIMENTAL_SPARSITY,) if options.sparse else ()
    return ConverterOptions(
        optimizations=(*flags, *sparse),
        calibrated=recipe.needs_calibration,
        experimental_new_quantizer=not options.old_quantizer,
        target_spec=TargetSpec(supported_ops=_op_sets(options), supported_types=types),
        inference_input_type=recipe.input_type,
        inference_output_type=recipe.output_type,
        aot_compile_targets=options.aot_compile_targets,
    )


def _op_sets(options: FileOptions) -> tuple[OpSet, ...]:
    recipe, given = options.recipe, _FLOAT_OPS[options.kernels]
    integer = _INTEGER_OPS.get(recipe.precision)
    if integer is None:
        return given
    if recipe.integer_only:
        return (integer,)
    return (integer, *given) if recipe.precision is Precision.INTEGER_16X8 else given
