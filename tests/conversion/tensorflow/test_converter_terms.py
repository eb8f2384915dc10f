"""TensorFlow's terms for the options of plans mean to TensorFlow what callers said."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given, settings

from litert_ir.backends import load_tensorflow
from litert_ir.conversion.tensorflow.converter_terms import converter_terms, lacks_terms_for
from litert_ir.ir.file_options import FileOptions
from litert_ir.ir.options import ConverterOptions
from litert_ir.testing.strategies import converter_options, file_options


@given(file_options())
def test_terms_parse_into_the_options_that_they_were_derived_from(options: FileOptions) -> None:
    if options.recipe.layers or options.precision.name.startswith("WEIGHT_ONLY"):
        assert lacks_terms_for(options)
        return
    assert lacks_terms_for(options) is None
    terms = converter_terms(options)
    assert terms.quantization is None
    assert terms.parsed() == options


@settings(max_examples=150)
@given(converter_options())
def test_derived_terms_mean_to_tensorflow_what_the_given_ones_mean(
    options: ConverterOptions,
) -> None:
    assume(options.quantization is None)
    assert meaning(converter_terms(options.parsed())) == meaning(options)


def meaning(options: ConverterOptions) -> dict[str, Any]:
    """All that `TFLiteConverterBase` makes of options for a graph, by its own rules."""
    tf: Any = load_tensorflow()
    from tensorflow.lite.python import lite

    spec = tf.lite.TargetSpec(
        supported_ops={tf.lite.OpsSet(op.value) for op in options.target_spec.supported_ops},
        supported_types={
            tf.dtypes.as_dtype(dtype.value) for dtype in options.target_spec.supported_types
        },
    )
    flags = {tf.lite.Optimize[flag.name] for flag in options.optimizations}
    dataset: Any = (lambda: iter(())) if options.calibrated else None
    mode = lite.QuantizationMode(flags, spec, dataset, tf.Graph().as_graph_def())
    integer = mode.is_post_training_integer_quantization()
    select = tf.lite.OpsSet.SELECT_TF_OPS
    return {
        "flags": mode.converter_flags(),
        "activations": mode.activations_type(),
        "allow float": integer and mode.is_allow_float(),
        "select": select in spec.supported_ops,
        "select alone": {select} == set(spec.supported_ops),
        "sparsify": tf.lite.Optimize.EXPERIMENTAL_SPARSITY in flags,
        "new quantizer": options.experimental_new_quantizer or not integer,
        "interface": (options.inference_input_type, options.inference_output_type),
    }
