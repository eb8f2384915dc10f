"""Find the small types of a Keras model's weights, and those that a file can keep."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, assert_never

from litert_ir.backends.keras.dequantization import QuantizationMode, is_grouped, policy_of
from litert_ir.backends.keras.layers import own_weights, paths_by_id
from litert_ir.backends.keras.quantized_layers import (
    is_calibrated,
    is_dense,
    is_reversible,
    is_table,
    quantized_layers,
)
from litert_ir.backends.keras.variables import largest_magnitude
from litert_ir.errors import UnsupportedModelError
from litert_ir.errors.advice import advise
from litert_ir.errors.setting_names import RECIPE
from litert_ir.ir.stored_types import Rounding, StoredAs, StoredType

_LARGEST_FLOAT16 = 65504.0
_HALF = ("bfloat16", "float16")
_POLICY = " policy"
_OF_INT4 = "quantize('int4"


def stored_types(model: Any) -> tuple[StoredType, ...]:
    """List the layers whose weights have a small type, in the model's order.

    Only bfloat16 weights are read, to find the largest value.

    Args:
        model: A built Keras model.

    Raises:
        UnsupportedModelError: When a layer was quantized by code other than Keras'.
    """
    quantized = tuple(quantized_layers(model))
    _check_known(quantized)
    paths = paths_by_id(model)
    small = (_quantized(layer, mode, paths[id(layer)]) for layer, mode in quantized)
    halves = _halves(model, paths, {id(layer) for layer, _ in quantized})
    return (*itertools.chain.from_iterable(small), *halves)


def notes_on_stored(stored: Iterable[StoredType]) -> tuple[str, ...]:
    """Note the small types that a file cannot keep."""
    lost: dict[str, list[StoredType]] = {}
    for item in stored:
        reason = _reason(item)
        if reason:
            lost.setdefault(reason, []).append(item)
    return tuple(f"{reason} {_listed(items)}." for reason, items in lost.items())


def _listed(items: Sequence[StoredType], most: int = 3) -> str:
    names = ", ".join(item.layer for item in items[:most])
    return names if len(items) <= most else f"{names} and {len(items) - most} more"


def _reason(item: StoredType) -> str:
    """Return the reason why a small type is lost; empty where it is not."""
    if item.rounding is Rounding.FLOAT8:
        return (
            "LiteRT has no float8: the file has the kernels as Keras rounds them, as float32, "
            "and does not round activations:"
        )
    if item.weights is StoredAs.FLOAT32 and item.origin.endswith(_POLICY):
        return (
            "Beyond 65504, the largest float16, and LiteRT computes with no bfloat16; float32 in "
            "the file:"
        )
    if item.weights is StoredAs.FLOAT32:
        return "Not calibrated yet, so that the weights are still float32:"
    if not item.exact:
        return (
            "LiteRT's integer weights have one scale for each output channel and no zero points; "
            f"those of {item.origin} become floats of the same value, or {item.weights.value} "
            "within 1/254 of the largest of a channel:"
        )
    if item.by_strategy and item.origin.startswith(_OF_INT4):
        return "LiteRT looks up rows of 8 bits, in which 4-bit ones take twice their room:"
    return ""


def _check_known(quantized: Iterable[tuple[Any, QuantizationMode]]) -> None:
    others = [layer for layer, _ in quantized if not (is_dense(layer) or is_table(layer))]
    if others:
        raise UnsupportedModelError(
            "A layer has a quantized call of its own, which is not supported.",
            where=", ".join(layer.path for layer in others),
            expected="Dense, EinsumDense, Embedding or ReversibleEmbedding, or subclasses of them",
            received=", ".join(
                f"{type(layer).__name__} with {policy_of(layer).name}" for layer in others
            ),
            advice=advise(
                "export the model as it was before model.quantize(), and let litert_ir quantize "
                "the file: {recipe}",
                recipe=RECIPE.to("'dynamic'", "dynamic"),
            ),
        )


def _quantized(layer: Any, mode: QuantizationMode, path: str) -> Iterator[StoredType]:
    """Yield one record for each weight of a layer: a table that is used in reverse has two."""
    origin = f"quantize({policy_of(layer).name.partition('_from_')[0]!r})"
    if not is_calibrated(layer, mode):
        yield StoredType(layer=path, origin=origin, weights=StoredAs.FLOAT32)
        return
    if is_table(layer):
        yield StoredType(layer=path, origin=origin, weights=StoredAs.INT8, by_strategy=True)
    if is_dense(layer) or is_reversible(layer):
        weights, exact = _kernel(layer, mode)
        yield StoredType(
            layer=path, origin=origin, weights=weights, exact=exact, rounding=_rounding(layer)
        )


def _kernel(layer: Any, mode: QuantizationMode) -> tuple[StoredAs, bool]:
    """Return the type that represents a layer's weights, and whether exactly.

    Adapters are added to kernels, except to those of embeddings used in reverse.
    """
    adapted = is_dense(layer) and layer.lora_enabled
    match mode:
        case QuantizationMode.INT8:
            return StoredAs.INT8, not adapted
        case QuantizationMode.INT4 if _has_channels(layer) and not adapted:
            return StoredAs.INT4, True
        case QuantizationMode.INT4 | QuantizationMode.GPTQ | QuantizationMode.AWQ:
            return StoredAs.INT8, False
        case QuantizationMode.FLOAT8:
            return StoredAs.FLOAT32, True
        case _:
            assert_never(mode)


def _has_channels(layer: Any) -> bool:
    """Return whether the scales of an int4 kernel are per output channel.

    `keras.layers.EinsumDense` treats its kernel as a matrix, whose columns are the output channels
    if the contracted dimensions come first.
    """
    if is_grouped(layer):
        return False
    if not hasattr(layer, "equation"):
        return True
    terms, _, result = layer.equation.replace("...", "").partition("->")
    kernel = terms.split(",")[1]
    summed = [letter not in result for letter in kernel]
    return summed == sorted(summed, reverse=True)


def _rounding(layer: Any) -> Rounding | None:
    if hasattr(layer, "inputs_amax_history"):
        return Rounding.FLOAT8
    return None if getattr(layer, "inputs_quantizer", None) is None else Rounding.INT8


def _halves(model: Any, paths: Mapping[int, str], others: set[int]) -> Iterator[StoredType]:
    """Yield the other layers with 16-bit weights; bfloat16 fits float16 unless it is large."""
    if not any(_is_half(weight) for weight in model.weights):
        return
    for layer, weights in own_weights(model):
        kinds = {str(weight.dtype) for weight in weights if _is_half(weight)}
        if not kinds or id(layer) in others:
            continue
        large = "bfloat16" in kinds and largest_magnitude(weights) > _LARGEST_FLOAT16
        yield StoredType(
            layer=paths[id(layer)],
            origin=f"{min(kinds)}{_POLICY}",
            weights=StoredAs.FLOAT32 if large else StoredAs.FLOAT16,
            by_strategy=True,
        )


def _is_half(weight: Any) -> bool:
    return str(weight.dtype) in _HALF
