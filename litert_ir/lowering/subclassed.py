"""Read the signatures of subclassed models: one element per argument of ``call``, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litert_ir.errors import ModelNotBuiltError, Problem, SignatureError
from litert_ir.errors.advice import advise
from litert_ir.errors.setting_names import ONE_SPEC, Wording
from litert_ir.ir.nodes import Absent, ListNode, MappingNode, SignatureNode, TupleNode
from litert_ir.ir.path import Path
from litert_ir.ir.signature import Argument
from litert_ir.ir.tensor import DType, TensorSpec
from litert_ir.lowering.call_parameters import CallParameters
from litert_ir.lowering.draft import SignatureDraft
from litert_ir.lowering.structure import UNNAMED, StructureReader, dims_of

_SHAPE_SUFFIX = "_shape"


def subclassed_signature(keras: Any, model: Any, input_signature: Any) -> SignatureDraft:
    """Read the signature of a subclassed model.

    Args:
        keras: The keras module.
        model: The model; built, unless an input signature is given.
        input_signature: A list with one element per argument of ``call`` in order, a dict by
            argument name, or the single argument itself; specs or example values. None for
            the shapes that were recorded when the model was built.

    Raises:
        ModelNotBuiltError: When there are neither recorded shapes nor a signature.
        SignatureError: When arguments are missing, unknown or malformed.
    """
    parameters = CallParameters.of(model.call)
    if input_signature is None and isinstance(model, keras.Function) and parameters.positional:
        input_signature = {parameters.positional[0]: model.input}
    if input_signature is None:
        return _recorded(model, parameters)
    values = _by_argument(input_signature, parameters)
    _require_all(values, parameters)
    reader = StructureReader(default_dtype=DType(model.input_dtype))
    arguments = tuple(
        Argument(
            name,
            reader.read(value, Path(name)),
            keyword_only=parameters.is_keyword_only(name),
        )
        for name, value in values.items()
    )
    roots = tuple((argument.path, argument.value) for argument in arguments)
    reader.require_sound("input_signature is not valid:", roots)
    return SignatureDraft(arguments, reader.own_names, reader.notes())


def _by_argument(value: Any, parameters: CallParameters) -> dict[str, Any]:
    """Assign each part of the user's signature to an argument of ``call``."""
    if isinstance(value, Mapping) and any(parameters.accepts(key) for key in value):
        _refuse_unknown(value, parameters)
        return _in_call_order(value, parameters)
    if not isinstance(value, list | tuple):
        return {parameters.positional[0]: value} if parameters.positional else {"inputs": value}
    if len(value) > len(parameters.positional):
        raise SignatureError(
            "input_signature has more elements than call has positional arguments:",
            [
                Problem(
                    "input_signature",
                    f"at most {len(parameters.positional)} for call({parameters})",
                    str(len(value)),
                )
            ],
            advice="pass a dict by argument name; a list that is one argument's value "
            "is wrapped once more: [[a, b]]",
        )
    return dict(zip(parameters.positional, value, strict=False))


def _refuse_unknown(values: Mapping[str, Any], parameters: CallParameters) -> None:
    unknown = [name for name in values if not parameters.accepts(name)]
    if unknown:
        raise SignatureError(
            "input_signature names arguments that call does not have:",
            [
                Problem(str(name), f"an argument of call({parameters})", "no such argument")
                for name in unknown
            ],
        )


def _in_call_order(values: Mapping[str, Any], parameters: CallParameters) -> dict[str, Any]:
    """Sort the values in the order of ``call``'s parameters; those of ``**kwargs`` come last."""
    order = {name: i for i, name in enumerate([*parameters.positional, *parameters.keyword_only])}
    return dict(sorted(values.items(), key=lambda item: order.get(item[0], len(order))))


def _require_all(values: Mapping[str, Any], parameters: CallParameters, why: str = "") -> None:
    missing = [name for name in parameters.required if name not in values]
    if missing:
        raise SignatureError(
            "The signature lacks arguments that call needs:",
            [Problem(name, "a tensor spec or an example", "nothing") for name in missing],
            advice=advise("pass {signature}", signature=_specs_for(parameters)) + why,
        )


def _specs_for(parameters: CallParameters) -> Wording:
    """Return the signature with a spec for each argument that the call requires."""
    specs = ", ".join(f"{name!r}: keras.InputSpec(...)" for name in parameters.required)
    options = " ".join(f"--input {name}=SHAPE:DTYPE" for name in parameters.required)
    return Wording(f"input_signature={{{specs}}}", options)


def _recorded(model: Any, parameters: CallParameters) -> SignatureDraft:
    """Derive the signature from the shapes that Keras recorded when the model was built."""
    shapes = _recorded_shapes(model, parameters) if model.built else {}
    if not shapes:
        raise ModelNotBuiltError(
            "Model must be built before export. Call model(inputs) or provide input_signature.",
            where=f"model {model.name!r} of class {type(model).__name__}",
            expected="recorded input shapes",
            received="a model that was never called" if not model.built else "no recorded shapes",
            advice=advise(
                "pass {spec}, one for each argument of call({arguments})",
                spec=ONE_SPEC,
                arguments=str(parameters),
            ),
        )
    _require_all(shapes, parameters, "; Keras records no shapes for the missing ones")
    dtype = DType(model.input_dtype)
    arguments = tuple(
        Argument(
            name,
            _tree_of_shapes(shape, Path(name), dtype),
            keyword_only=parameters.is_keyword_only(name),
        )
        for name, shape in shapes.items()
    )
    note = (
        f"Keras recorded the shapes of {', '.join(shapes)} but not their dtype; taken as "
        f"{dtype.value}. Pass input_signature if that is not so."
    )
    return SignatureDraft(arguments, notes=(note,))


def _recorded_shapes(model: Any, parameters: CallParameters) -> dict[str, Any]:
    """Return recorded shapes by argument name; shapes of other names are left out."""
    config = model.get_build_config() or {}
    if "input_shape" in config and parameters.positional:
        return {parameters.positional[0]: config["input_shape"]}
    recorded = {
        key.removesuffix(_SHAPE_SUFFIX): shape
        for key, shape in (config.get("shapes_dict") or {}).items()
    }
    accepted = {name: shape for name, shape in recorded.items() if parameters.accepts(name)}
    return _in_call_order(accepted, parameters)


def _tree_of_shapes(shape: Any, path: Path, dtype: DType) -> SignatureNode:
    """Convert nested shapes to a tree; the batch of the first call is made dynamic."""
    if shape is None:
        return Absent()
    if isinstance(shape, Mapping):
        entries = ((k, _tree_of_shapes(v, path.child(k), dtype)) for k, v in shape.items())
        return MappingNode(tuple(entries))
    if _is_shape(shape):
        sizes = list(shape)
        return TensorSpec(
            name=UNNAMED, shape=dims_of([None, *sizes[1:]][: len(sizes)]), dtype=dtype
        )
    items = tuple(_tree_of_shapes(item, path.child(i), dtype) for i, item in enumerate(shape))
    return TupleNode(items) if isinstance(shape, tuple) else ListNode(items)


def _is_shape(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(
        size is None or isinstance(size, int) for size in value
    )
