"""Export a model anew, or a part of it, as a file was exported: by strategy and precision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
from numpy.typing import NDArray

from litert_ir.conversion.defaults import DEFAULT_STRATEGIES
from litert_ir.conversion.strategy_names import Strategies
from litert_ir.explanation.limits import LIMITS
from litert_ir.ir.file_options import FileOptions
from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.quantization import LayerRule, Precision, Quantization
from litert_ir.ir.tensor import DType, TensorSpec
from litert_ir.samples.forms import Sample
from litert_ir.verbs import execute, export

Array = NDArray[Any]


@attrs.frozen(kw_only=True)
class PartExports:
    """Exports that are not compared by themselves.

    Attributes:
        precisions: The precisions that the file shows; parts get the one that rounds most.
        strategies: The strategies to try; None for those of an export.
        folder: The folder for the files.
    """

    precisions: tuple[Precision, ...]
    strategies: Strategies
    folder: Path

    @property
    def precision(self) -> Precision:
        """The precision of the exports."""
        return max(self.precisions, key=lambda each: LIMITS[each])

    def export_part(self, part: Any, given: Sequence[Mapping[str, Array]], path: Path) -> None:
        """Export a model that is called with a dict of tensors.

        Args:
            part: The model.
            given: Inputs of one shape, by name; activations are calibrated on them.
            path: The path to write to.

        Raises:
            LiteRTIRError: As `litert_ir.export`.
        """
        specs = {
            name: TensorSpec(name=name, shape=array.shape, dtype=DType(array.dtype.name))
            for name, array in given[0].items()
        }
        recipe = Quantization(self.precision)
        samples = [dict(named) for named in given] if recipe.needs_calibration else None
        export(
            part,
            path,
            input_signature=specs,
            strategies=self.strategies,
            quantization=recipe,
            representative_dataset=samples,
            verify=False,
        )

    def export_whole(
        self,
        plan: ExportPlan,
        model: Any,
        samples: Sequence[Sample],
        in_float: Sequence[str],
        path: Path,
    ) -> None:
        """Export the whole model.

        Args:
            plan: The plan that fits the file.
            model: The model.
            samples: Flat inputs; activations are calibrated on them.
            in_float: The paths of layers that stay in float.
            path: The path to write to.

        Raises:
            LiteRTIRError: As `litert_ir.execute`.
        """
        rules = tuple(LayerRule(f"/{layer}", Precision.FLOAT) for layer in in_float)
        recipe = Quantization(self.precision, layers=rules)
        execute(
            attrs.evolve(plan, options=FileOptions(recipe=recipe)),
            model,
            path,
            strategies=self.strategies or DEFAULT_STRATEGIES,
            representative_dataset=list(map(list, samples)) if recipe.needs_calibration else None,
            verify=False,
        )
