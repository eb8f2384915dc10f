"""Real exports by recipe: three models that a quantizer meets, each made once per test run."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import keras_hub
import numpy as np

import litert_ir as lir
from litert_ir.backends import load_keras, load_schema
from litert_ir.backends.litert.files import has_data, unpacked
from tests.conversion.exports import STRATEGIES, Array, folder

SAMPLES = 24
LENGTH = 12

RECIPES: Mapping[str, lir.Quantization] = {
    **{name: lir.Quantization.named(name) for name in lir.PRECISION_NAMES},
    "int8-interface": lir.Quantization(
        lir.Precision.INTEGER, input_type=lir.DType.INT8, output_type=lir.DType.INT8
    ),
    "uint8-interface": lir.Quantization(
        lir.Precision.INTEGER, input_type=lir.DType.UINT8, output_type=lir.DType.UINT8
    ),
    "int16-interface": lir.Quantization(
        lir.Precision.INTEGER_16X8, input_type=lir.DType.INT16, output_type=lir.DType.INT16
    ),
}
"""By the names of the test cases."""


def conv_net() -> Any:
    """Convolutions of both kinds with batch normalization: (batch, 16, 16, 3) -> (batch, 10)."""
    keras = load_keras()
    layers = keras.layers
    x = image = keras.Input((16, 16, 3), name="image")
    x = layers.Conv2D(64, 3, use_bias=False, name="stem")(x)
    x = layers.ReLU(name="stem_relu")(layers.BatchNormalization(name="stem_norm")(x))
    x = layers.DepthwiseConv2D(3, strides=2, name="depthwise")(x)
    x = layers.Conv2D(256, 1, activation="relu", name="pointwise")(x)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    return keras.Model(image, layers.Dense(10, name="scores")(x), name="conv_net")


def dict_net() -> Any:
    """A dict of an image and a vector of another range -> a dict of two outputs."""
    keras = load_keras()
    layers = keras.layers
    image, extra = keras.Input((8, 8, 3), name="image"), keras.Input((6,), name="extra")
    x = layers.Conv2D(32, 3, activation="relu", name="conv")(image)
    x = layers.Concatenate(name="join")([layers.Flatten(name="flat")(x), extra * 0.1])
    x = layers.Dense(64, activation="relu", name="hidden")(x)
    outputs = {
        "scores": layers.Dense(5, activation="softmax", name="scores")(x),
        "embedding": layers.Dense(16, name="embedding")(x),
    }
    return keras.Model({"image": image, "extra": extra}, outputs, name="dict_net")


def transformer() -> Any:
    """KerasHub's BERT classifier with two layers and a table of 600 words."""
    backbone = keras_hub.models.BertBackbone(
        vocabulary_size=600,
        num_layers=2,
        num_heads=4,
        hidden_dim=64,
        intermediate_dim=128,
        max_sequence_length=LENGTH,
    )
    model = keras_hub.models.BertTextClassifier(backbone, num_classes=4, preprocessor=None)
    rng = np.random.default_rng(0)
    for variable in model.weights:
        # Of BERT's initial weights (0.02) the classes hardly depend on the words.
        if variable.name in {"kernel", "embeddings"}:
            scale = 1.0 if variable.name == "embeddings" else 1.0 / np.sqrt(variable.shape[0])
            variable.assign(rng.normal(0.0, scale, variable.shape))
    return model


Draw = Callable[[np.random.Generator], dict[str, Array]]


def _image(rng: np.random.Generator) -> dict[str, Array]:
    return {"image": rng.standard_normal((1, 16, 16, 3)).astype(np.float32)}


def _image_and_vector(rng: np.random.Generator) -> dict[str, Array]:
    return {
        "image": rng.standard_normal((1, 8, 8, 3)).astype(np.float32),
        "extra": 10 * rng.standard_normal((1, 6)).astype(np.float32),
    }


def _words(rng: np.random.Generator) -> dict[str, Array]:
    return {
        "token_ids": rng.integers(0, 600, (1, LENGTH)).astype(np.int32),
        "segment_ids": rng.integers(0, 2, (1, LENGTH)).astype(np.int32),
        "padding_mask": np.ones((1, LENGTH), np.int32),
    }


@attrs.frozen
class Subject:
    """A model and what it sees.

    Attributes:
        build: Makes the model.
        draw: Draws a sample by input name.
        options: Further keywords of `litert_ir.export`.
    """

    build: Callable[[], Any]
    draw: Draw
    options: Mapping[str, Any] = attrs.field(factory=dict)


SUBJECTS: Mapping[str, Subject] = {
    "conv": Subject(conv_net, _image),
    "dict": Subject(dict_net, _image_and_vector),
    "transformer": Subject(transformer, _words, {"max_sequence_length": LENGTH}),
}


@functools.cache
def subject_model(subject: str) -> Any:
    """The one model that the cached exports are made from."""
    load_keras().utils.set_random_seed(0)
    return SUBJECTS[subject].build()


def drawn(subject: str, seed: int, count: int = SAMPLES) -> list[dict[str, Array]]:
    """Samples by input name; those of seed 0 are calibrated on."""
    rng = np.random.default_rng(seed)
    return [SUBJECTS[subject].draw(rng) for _ in range(count)]


@attrs.frozen
class Quantized:
    """A finished export.

    Attributes:
        subject: The model's name.
        result: What `litert_ir.export` gave back.
        file: The file, loaded.
    """

    subject: str
    result: lir.ExportResult
    file: lir.LiteRTFile

    def outputs(self, samples: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
        """The real values of the outputs, one row per sample."""
        rows = []
        for sample in samples:
            given = {name: self.file.quantize(name, values) for name, values in sample.items()}
            found = self.file.run(given)
            rows.append({name: self.file.dequantize(name, v) for name, v in found.items()})
        return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}

    @property
    def interface(self) -> list[tuple[str, str]]:
        """Names and types of inputs and outputs, in order."""
        return [(info.name, info.dtype) for info in (*self.file.inputs, *self.file.outputs)]

    def constants(self, *, smallest: int = 1024) -> dict[str, str]:
        """The types of the constants with so many elements, by tensor name."""
        names = {code: name for name, code in vars(load_schema().TensorType).items()}
        model = unpacked(self.file.path.read_bytes())
        return {
            tensor.name.decode(): names[tensor.type]
            for graph in model.subgraphs
            for tensor in graph.tensors
            if has_data(model, tensor)
            and np.prod(tensor.shape if tensor.shape is not None else ()) >= smallest
        }

    def operators(self) -> list[str]:
        """The names of the operators of the main graph, in order."""
        names = {code: name for name, code in vars(load_schema().BuiltinOperator).items()}
        model = unpacked(self.file.path.read_bytes())
        codes = [names[code.builtinCode] for code in model.operatorCodes]
        return [codes[operator.opcodeIndex] for operator in model.subgraphs[0].operators]


def _elements(tensor: Any) -> int:
    return 1 if tensor.shape is None else int(np.prod(tensor.shape))


def exported(
    subject: str,
    recipe: lir.Quantization,
    strategy: str = "stablehlo",
) -> Quantized:
    """An export of one of `SUBJECTS` by a recipe, calibrated where that needs it."""
    path = folder() / f"recipe-{subject}-{abs(hash((recipe, strategy)))}.tflite"
    samples = drawn(subject, seed=0)
    result = lir.export(
        subject_model(subject),
        path,
        quantization=recipe,
        representative_dataset=samples if recipe.needs_calibration else None,
        strategies=(STRATEGIES[strategy],),
        **SUBJECTS[subject].options,
    )
    return Quantized(subject, result, lir.LiteRTFile(path))


exported = functools.cache(exported)


def relative_error(export: Quantized) -> float:
    """The root mean square of the error on samples not calibrated on, relative to the values'."""
    samples = drawn(export.subject, seed=1)
    expected = exported(export.subject, RECIPES["float"]).outputs(samples)
    found = export.outputs(samples)
    return max(
        float(np.sqrt(np.mean((found[n] - expected[n]) ** 2)) / np.sqrt(np.mean(expected[n] ** 2)))
        for n in expected
    )
