"""Read the signatures of models that declare their inputs: functional and sequential ones."""

from __future__ import annotations

from typing import Any

import attrs

from litert_ir.errors import (
    ModelNotBuiltError,
    Problem,
    SignatureError,
    UnsupportedModelError,
)
from litert_ir.errors.advice import advise
from litert_ir.errors.setting_names import ONE_SPEC
from litert_ir.ir.leaves import collect_leaves
from litert_ir.ir.nodes import ListNode, MappingNode, SignatureNode, TupleNode
from litert_ir.ir.path import Path
from litert_ir.ir.plan import ModelKind
from litert_ir.ir.signature import Argument
from litert_ir.ir.tensor import DType, TensorSpec
from litert_ir.lowering.build import build_model
from litert_ir.lowering.draft import SignatureDraft
from litert_ir.lowering.fitting import conflicts, unwrap
from litert_ir.lowering.held import as_held
from litert_ir.lowering.structure import BATCH, StructureReader
from litert_ir.visitors.naming import assign_names

INPUTS = Path("inputs")


@attrs.frozen
class _Declared:
    """The model's own inputs as a tree, with Keras' names for them."""

    node: SignatureNode
    own_names: dict[Path, str]
    batch_note: str = ""


def declared_signature(
    keras: Any, model: Any, kind: ModelKind, input_signature: Any
) -> SignatureDraft:
    """Read the signature of a functional or sequential model.

    Args:
        keras: The keras module.
        model: The built model, or an unbuilt Sequential together with an input signature.
        kind: FUNCTIONAL or SEQUENTIAL.
        input_signature: The user's signature, or None for the declared inputs.

    Raises:
        ModelNotBuiltError: For a Sequential model without input shape and signature.
        SignatureError: When the user's signature does not fit the declared inputs.
    """
    notes: tuple[str, ...] = ()
    if kind is ModelKind.SEQUENTIAL and not model.built:
        notes = _build_sequential(keras, model, input_signature)
    declared = _read_declared(keras, model, kind)
    if input_signature is None:
        argument = Argument(INPUTS.root, declared.node)
        return SignatureDraft((argument,), declared.own_names, batch_note=declared.batch_note)
    leaves = collect_leaves(declared.node, INPUTS)
    reader = StructureReader(
        default_dtypes={leaf.path: leaf.spec.dtype for leaf in leaves},
        static_batches={leaf.path for leaf in leaves if _has_static_batch(leaf.spec)},
    )
    wanted = reader.read(unwrap(input_signature, declared.node, INPUTS), INPUTS)
    summary = "input_signature does not fit the model's inputs:"
    reader.require_sound(summary, ((INPUTS, wanted),), conflicts(declared.node, wanted, INPUTS))
    return SignatureDraft((Argument(INPUTS.root, wanted),), declared.own_names, notes)


def _has_static_batch(spec: TensorSpec) -> bool:
    return bool(spec.shape) and isinstance(spec.shape[0], int)


def _read_declared(keras: Any, model: Any, kind: ModelKind) -> _Declared:
    sequential = kind is ModelKind.SEQUENTIAL
    structure = _sequential_input(model) if sequential else model.input
    reader = StructureReader()
    node = reader.read(structure, INPUTS)
    reader.require_sound("The model's inputs cannot be those of a LiteRT file:", ((INPUTS, node),))
    own_names = {**reader.own_names, **_layer_names(keras, model, structure)}
    (named,) = assign_names([(INPUTS, node)], own_names, arguments_named=False)
    return _free_batch(_Declared(named, own_names)) if sequential else _Declared(named, own_names)


def _sequential_input(model: Any) -> Any:
    """Return the one input of a Sequential model.

    Raises:
        UnsupportedModelError: When Keras knows of none, as with several inputs.
    """
    try:
        (tensor,) = model.inputs
    except (AttributeError, ValueError) as error:
        raise UnsupportedModelError(
            "A Sequential model without a single known input is not supported for export.",
            where=f"model {model.name!r}",
            expected="a Sequential model with one input tensor",
            received=str(error),
            advice="write a model of several inputs with the functional API; a Sequential model "
            "that Keras failed to build has to be created anew",
        ) from error
    return tensor


def _free_batch(declared: _Declared) -> _Declared:
    """Make the batch of a Sequential model's input dynamic.

    Keras records the batch of the first call as if it had been declared; the two cannot be
    distinguished.
    """
    spec = declared.node
    if not isinstance(spec, TensorSpec) or not _has_static_batch(spec):
        return declared
    return _Declared(
        attrs.evolve(spec, shape=(BATCH, *spec.shape[1:])),
        declared.own_names,
        f"Keras records a batch of {spec.shape[0]}; taken as dynamic. batch_size fixes it.",
    )


def _layer_names(keras: Any, model: Any, structure: Any) -> dict[Path, str]:
    """Return the names of the input layers, which users see, instead of those of their tensors."""
    graph = model
    if isinstance(model, keras.Sequential):
        graph = keras.Function(model.inputs, model.outputs, name=model.name)
    layers = [op for op in graph.operations if isinstance(op, keras.layers.InputLayer)]
    names = {id(layer.output): layer.name for layer in layers}
    return {
        Path(INPUTS.root, tuple(steps)): names[id(tensor)]
        for steps, tensor in keras.tree.flatten_with_path(structure)
        if id(tensor) in names
    }


def _build_sequential(keras: Any, model: Any, input_signature: Any) -> tuple[str, ...]:
    """Build from the user's signature; return the assumptions made."""
    if input_signature is None:
        raise ModelNotBuiltError(
            "Model must be built before export. Call model(inputs) or provide input_signature.",
            where="model",
            expected="a model that knows its input shape",
            received="an unbuilt Sequential model",
            advice=advise(
                "start the model with keras.Input(shape), call model.build(shape), or pass {spec}",
                spec=ONE_SPEC,
            ),
        )
    single = isinstance(input_signature, list | tuple) and len(input_signature) == 1
    dtype = DType(model.input_dtype)
    reader = StructureReader(default_dtype=dtype)
    node = reader.read(input_signature[0] if single else input_signature, INPUTS)
    reader.require_sound("input_signature is not valid:", ((INPUTS, node),))
    if isinstance(node, MappingNode | ListNode | TupleNode):
        problem = Problem(str(INPUTS), "a single tensor spec for a Sequential model", "several")
        raise SignatureError("input_signature is not valid:", [problem])
    draft = as_held(SignatureDraft((Argument(INPUTS.root, node),)))
    build_model(keras, model, draft.finish(None, arguments_named=False))
    return reader.notes()
