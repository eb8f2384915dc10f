"""Tracing on JAX: with symbols in place of dynamic dimensions, or with two numbers for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.backends import load_jax, load_keras
from litert_ir.backends.jax.reach import require_reach
from litert_ir.backends.keras.inference import InferenceCall
from litert_ir.backends.keras.merged_steps import merging_steps
from litert_ir.backends.model_failures import call_failures
from litert_ir.backends.static_traces import Shapes, Sizes, Specs, results_at_numbers
from litert_ir.backends.tracer import Tracer
from litert_ir.errors import LiteRTIRError
from litert_ir.ir.tensor import DType, TensorSpec

Call = Callable[[tuple[Any, ...]], Any]


@attrs.frozen
class JaxTracer(Tracer):
    """Calls models in `jax.eval_shape`.

    A symbol shows which sizes of the result follow from those of the inputs, in one call. A
    model that compares or counts sizes in Python cannot be called with symbols. It is called
    with two sets of numbers.
    """

    @override
    def build(self, call: InferenceCall) -> None:
        """Trace one call; Keras creates the variables when the outer scope ends.

        Numbers are tried only after errors that a symbol can cause: with a number in place of
        an unknown last dimension, a layer would get weights for just that number.
        """
        undecided = (TypeError, load_jax().errors.InconclusiveDimensionOperation)
        with load_keras().StatelessScope():
            _results(call.unscoped, call.signature.tensors, undecided)

    @override
    def outputs(self, call: InferenceCall) -> tuple[Any, ...]:
        """Trace the call at one or two sets of sizes, and return the outputs.

        Layers that were quantized in Keras return the same types as with floats, which would
        all be computed here.
        """
        call = attrs.evolve(call, in_floats=False)
        return _results(call, call.signature.tensors, call_failures())

    @override
    def outputs_at(self, call: InferenceCall, shapes: Shapes) -> Any:
        """Trace the call at these shapes, and return the outputs.

        Raises:
            Exception: Also where JAX would give zeros or NaN; see `require_reach`.
        """
        call = attrs.evolve(call, in_floats=False)
        with merging_steps(call.model):
            return _traced(call, call.signature.tensors, shapes, checked=True)

    @override
    def held_as(self, dtype: DType) -> DType:
        """Convert 64-bit types to 32 bits, unless JAX is configured otherwise (``jax_enable_x64``).

        JAX has no strings; they are returned unchanged, and reading the signature refuses them.
        """
        if dtype is DType.STRING:
            return dtype
        return DType(load_jax().dtypes.canonicalize_dtype(dtype.value).name)


def _results(
    call: Call, inputs: Iterable[TensorSpec], undecided: tuple[type[Exception], ...]
) -> tuple[Any, ...]:
    """The result with symbols or, when it ends in an ``undecided`` error, with numbers."""
    specs = tuple(inputs)
    try:
        symbols = Sizes(*load_jax().export.symbolic_shape("batch, size"))
        return (_traced(call, specs, tuple(map(symbols.shape_of, specs))),)
    except LiteRTIRError:
        raise
    except undecided:
        if all(spec.is_static for spec in specs):
            raise
    return results_at_numbers(lambda shapes: _traced(call, specs, shapes), specs)


def _traced(call: Call, specs: Specs, shapes: Shapes, *, checked: bool = False) -> Any:
    """Return the call's outputs as they are: `jax.eval_shape` sorts dicts and takes arrays only.

    Args:
        call: A function of flat inputs.
        specs: The inputs.
        shapes: In place of theirs.
        checked: Whether the program is looked at, too.
    """
    jax = load_jax()
    results: list[Any] = []

    def run(*flat: Any) -> None:
        results.append(call(flat))

    held = [jax.dtypes.canonicalize_dtype(spec.dtype.value) for spec in specs]
    try:
        program = jax.make_jaxpr(run)(*map(jax.ShapeDtypeStruct, shapes, held))
        if checked:
            require_reach(program)
    except AttributeError as error:
        raise _original(error) from None
    return results[-1]


def _original(error: AttributeError) -> BaseException:
    """Return JAX' error where Keras failed at raising it again with the call's arguments.

    Keras makes a new error of the same class from a text. JAX' errors about the use of a traced
    array as a Python value take that array.
    """
    errors = load_jax().errors
    raised_by_jax = (errors.JAXTypeError, errors.JAXIndexError)
    found: BaseException | None = error
    while found is not None and not isinstance(found, raised_by_jax):
        found = found.__context__
    return found or error
