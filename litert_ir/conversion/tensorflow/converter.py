"""Configure TensorFlow's converter by a plan, run it, and read its errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from litert_ir.backends import converter_error, load_tensorflow
from litert_ir.backends.keras.inference import INPUT_WIRE
from litert_ir.backends.model_failures import brief, failures_as
from litert_ir.backends.tensorflow.unsupported_ops import layers_at_fault, unsupported_ops
from litert_ir.conversion.tensorflow.converter_terms import converter_terms
from litert_ir.errors import ConversionError, TensorListError, UnsupportedOpsError
from litert_ir.errors.advice import advise
from litert_ir.errors.setting_names import BATCH_SIZE
from litert_ir.ir.file_options import FileOptions
from litert_ir.ir.options import OpSet
from litert_ir.ir.tensor import DType
from litert_ir.samples.samples import Sample

_LISTS = "TensorListReserve"
_STATIC = advise(
    "pass {batch}: TensorFlow's converter takes recurrent layers only with a static batch and a "
    "static number of steps",
    batch=BATCH_SIZE.to(1),
)

Feed = Callable[[Sample], Any]


def configure(
    converter: Any,
    options: FileOptions,
    calibration: Iterable[Sample] | None,
    feed: Feed,
) -> None:
    """Configure the converter by the plan's options.

    Args:
        converter: A `tf.lite.TFLiteConverter`.
        options: The plan's options.
        calibration: The flat calibration samples, if the plan asks for any.
        feed: Turns a flat sample into what this kind of converter takes.
    """
    tf, terms = load_tensorflow(), converter_terms(options)
    converter.optimizations = [tf.lite.Optimize[flag.name] for flag in terms.optimizations]
    converter.target_spec.supported_ops = [
        _op_set(tf, op_set) for op_set in terms.target_spec.supported_ops
    ]
    converter.target_spec.supported_types = [
        _dtype(tf, dtype) for dtype in terms.target_spec.supported_types
    ]
    converter.experimental_new_quantizer = terms.experimental_new_quantizer
    converter.inference_input_type = _dtype(tf, terms.inference_input_type)
    converter.inference_output_type = _dtype(tf, terms.inference_output_type)
    # TensorFlow's own metadata costs a pass over the whole file in Python and says nothing
    # that a runtime reads.
    converter.exclude_conversion_metadata = True
    if calibration is not None:
        samples = calibration

        def representative_dataset() -> Iterator[Any]:
            return (feed(sample) for sample in samples)

        converter.representative_dataset = representative_dataset


def _op_set(tf: Any, op_set: OpSet) -> Any:
    return tf.lite.OpsSet(op_set.value)


def _dtype(tf: Any, dtype: DType) -> Any:
    return tf.dtypes.as_dtype(dtype.value)


def run(convert: Callable[[], Any], model: Any) -> bytes:
    """Run a conversion; whatever TensorFlow raises becomes a ConversionError.

    Args:
        convert: Traces and converts.
        model: The model, to name the layers that an error is about.

    Raises:
        UnsupportedOpsError: When the model needs ops that the plan's op sets lack.
        ConversionError: For every other failure.
    """
    with failures_as(lambda error: failure_of(error, model), converter_error(), OSError):
        return bytes(convert())


def failure_of(error: Exception, model: Any) -> ConversionError:
    """Convert a failure of TensorFlow's converter to a `ConversionError`.

    Args:
        error: What it raised.
        model: The model, to name the layers that it is about.
    """
    ops = unsupported_ops(error, model)
    if ops:
        return UnsupportedOpsError(ops)
    layers = layers_at_fault(error, model)
    is_of_lists = _LISTS in str(error)
    kind = TensorListError if is_of_lists else ConversionError
    return kind(
        "TensorFlow's converter failed" + (f" at {', '.join(layers)}." if layers else "."),
        where=", ".join(layers),
        received=brief(error),
        advice=_STATIC if is_of_lists else "",
    )


def by_wire_name(sample: Sample) -> dict[str, Any]:
    """A calibration sample for a converter that finds tensors by the signature's names."""
    return {INPUT_WIRE.format(index): value for index, value in enumerate(sample)}
