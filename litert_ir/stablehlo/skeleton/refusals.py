"""Refuse, before the conversion, operations of the rewritten module that LiteRT cannot run."""

from __future__ import annotations

from collections.abc import Sequence

from litert_ir.errors import UnsupportedOp, UnsupportedOpsError
from litert_ir.stablehlo.mlir.interfaces import Module, Operation
from litert_ir.stablehlo.mlir.locations import scope_of
from litert_ir.stablehlo.mlir.values import op_name
from litert_ir.stablehlo.mlir.walk import operations

_WITHOUT_KERNEL = frozenset(
    {
        "stablehlo.cholesky",
        "stablehlo.collective_permute",
        "stablehlo.fft",
        "stablehlo.infeed",
        "stablehlo.rng",
        "stablehlo.rng_bit_generator",
        "stablehlo.sort",
        "stablehlo.triangular_solve",
    }
)
"""Operations without a kernel in LiteRT's runtime, if any remain after the rewrites."""

_DIALECTS = ("tf.", "tf_device.", "tensor.", "shape.", "mhlo.")
"""Operations that LiteRT's converter lowers wrongly."""


def refuse_untranslated(module: Module) -> None:
    """Raise for operations that the tracer's own lowering left in another dialect.

    Raises:
        UnsupportedOpsError: With their names, and the scopes that they were traced in as layers.
    """
    _refuse([op for op in operations(module) if op.name.startswith(_DIALECTS)])


def refuse_unsupported(module: Module) -> None:
    """Raise for the operations of a rewritten module that LiteRT has no kernel for.

    Raises:
        UnsupportedOpsError: With their names, and the scopes that they were traced in as layers.
    """
    calls = {"stablehlo.custom_call"}
    _refuse([op for op in operations(module) if op.name in _WITHOUT_KERNEL | calls])


def _refuse(ops: Sequence[Operation]) -> None:
    scopes: dict[str, dict[str, None]] = {}
    for op in ops:
        name = op_name(op).removeprefix("stablehlo.").removeprefix("tf.")
        scopes.setdefault(name, {}).update(dict.fromkeys(filter(None, [scope_of(op)])))
    if scopes:
        raise UnsupportedOpsError(
            [UnsupportedOp(name, tuple(found)) for name, found in scopes.items()]
        )
