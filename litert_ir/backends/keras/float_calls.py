"""Compute the quantized layers of a model with floats while it is traced.

LiteRT's kernels multiply floats with floats or round activations themselves; Keras' quantized
calls multiply integers that its own code has rounded, which no kernel does.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from litert_ir.backends import load_keras
from litert_ir.backends.keras.dequantization import is_grouped, policy_of
from litert_ir.backends.keras.quantized_layers import (
    ComputedWeight,
    WeightRole,
    is_dense,
    known_layers,
)

Tensors = Mapping[WeightRole, Any]


@contextlib.contextmanager
def computing_in_float(
    model: Any, weights: Sequence[ComputedWeight], tensors: Sequence[Any]
) -> Iterator[None]:
    """Replace the weights of a model's quantized layers by these tensors inside of the context.

    Dense layers do their float call. Embeddings look up integers, as they do in Keras, and
    scale the rows; in reverse they multiply with floats. Adapters (LoRA) are in the tensors.
    What a layer has for that stands in its ``__dict__``: Keras' own attribute setters would track
    the tensors, or quantize the layer again. All is as it was afterwards, whatever happens.

    Args:
        model: The model.
        weights: Its `computed_weights`.
        tensors: One for each, of its shape and type; symbolic ones when tracing.
    """
    given: dict[int, dict[WeightRole, Any]] = {}
    for weight, tensor in zip(weights, tensors, strict=True):
        given.setdefault(id(weight.layer), {})[weight.role] = tensor
    with contextlib.ExitStack() as restored:
        for layer, _ in known_layers(model):
            own = given.get(id(layer), {})
            changed = _dense(layer, own) if is_dense(layer) else _table(layer, own)
            restored.enter_context(_attributes(layer, changed))
        yield


@contextlib.contextmanager
def _attributes(layer: Any, changed: Mapping[str, Any]) -> Iterator[None]:
    own = vars(layer)
    before = {name: own[name] for name in changed if name in own}
    own.update(changed)
    try:
        yield
    finally:
        for name in changed:
            own.pop(name, None)
        own.update(before)


def _dense(layer: Any, tensors: Tensors) -> dict[str, Any]:
    """Return the attributes by which `keras.Layer.__call__` takes the float call of a layer."""
    keras = load_keras()
    _, _, source = policy_of(layer).name.partition("_from_")
    changed = {"_dtype_policy": keras.DTypePolicy(source), "lora_enabled": False}
    if WeightRole.KERNEL in tensors:
        kernel = keras.ops.cast(tensors[WeightRole.KERNEL], layer.compute_dtype)
        changed["_kernel"] = kernel
    return changed


def _table(layer: Any, tensors: Tensors) -> dict[str, Any]:
    def call(inputs: Any, reverse: bool = False) -> Any:
        return _reversed(layer, tensors, inputs) if reverse else _looked_up(layer, tensors, inputs)

    return {"quantized_call": call}


def _looked_up(layer: Any, tensors: Tensors, indices: Any) -> Any:
    """Compute `keras.layers.Embedding` on rows of one-byte integers."""
    ops = load_keras().ops
    take = functools.partial(ops.take, indices=ops.cast(indices, "int32"), axis=0)
    stored = tensors.get(WeightRole.TABLE)
    table = getattr(layer, "_embeddings", None) if stored is None else stored
    rows, scale = ops.cast(take(table), layer.compute_dtype), take(layer.embeddings_scale)
    if is_grouped(layer):
        scale = ops.repeat(scale, policy_of(layer).block_size, axis=-1)
        outputs = rows * scale[..., : layer.output_dim]
    else:
        outputs = rows / ops.expand_dims(scale, axis=-1)
    if layer.lora_enabled:
        adapted = ops.matmul(take(layer.lora_embeddings_a), layer.lora_embeddings_b)
        outputs = outputs + (layer.lora_alpha / layer.lora_rank) * adapted
    return ops.cast(outputs, layer.compute_dtype)


def _reversed(layer: Any, tensors: Tensors, inputs: Any) -> Any:
    """Compute the reverse call of `keras.layers.ReversibleEmbedding`, without adapters as there."""
    ops = load_keras().ops
    kernel = ops.cast(tensors[WeightRole.REVERSE], layer.compute_dtype)
    logits = ops.matmul(inputs, ops.transpose(kernel) if layer.tie_weights else kernel)
    if layer.logit_soft_cap is None:
        return logits
    return ops.tanh(logits / layer.logit_soft_cap) * layer.logit_soft_cap
