"""Real exports of a model with enough weights to quantize, each made once per test run."""

from __future__ import annotations

import collections
import functools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

import litert_ir as lir
from litert_ir.backends import load_interpreter, load_keras
from tests.conversion.exports import STRATEGIES, Array, Export, folder


@functools.cache
def conv_model() -> Any:
    """A small convolutional network of 224,522 weights."""
    keras = load_keras()
    keras.utils.set_random_seed(0)
    image = keras.Input((16, 16, 3), name="image")
    x = keras.layers.Conv2D(64, 3, activation="relu")(image)
    x = keras.layers.Conv2D(128, 3, strides=2, activation="relu")(x)
    x = keras.layers.Conv2D(128, 3, strides=2, activation="relu")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, keras.layers.Dense(10, name="scores")(x), name="conv_model")


def images(count: int = 20) -> Array:
    """Calibration data: standard normal, ``(count, 1, 16, 16, 3)``."""
    shape = (count, 1, 16, 16, 3)
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def image_samples() -> Iterator[list[Array]]:
    """A dataset as users write it: a generator function of lists."""
    for image in images():
        yield [image]


_DEFAULT = {"optimizations": ["DEFAULT"]}
_CALIBRATED = {**_DEFAULT, "representative_dataset": image_samples}
_ALL_INTEGER = {**_CALIBRATED, "target_spec": {"supported_ops": ["TFLITE_BUILTINS_INT8"]}}

REQUESTS: Mapping[str, Mapping[str, Any]] = {
    "float": {},
    "default": _DEFAULT,
    "size": {"optimizations": ["OPTIMIZE_FOR_SIZE"]},
    "latency": {"optimizations": ["OPTIMIZE_FOR_LATENCY"]},
    "sparsity": {"optimizations": ["EXPERIMENTAL_SPARSITY"]},
    "combined": {"optimizations": ["DEFAULT", "EXPERIMENTAL_SPARSITY"]},
    "float16": {**_DEFAULT, "target_spec": {"supported_types": ["float16"]}},
    "integer": _CALIBRATED,
    "int8": {**_ALL_INTEGER, "inference_input_type": "int8", "inference_output_type": "int8"},
    "uint8": {**_ALL_INTEGER, "inference_input_type": "uint8", "inference_output_type": "uint8"},
    "16x8": {
        **_CALIBRATED,
        "target_spec": {
            "supported_ops": ["EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8"]
        },
    },
}


@functools.cache
def quantized(request: str, strategy: str = "concrete-function") -> Export:
    """The export of `conv_model` with one of `REQUESTS` as its ``litert_kwargs``."""
    path = folder() / f"conv-{request}-{strategy}.tflite"
    result = lir.export(
        conv_model(),
        path,
        format="litert",
        litert_kwargs=REQUESTS[request],
        strategies=(STRATEGIES[strategy],),
    )
    return Export(conv_model(), result, lir.LiteRTFile(path))


def tensor_types(export: Export) -> collections.Counter[str]:
    """How many tensors of each element type the file has, as the interpreter counts them."""
    interpreter = load_interpreter().Interpreter(model_path=str(export.file.path))
    return collections.Counter(
        np.dtype(entry["dtype"]).name for entry in interpreter.get_tensor_details()
    )


def relative_error(export: Export) -> float:
    """The largest error on images not calibrated on, as a share of the largest value."""
    batch = np.random.default_rng(1).standard_normal((4, 16, 16, 3)).astype(np.float32)
    expected = np.asarray(export.model(batch, training=False))
    (result,) = export.file.run({"image": export.file.quantize("image", batch)}).values()
    found = export.file.dequantize("scores", result)
    return float(np.abs(found - expected).max() / np.abs(expected).max())
