"""The steps that run in the child process: texts and data in, data out.

Each imports the module that implements it when it runs, so that the process that hands it to the
child does not load LiteRT's MLIR.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from litert_ir.stablehlo.dump import PointDump
from litert_ir.stablehlo.skeleton.skeleton import Skeleton
from litert_ir.stablehlo.trace.traced_function import Traced

PRELOAD = (
    "litert_ir.stablehlo.trace.modules.specialization",
    "litert_ir.stablehlo.trace.modules.kept_ops",
    "litert_ir.stablehlo.skeleton.legalize",
)
"""The modules that the child imports while the model is traced."""


def make_skeleton(
    traced: Traced,
    values: tuple[tuple[int, NDArray[Any]], ...],
    dump: PointDump | None = None,
) -> Skeleton:
    """Convert a traced model.

    Args:
        traced: The model.
        values: The values of the small parameters, by index.
        dump: The folder for the module's text after each stage; None to write none.

    Raises:
        UnsupportedOpsError: When the model needs ops for which LiteRT has none.
        ConversionError: When the converter fails.
    """
    from litert_ir.stablehlo.skeleton.legalize import skeleton_of

    return skeleton_of(traced, dict(values), dump)


def mark_kept_ops(module: str) -> str:
    """Replace the TensorFlow ops that are legalized one to one by custom calls.

    The locations of other ops record where they pad by ``SAME``.

    Args:
        module: MLIR text in the TF dialect.

    Returns:
        The text with custom calls in their place.
    """
    from litert_ir.stablehlo.trace.modules.kept_ops import mark

    return mark(module)


def specialize(
    module: str, points: tuple[tuple[tuple[int, ...] | None, ...], ...]
) -> tuple[str, ...]:
    """Give the arguments of a module's function ``main`` static shapes.

    Args:
        module: MLIR text.
        points: For each module that is wanted, one shape for each argument; None leaves it as
            it is.
    """
    from litert_ir.stablehlo.trace.modules.specialization import specialized

    return specialized(module, points)
