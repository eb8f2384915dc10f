"""A recipe in the terms of TensorFlow's converter, where it has terms for it."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from litert_ir.ir.options import ConverterOptions, OpSet, Optimization, TargetSpec
from litert_ir.ir.quantization import Precision, Quantization
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


def lacks_terms_for(options: ConverterOptions) -> str | None:
    """What of the options TensorFlow's converter cannot be told, in words; None where it can."""
    recipe = options.recipe
    if recipe.layers:
        return "other precisions for some layers"
    if recipe.precision not in _TERMS:
        return recipe.precision.value
    return None


def converter_terms(options: ConverterOptions) -> ConverterOptions:
    """The same options without a recipe of ours; those that have none stay as they are.

    Args:
        options: Options of which `lacks_terms_for` says None.
    """
    recipe = options.quantization
    if recipe is None:
        return options
    flags, types = _TERMS[recipe.precision]
    return attrs.evolve(
        options,
        quantization=None,
        optimizations=(*flags, *options.optimizations),
        target_spec=TargetSpec(supported_ops=_op_sets(recipe, options), supported_types=types),
        inference_input_type=recipe.input_type,
        inference_output_type=recipe.output_type,
    )


def float_options(options: ConverterOptions) -> ConverterOptions:
    """The options for the float file that a quantizer starts from."""
    spec = options.target_spec
    kept = tuple(op_set for op_set in spec.supported_ops if op_set not in _INTEGER_OPS.values())
    return attrs.evolve(
        options,
        quantization=None,
        calibrated=False,
        optimizations=tuple(
            flag for flag in options.optimizations if flag is Optimization.EXPERIMENTAL_SPARSITY
        ),
        target_spec=TargetSpec(supported_ops=kept or TargetSpec().supported_ops),
        inference_input_type=DType.FLOAT32,
        inference_output_type=DType.FLOAT32,
    )


def _op_sets(recipe: Quantization, options: ConverterOptions) -> tuple[OpSet, ...]:
    given = options.target_spec.supported_ops
    integer = _INTEGER_OPS.get(recipe.precision)
    if integer is None:
        return given
    if recipe.integer_only:
        return (integer,)
    return (integer, *given) if recipe.precision is Precision.INTEGER_16X8 else given
