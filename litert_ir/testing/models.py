"""Tiny real Keras models, one per kind and trait, whose outputs are of order one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from litert_ir.backends import load_keras
from litert_ir.ir.leaves import collect_leaves
from litert_ir.ir.nodes import SignatureNode
from litert_ir.ir.path import Path
from litert_ir.ir.tensor import DType, TensorSpec
from litert_ir.visitors.flatten import unflatten

_INPUTS = Path("inputs")


def single_input_model() -> Any:
    """Functional: (batch, 4) -> (batch, 3), with BatchNormalization and Dropout."""
    keras = load_keras()
    features = keras.Input((4,), name="features")
    x = keras.layers.Dense(8, activation="relu", name="hidden")(features)
    x = keras.layers.BatchNormalization(name="norm")(x)
    x = keras.layers.Dropout(0.5, name="dropout")(x)
    model = keras.Model(features, keras.layers.Dense(3, name="scores")(x), name="single_input")
    settle_batch_norm(model, np.random.default_rng(0).standard_normal((32, 4)))
    return model


def dict_model() -> Any:
    """Functional: a dict of an image and a vector -> a dict of two outputs."""
    keras = load_keras()
    image = keras.Input((8, 8, 3), name="image")
    extra = keras.Input((4,), name="extra")
    x = keras.layers.Conv2D(8, 3, activation="relu", name="conv")(image)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    x = keras.layers.Concatenate(name="join")([x, extra])
    outputs = {
        "scores": keras.layers.Dense(5, name="score_layer")(x),
        "embedding": keras.layers.Dense(6, name="embedding_layer")(x),
    }
    return keras.Model({"image": image, "extra": extra}, outputs, name="dict_model")


def list_model() -> Any:
    """Functional: inputs ``zulu``, ``alpha`` -> a list of two outputs, not in sorted order."""
    keras = load_keras()
    zulu, alpha = keras.Input((3,), name="zulu"), keras.Input((5,), name="alpha")
    y = keras.layers.Dense(4, name="yankee")(zulu)
    b = keras.layers.Dense(2, name="bravo")(alpha)
    return keras.Model([zulu, alpha], [y, b], name="list_model")


def nested_model() -> Any:
    """Functional: a dict holding a list and a dict -> a dict holding a list and a tensor."""
    keras = load_keras()
    left, right = keras.Input((3,), name="left"), keras.Input((3,), name="right")
    mask = keras.Input((3,), dtype="int32", name="mask")
    product = keras.layers.Multiply(name="product")([left, right])
    masked = product * keras.ops.cast(mask, "float32")
    return keras.Model(
        {"pair": [left, right], "side": {"mask": mask}},
        {"all": [product, keras.layers.Dense(2, name="head")(masked)], "sum": left + right},
        name="nested_model",
    )


def sequential_model() -> Any:
    """Sequential: (batch, 6) -> (batch, 2)."""
    keras = load_keras()
    return keras.Sequential(
        [
            keras.Input((6,), name="measurements"),
            keras.layers.Dense(8, activation="tanh", name="hidden"),
            keras.layers.Dense(2, name="result"),
        ],
        name="sequential_model",
    )


def shared_layer_model() -> Any:
    """Functional: one Dense layer applied to two inputs; its name names two outputs."""
    keras = load_keras()
    first, second = keras.Input((4,), name="first"), keras.Input((4,), name="second")
    shared = keras.layers.Dense(3, name="shared")
    return keras.Model([first, second], [shared(first), shared(second)], name="shared_layer")


def model_in_model() -> Any:
    """Functional: a sequential model used as a layer."""
    keras = load_keras()
    inputs = keras.Input((6,), name="outer")
    inner = sequential_model()
    return keras.Model(inputs, keras.layers.Dense(3, name="top")(inner(inputs)), name="outer_model")


def mixed_dtype_model() -> Any:
    """Functional: int32 token ids, a bool mask and float32 weights -> float32."""
    keras = load_keras()
    tokens = keras.Input((5,), dtype="int32", name="tokens")
    keep = keras.Input((5,), dtype="bool", name="keep")
    weights = keras.Input((5,), name="weights")
    x = keras.layers.Embedding(16, 4, name="embedding")(tokens) * 20.0
    gate = keras.ops.cast(keep, "float32") * weights
    x = keras.ops.sum(x * keras.ops.expand_dims(gate, -1), axis=1)
    outputs = keras.layers.Dense(3, name="out")(x)
    return keras.Model([tokens, keep, weights], outputs, name="mixed_dtypes")


def subclassed_model(arguments: int) -> Any:
    """An unbuilt subclassed model whose ``call`` takes one, two or three arguments.

    Three arguments are ``query``, ``context`` and the keyword-only, optional ``scale``.
    """
    keras = load_keras()

    model_class: Any = keras.Model

    class Attend(model_class):  # type: ignore[misc]  # keras has no type stubs
        def __init__(self) -> None:
            super().__init__(name=f"subclassed_{arguments}")
            self.first = keras.layers.Dense(3, name="first")
            self.second = keras.layers.Dense(3, name="second")

    class OneArgument(Attend):
        def call(self, query: Any, training: bool | None = None) -> Any:
            del training
            return self.second(self.first(query))

    class TwoArguments(Attend):
        def call(self, query: Any, context: Any) -> Any:
            return {"joined": self.first(query) + self.second(context)}

    class ThreeArguments(Attend):
        def call(self, query: Any, context: Any, *, scale: Any = None) -> Any:
            joined = self.first(query) - self.second(context)
            return joined if scale is None else joined * scale

    return (OneArgument, TwoArguments, ThreeArguments)[arguments - 1]()


def model_of_inputs(node: SignatureNode) -> Any:
    """A functional model that takes exactly the given nested structure.

    Each tensor gives one output of its own shape and nesting: ``2 x + 1`` in its own type,
    or the negation of a bool, so that an exchange of two tensors shows.

    Args:
        node: The structure, without absent leaves; the first dimension of every tensor is
            the batch, as Keras has it.
    """
    keras = load_keras()
    leaves = collect_leaves(node, _INPUTS)
    tensors = [
        keras.Input(batch_shape=spec.sizes, dtype=spec.dtype.value, name=f"leaf_{index}")
        for index, spec in enumerate(leaf.spec for leaf in leaves)
    ]
    outputs = [
        _distinct_output(keras, tensor, leaf.spec, index)
        for index, (tensor, leaf) in enumerate(zip(tensors, leaves, strict=True))
    ]
    return keras.Model(
        unflatten(node, tensors, _INPUTS), unflatten(node, outputs, _INPUTS), name="of_inputs"
    )


def _distinct_output(keras: Any, tensor: Any, spec: TensorSpec, index: int) -> Any:
    if spec.dtype is DType.BOOL:
        return keras.ops.logical_not(tensor)
    return tensor * (index + 2)


def settle_batch_norm(model: Any, inputs: Any) -> None:
    """Set the moving statistics of every BatchNormalization to those of some inputs.

    With freshly initialized statistics a deep network's signal vanishes: all outputs are
    alike, and a comparison on them shows nothing.

    Args:
        model: The model; its batch norm statistics are changed.
        inputs: What to run it on in training mode.
    """
    keras = load_keras()
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    momenta = [layer.momentum for layer in norms]
    for layer in norms:
        layer.momentum = 0.0
    model(keras.ops.convert_to_tensor(inputs, dtype="float32"), training=True)
    for layer, momentum in zip(norms, momenta, strict=True):
        layer.momentum = momentum


FUNCTIONAL_MODELS: Mapping[str, Callable[[], Any]] = {
    "single": single_input_model,
    "dict": dict_model,
    "list": list_model,
    "nested": nested_model,
    "shared-layer": shared_layer_model,
    "model-in-model": model_in_model,
    "mixed-dtypes": mixed_dtype_model,
}
"""Builders of the functional models, by trait."""
