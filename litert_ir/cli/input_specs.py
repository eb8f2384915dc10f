"""Read and write an input's shape and type as text: ``images=1,224,224,3:float32``.

A size that is known only when the file runs is ``?``, or a name, bounds, or both:
``length``, ``32..512``, ``length:32..512:8``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from cyclopts import Token

from litert_ir.backends.keras.kind import kind_of
from litert_ir.backends.keras.specs import keras_input_spec
from litert_ir.cli.input_dims import dim_text, parse_dim
from litert_ir.errors import OptionsError
from litert_ir.errors.shown import shown
from litert_ir.ir.plan import ModelKind
from litert_ir.ir.tensor import Dim, DType, DynamicDim, TensorSpec

INPUT_FORM = "NAME=SHAPE:DTYPE"


def parse_input(text: str) -> TensorSpec:
    """Read one ``NAME=SHAPE:DTYPE``.

    Args:
        text: The shape is a list of dimensions with commas between them, and nothing at all
            for a scalar; see `litert_ir.cli.input_dims.parse_dim`. The name may hold ``=`` and
            ``:``.

    Raises:
        OptionsError: When a part is missing or malformed.

    Example:
        >>> str(parse_input("images=?,224,224,3:float32"))
        '(?, 224, 224, 3) float32'
        >>> str(parse_input("x=?,length:32..512:8,80:float32"))
        '(?, length=32..512:8, 80) float32'
    """
    name, equals, shape_and_dtype = text.rpartition("=")
    shape, colon, dtype = shape_and_dtype.rpartition(":")
    if not (name.strip() and equals and colon):
        raise OptionsError(
            "This does not describe an input.",
            where="--input",
            expected=f"{INPUT_FORM}, such as images=1,224,224,3:float32",
            received=shown(text),
        )
    return TensorSpec(name=name.strip(), shape=_parse_shape(shape), dtype=_parse_dtype(dtype))


def input_text(spec: TensorSpec) -> str:
    """Return the text that `parse_input` reads as ``spec``, without the source of bounds.

    Raises:
        OptionsError: When a dimension's name contains characters of the syntax.

    Example:
        >>> input_text(parse_input("tokens = 1, ? : int32"))
        'tokens=1,?:int32'
    """
    return f"{spec.name}={','.join(map(dim_text, spec.shape))}:{spec.dtype.value}"


def convert_inputs(_type: object, tokens: Sequence[Token]) -> tuple[TensorSpec, ...]:
    """Read all the ``--input`` options of a command line, for cyclopts.

    Raises:
        OptionsError: When one is malformed, or two have the same name.
    """
    specs = tuple(parse_input(token.value) for token in tokens)
    repeated = [name for name, count in Counter(s.name for s in specs).items() if count > 1]
    if repeated:
        raise OptionsError(
            "Each input is described once.",
            where="--input",
            received=f"more than one for {', '.join(repeated)}",
        )
    return specs


def keras_signature(specs: Sequence[TensorSpec], model: Any) -> dict[str, Any] | list[Any] | None:
    """Convert the inputs to the form that `litert_ir.plan_for` and `litert_ir.export` take.

    Args:
        specs: The described inputs.
        model: A Sequential model takes a single unnamed input; any other takes a dict by the names
            of its inputs or of the arguments of its ``call``.

    Returns:
        A `keras.InputSpec` for each, or the spec itself where it names or bounds a dimension,
        which Keras' cannot; None when no input was described.
    """
    if not specs:
        return None
    by_name = {
        spec.name: spec
        if any(dim != DynamicDim() for dim in spec.shape if isinstance(dim, DynamicDim))
        else keras_input_spec(spec)
        for spec in specs
    }
    return list(by_name.values()) if kind_of(model) is ModelKind.SEQUENTIAL else by_name


def _parse_shape(text: str) -> tuple[Dim, ...]:
    return tuple(map(parse_dim, text.split(","))) if text.strip() else ()


def _parse_dtype(text: str) -> DType:
    accepted = {dtype.value: dtype for dtype in DType if dtype.is_interface_type}
    dtype = accepted.get(text.strip().lower())
    if dtype is None:
        raise OptionsError(
            "This is not an element type of a LiteRT file's inputs.",
            where="--input",
            expected=", ".join(accepted),
            received=shown(text.strip()),
        )
    return dtype
