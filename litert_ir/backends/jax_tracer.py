"""Tracing on JAX: with symbols in place of dynamic dimensions, or with two numbers for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.backends import load_jax, load_keras
from litert_ir.backends.failures import call_failures
from litert_ir.backends.inference import InferenceCall
from litert_ir.backends.tracer import Tracer
from litert_ir.errors import LiteRTIRError
from litert_ir.ir.tensor import DType, DynamicDim, TensorSpec

Call = Callable[[tuple[Any, ...]], Any]


@attrs.frozen
class Sizes:
    """What stands for dynamic dimensions: a number each, or a symbol of JAX.

    All dynamic batches are equal, and all other dynamic dimensions: models add, multiply and
    concatenate their inputs.

    Attributes:
        batch: For a leading dimension.
        other: For every other one.
    """

    batch: Any
    other: Any

    def shape_of(self, spec: TensorSpec) -> tuple[Any, ...]:
        """The tensor's shape with these sizes."""
        dynamic = (self.batch, *[self.other] * len(spec.shape))
        return tuple(
            size if isinstance(dim, DynamicDim) else dim
            for dim, size in zip(spec.shape, dynamic, strict=False)
        )


BATCHES = (2, 3)
OTHERS = ((16, 32), (64, 128), (224, 448), (4, 8))
"""Two numbers in place of each dynamic dimension that is no batch, tried in turn until the model
accepts both: windows and patches need some size, tables of positions have no more than theirs."""


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
        """What one or two traced calls return.

        Layers that were quantized in Keras return the same types as with floats, which would
        all be computed here.
        """
        call = attrs.evolve(call, in_floats=False)
        return _results(call, call.signature.tensors, call_failures())

    @override
    def held_as(self, dtype: DType) -> DType:
        """32 bits in place of 64, unless JAX is configured otherwise (``jax_enable_x64``).

        Strings, which JAX has not, stay what they are: who reads the signature refuses them.
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
        return (_traced(call, specs, Sizes(*load_jax().export.symbolic_shape("batch, size"))),)
    except LiteRTIRError:
        raise
    except undecided:
        if all(spec.is_static for spec in specs):
            raise
    return _results_at_numbers(call, specs)


def _results_at_numbers(call: Call, specs: tuple[TensorSpec, ...]) -> tuple[Any, ...]:
    failures: list[Exception] = []
    for pair in _pairs(specs):
        try:
            return tuple(_traced(call, specs, sizes) for sizes in pair)
        except LiteRTIRError:
            raise
        except call_failures() as error:
            failures.append(error)
    raise failures[0]


def _pairs(specs: tuple[TensorSpec, ...]) -> Iterator[tuple[Sizes, Sizes]]:
    """The sets of numbers to try.

    A dynamic batch beside one of a fixed size may need that very size; or 1, which fits any.
    """
    fixed = {spec.shape[0] for spec in specs if spec.shape and isinstance(spec.shape[0], int)}
    others = (dim for spec in specs for dim in spec.shape[1:])
    sizes = OTHERS if any(isinstance(dim, DynamicDim) for dim in others) else OTHERS[:1]
    for first, second in (BATCHES, *((1, size) for size in sorted(fixed - {1}))):
        for small, large in sizes:
            yield Sizes(first, small), Sizes(second, large)


def _traced(call: Call, specs: tuple[TensorSpec, ...], sizes: Sizes) -> Any:
    """What the call returned, as it is: `jax.eval_shape` sorts dicts and takes arrays only."""
    jax = load_jax()
    results: list[Any] = []

    def run(*flat: Any) -> None:
        results.append(call(flat))

    held = [jax.dtypes.canonicalize_dtype(spec.dtype.value) for spec in specs]
    shapes = [sizes.shape_of(spec) for spec in specs]
    try:
        jax.eval_shape(run, *map(jax.ShapeDtypeStruct, shapes, held))
    except AttributeError as error:
        raise _original(error) from None
    return results[-1]


def _original(error: AttributeError) -> BaseException:
    """What JAX raised where Keras failed at repeating it with the call's arguments.

    Keras makes a new error of the same class from a text. JAX' errors about the use of a traced
    array as a Python value take that array.
    """
    errors = load_jax().errors
    raised_by_jax = (errors.JAXTypeError, errors.JAXIndexError)
    found: BaseException | None = error
    while found is not None and not isinstance(found, raised_by_jax):
        found = found.__context__
    return found or error
