"""Read from a converter's error which ops LiteRT lacks and which Keras layers made them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from litert_ir.backends.keras.layers import all_layers
from litert_ir.backends.keras.scopes import unnumbered
from litert_ir.errors import UnsupportedOp

_NEEDS_SELECT = "ERROR_NEEDS_FLEX_OPS"
_NEEDS_CUSTOM = "ERROR_NEEDS_CUSTOM_OPS"
_DIALECT = "tf."


def unsupported_ops(error: BaseException, model: Any) -> tuple[UnsupportedOp, ...]:
    """The ops that a conversion failed for.

    Args:
        error: What the converter raised. TensorFlow's ConverterError carries one record per
            op: an error code, the operator's name, and the name scopes it was traced in.
        model: The model, whose layers' names are looked for in the name scopes.

    Returns:
        Each op once, with all its layers; empty when the failure has another reason.
    """
    layers_of: dict[tuple[str, bool], dict[str, None]] = {}
    for record in getattr(error, "errors", ()):
        code = type(record).ErrorCode.Name(record.error_code)
        if code in (_NEEDS_SELECT, _NEEDS_CUSTOM) and record.operator.name:
            op = (record.operator.name.removeprefix(_DIALECT), code == _NEEDS_SELECT)
            layers_of.setdefault(op, {}).update(dict.fromkeys(_layer_paths(record, model)))
    return tuple(
        UnsupportedOp(name, tuple(layers), in_select=in_select)
        for (name, in_select), layers in layers_of.items()
    )


def layers_at_fault(error: BaseException, model: Any) -> tuple[str, ...]:
    """Paths of the layers that a converter's error is about, each once."""
    records = getattr(error, "errors", ())
    return tuple(dict.fromkeys(path for record in records for path in _layer_paths(record, model)))


def _layer_paths(record: Any, model: Any) -> Iterator[str]:
    for call in record.location.call:
        path = layer_of_scope(call.name, all_layers(model))
        if path:
            yield path


def layer_of_scope(scope: str, layers: Iterable[Any]) -> str | None:
    """The path of the innermost layer that a graph node's name scope passes through.

    Keras opens a scope per layer; TensorFlow numbers scopes that repeat (``dense_1`` for a
    second trace of ``dense``), so a scope also matches without its number.

    Args:
        scope: Such as ``functional_1/weird_1/erfinv/Erfinv``, maybe followed by ``@function``.
        layers: All layers of the model, outer before inner.
    """
    names: dict[str, str] = {layer.name: layer.path for layer in layers}
    for part in reversed(scope.partition("@")[0].split("/")[:-1]):
        found = names.get(part) or names.get(unnumbered(part))
        if found:
            return found
    return None
