"""The arguments that the results of a traced JAX function depend on."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

from litert_ir.backends import load_jax, load_keras


def dependent_arguments(
    function: Callable[[Sequence[Any]], Any], arrays: Sequence[Any]
) -> tuple[bool, ...]:
    """Tell for each argument of a function whether a result depends on it; nothing is computed.

    Args:
        function: From arrays to nested arrays; what else it reads may be traced already.
        arrays: Anything of the arguments' shapes and dtypes.

    Raises:
        Exception: Whatever tracing the function raises; see `litert_ir.backends.model_failures`.
    """
    jax, tree = load_jax(), load_keras().tree

    def run(*values: Any) -> list[Any]:
        return [leaf for leaf in tree.flatten(function(values)) if isinstance(leaf, jax.Array)]

    kinds = [jax.ShapeDtypeStruct(array.shape, array.dtype) for array in arrays]
    program = jax.make_jaxpr(run)(*kinds).jaxpr
    evaluation = importlib.import_module("jax.interpreters.partial_eval")
    _, used = evaluation.dce_jaxpr(program, [True] * len(program.outvars))
    return tuple(used)
