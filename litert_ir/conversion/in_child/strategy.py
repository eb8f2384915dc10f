"""The strategy that runs another one in a child process."""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.backends.model_failures import failures_as
from litert_ir.conversion.foreign_strategies import check_strategy
from litert_ir.conversion.in_child.parent import ModelInChild, child_with, no_way_through
from litert_ir.conversion.in_child.references import MAIN
from litert_ir.conversion.in_child.settings import ThroughFile
from litert_ir.conversion.progress import counted
from litert_ir.conversion.protocol import Artifact, ConversionStrategy, Refusal
from litert_ir.errors import OptionsError
from litert_ir.errors.shown import shown
from litert_ir.ir.plan import ExportPlan
from litert_ir.samples.samples import Sample


def _check_strategy(_instance: object, _attribute: object, value: Any) -> None:
    """Require a strategy that can be sent to another process."""
    check_strategy(value, _unsound(shown(value)))
    with failures_as(lambda error: _unsound(str(error)), pickle.PicklingError):
        pickle.dumps(value)
    if type(value).__module__ == MAIN:
        raise _unsound(shown(value))


def _unsound(received: str) -> OptionsError:
    return OptionsError(
        "This strategy cannot be run in a child process.",
        where="strategies",
        expected="a strategy object that can be pickled, of a class in a module",
        received=received,
    )


def _check_through(_instance: object, _attribute: object, value: object) -> None:
    if not isinstance(value, ThroughFile | ModelInChild):
        raise no_way_through(value)


@attrs.frozen
class InChildProcess(ConversionStrategy):
    """Runs another strategy in a child process, which loads the model from a file.

    What kills the child (a fault of native code, the system when memory runs out, the time
    limit) is an error of this strategy, and the next one is tried. TensorFlow's memory goes
    away with the child.

    Attributes:
        strategy: The strategy to run there.
        through: The model's transfer; or an open child that has the model already.

    Example:
        ``strategies=(StableHLO(), InChildProcess(Direct(), ThroughFile(time_limit_s=600)))``
    """

    strategy: ConversionStrategy = attrs.field(validator=_check_strategy)
    through: ThroughFile | ModelInChild = attrs.field(factory=ThroughFile, validator=_check_through)

    @property
    @override
    def name(self) -> str:
        """The other strategy's name and ``-in-child``."""
        return f"{self.strategy.name}-in-child"

    @override
    def refuses(self, plan: ExportPlan) -> Refusal | None:
        """Refuse the plans that the other strategy refuses on the child's backend."""
        through = self.through
        settings = through.through if isinstance(through, ModelInChild) else through
        return self.strategy.refuses(settings.seen(plan))

    @override
    def convert(
        self, plan: ExportPlan, model: Any, calibration: Iterable[Sample] | None
    ) -> Artifact:
        """Save the model, and let a child process load and convert it.

        Raises:
            ConverterCrashed: When the child dies of it, or takes too long.
            ModelFileError: When the model cannot be saved, or not be loaded.
            ConversionError: When the other strategy fails.
        """
        with child_with(model, self.through, plan.versions.backend) as child:
            return child.convert(self.strategy, plan, counted(calibration))
