"""Edit traced modules in the child process, where native code may end the process."""

from __future__ import annotations

import attrs
from typing_extensions import override

from litert_ir.backends.model_failures import brief
from litert_ir.errors import ConversionError
from litert_ir.isolation.pending import Pending
from litert_ir.isolation.worker import Worker
from litert_ir.stablehlo.child_steps import mark_kept_ops, specialize
from litert_ir.stablehlo.trace.trace import ModuleEditor, Shapes

READING = "reading the traced graph"


def rewrite_failure(error: Exception) -> ConversionError:
    """Convert an error of a step on modules in the child process to a `ConversionError`."""
    return ConversionError(
        "The traced model has a form that the rewrite does not expect.", received=brief(error)
    )


@attrs.frozen
class EditorInChild(ModuleEditor):
    """A `ModuleEditor` that works in the child process.

    Attributes:
        worker: The child process.
        time_limit_s: The seconds that each call may take.
    """

    worker: Worker
    time_limit_s: float

    @override
    def specialize(self, module: str, points: tuple[Shapes, ...]) -> Pending[tuple[str, ...]]:
        return self.worker.begin(
            specialize,
            module,
            points,
            time_limit_s=self.time_limit_s,
            task=READING,
            translate=rewrite_failure,
        )

    @override
    def keep(self, module: str) -> Pending[str]:
        return self.worker.begin(
            mark_kept_ops,
            module,
            time_limit_s=self.time_limit_s,
            task=READING,
            translate=rewrite_failure,
        )
