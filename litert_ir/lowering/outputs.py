"""Find a model's outputs by tracing it on symbolic inputs; nothing is computed."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from litert_ir.backends.current_tracer import tracer
from litert_ir.backends.keras.inference import InferenceCall
from litert_ir.backends.model_failures import brief, failures_as
from litert_ir.errors import ModelTraceError, SignatureError
from litert_ir.errors.advice import advise
from litert_ir.errors.setting_names import Wording
from litert_ir.ir.nodes import SignatureNode
from litert_ir.ir.path import Path
from litert_ir.ir.plan import OUTPUTS, ModelKind
from litert_ir.ir.signature import Signature
from litert_ir.lowering.combined_outputs import varying
from litert_ir.lowering.held import held
from litert_ir.lowering.shape_advice import advice_on
from litert_ir.lowering.structure import StructureReader
from litert_ir.visitors.naming import assign_names


def trace_outputs(
    keras: Any,
    model: Any,
    kind: ModelKind,
    signature: Signature,
    names: Mapping[Path, str] = MappingProxyType({}),
) -> SignatureNode:
    """Trace the call and return the tree of its outputs, with their names in the LiteRT file.

    Dict keys name their tensors. A single tensor, or one in a list, has Keras' name for the output
    (that of the layer that made it), else a numbered ``output``.

    Args:
        keras: The keras module.
        model: The built model.
        kind: How it is called.
        signature: The signature of the call.
        names: Other names than Keras', by path.

    Raises:
        ModelTraceError: When the model cannot be called on such inputs.
        SignatureError: When it returns something other than tensors.
        UnsupportedModelError: When it changes its own state while predicting.
    """
    results = _trace(InferenceCall(model, signature, in_floats=True))
    if kind is ModelKind.FUNCTIONAL:
        results = tuple(_reordered(result, _pattern(model)) for result in results)
    first, *others = map(_read, results)
    node = functools.reduce(lambda a, b: varying(a, b, OUTPUTS), others, first)
    own_names = {**_keras_names(keras, model, kind), **names}
    (named,) = assign_names([(OUTPUTS, node)], own_names, arguments_named=False)
    return named


def _trace(call: InferenceCall) -> tuple[Any, ...]:
    with failures_as(lambda error: _trace_error(call, error)):
        return tracer().outputs(call)


def _read(result: Any) -> SignatureNode:
    reader = StructureReader(values_are_examples=False)
    node = reader.read(result, OUTPUTS)
    if reader.problems:
        raise SignatureError(
            "The model's outputs cannot be those of a LiteRT file:", reader.problems
        )
    return held(node, OUTPUTS)


def _trace_error(call: InferenceCall, error: Exception) -> ModelTraceError:
    return ModelTraceError(
        "The model cannot be called on inputs of this signature.",
        where=f"model {call.model.name!r}",
        expected="a call that accepts "
        + ", ".join(f"{spec.name} {spec}" for spec in call.signature.tensors),
        received=brief(error),
        advice=advice_on(
            error,
            advise(
                "pass {signature} whose shapes and dtypes the model accepts",
                signature=Wording("an input_signature", "--input NAME=SHAPE:DTYPE"),
            ),
        ),
    )


def _pattern(model: Any) -> Any:
    """Return the structure in which a functional model was declared to return its outputs.

    For a list or tuple of one element, Keras returns the element.
    """
    written = model.output
    singleton = isinstance(written, list | tuple) and len(written) == 1
    return written[0] if singleton else written


def _reordered(value: Any, pattern: Any) -> Any:
    """Put dict entries in the order of the pattern.

    Keras runs a functional model through a tree library that may reorder dicts.
    """
    if isinstance(pattern, dict):
        return {key: _reordered(value[key], item) for key, item in pattern.items()}
    if isinstance(pattern, list | tuple):
        items = [_reordered(a, b) for a, b in zip(value, pattern, strict=True)]
        return items if isinstance(pattern, list) else tuple(items)
    return value


def _keras_names(keras: Any, model: Any, kind: ModelKind) -> dict[Path, str]:
    """Return Keras' names of the outputs: those of the layers that made them."""
    if kind is ModelKind.SEQUENTIAL:
        return {OUTPUTS: model.layers[-1].name}
    if kind is not ModelKind.FUNCTIONAL:
        return {}
    paths = [steps for steps, _ in keras.tree.flatten_with_path(_pattern(model))]
    return {
        Path(OUTPUTS.root, tuple(steps)): name
        for steps, name in zip(paths, model.output_names, strict=True)
    }
