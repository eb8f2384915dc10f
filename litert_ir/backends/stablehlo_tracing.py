"""Trace a call to StableHLO with the frameworks' own compilers; no weight is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs
from numpy.typing import NDArray

from litert_ir.backends import load_jax, load_tensorflow

_PREPARE = (
    "tf-tensor-list-ops-decomposition,tf-shape-inference,canonicalize,"
    "tf-functional-control-flow-to-regions"
)
"""Static shapes, and loops as regions; tensor lists become tensors."""

_LEGALIZE = (
    "xla-legalize-tf{legalize-chlo=false},canonicalize,hlo-legalize-to-stablehlo,canonicalize"
)
"""The second canonicalization removes what is left of shape computations."""

Call = Callable[..., Any]
"""Takes flat tensors, weights first; gives a sequence of flat tensors."""


@attrs.frozen
class Spec:
    """A tensor to trace with: a static shape, and an element type by numpy name."""

    shape: tuple[int, ...]
    dtype: str


@attrs.frozen
class Lowered:
    """A traced call.

    Attributes:
        module: MLIR text with a function ``main``.
        captured: Tensors that the call found elsewhere; further arguments of ``main``.
    """

    module: str = attrs.field(repr=False)
    captured: tuple[NDArray[Any], ...] = ()


def lower_tensorflow(call: Call, specs: Sequence[Spec], keep: Callable[[str], str]) -> Lowered:
    """Trace with `tf.function`, and lower with TensorFlow's own passes.

    Args:
        call: What to trace.
        specs: One for each tensor that it takes.
        keep: Rewrites the module in the TF dialect before it is lowered to StableHLO.

    Raises:
        tf.errors.OpError: When a pass fails.
    """
    tf = load_tensorflow()
    flat = [tf.TensorSpec(spec.shape, tf.dtypes.as_dtype(spec.dtype)) for spec in specs]
    traced = tf.function(call, autograph=False).get_concrete_function(*flat)
    mlir = tf.mlir.experimental
    module = mlir.convert_function(
        traced, pass_pipeline="tf-standard-pipeline", show_debug_info=True
    )
    module = module.replace(f"@{traced.name.decode()}(", "@main(", 1)
    module = mlir.run_pass_pipeline(module, _PREPARE, show_debug_info=True)
    module = mlir.run_pass_pipeline(keep(module), _LEGALIZE, show_debug_info=True)
    captured = tuple(tensor.numpy() for tensor in traced.captured_inputs)
    return Lowered(module, captured)


def lower_jax(call: Call, specs: Sequence[Spec]) -> Lowered:
    """Trace with `jax.jit`; `jax.export` would take some functions apart."""
    jax = load_jax()
    flat = [jax.ShapeDtypeStruct(spec.shape, spec.dtype) for spec in specs]
    lowered = jax.jit(call, keep_unused=True).lower(*flat)
    return Lowered(lowered.as_text(debug_info=True))
