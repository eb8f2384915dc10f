"""The report of which layers of a file depart from the Keras model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.conversion.file_verification import FileVerification
from litert_ir.errors.shown import bytes_text
from litert_ir.explanation.bisection import Cut
from litert_ir.explanation.layer_error import LayerError, share_text
from litert_ir.explanation.skips import Skip
from litert_ir.reports.report import Report
from litert_ir.reports.table import Column, Table, facts
from litert_ir.verification.plotted_layers import PlottedErrors, PlottedLayer

MOST_ROWS = 30
_TOLD = 3

_ADDED = (
    "added: what the file has against what the Keras layer computes from the file's own tensors "
    "before it; accumulated: against the model on the same inputs. Both are the root of the mean "
    "squared difference over that of the mean squared Keras value, over {samples} input(s)."
)


@attrs.frozen(kw_only=True, repr=False)
class Explanation(Report):
    """The error that each layer of a file adds, in the order of the network.

    Attributes:
        path: The file.
        verification: The comparison of the outputs.
        layers: The layers whose results the file has, in the order in which they return.
        unmatched: The paths of layers whose results lead to none of these, and are not judged.
        samples: The number of inputs that the layers were compared on.
        cut: The smallest cut of the model that departs when it is exported alone; None when it was
            not looked for, or nothing departs.
        skips: The layers of a quantized file that cost most, the first to leave in float first.
        rows: The most layers that the table shows.
    """

    path: Path
    verification: FileVerification
    layers: tuple[LayerError, ...]
    unmatched: tuple[str, ...] = ()
    samples: int
    cut: Cut | None = None
    skips: tuple[Skip, ...] = ()
    rows: int = attrs.field(default=MOST_ROWS, repr=False)

    @property
    def agrees(self) -> bool:
        """Tell whether the outputs agree with the model's."""
        return self.verification.agrees

    @property
    def departing(self) -> tuple[LayerError, ...]:
        """The layers that add more than rounding explains, the worst first.

        Where activations are integers, a layer may depart because one before it does: what comes
        out of that exceeds the range that it was calibrated for.
        """
        found = [layer for layer in self.layers if layer.departs]
        return tuple(sorted(found, key=lambda layer: -layer.added / layer.limit))

    def worst(self, count: int) -> tuple[LayerError, ...]:
        """Return the layers that add most, the worst first."""
        return tuple(sorted(self.layers, key=lambda layer: -layer.added))[:count]

    @property
    def headline(self) -> str:
        """The agreement of the outputs, and the layer that departs."""
        verdict = "the outputs agree" if self.agrees else "the outputs DIFFER"
        return f"{self.path.name}: {verdict}; {self._culprit}"

    @property
    def _culprit(self) -> str:
        found = self.departing
        if not found:
            if not self.layers:
                return "no tensor of the file could be matched with a layer"
            worst = self.worst(1)[0]
            return f"no layer departs (the most adds {worst.name}: {share_text(worst.added)})"
        others = max((each.added for each in self.layers if not each.departs), default=0.0)
        named = ", ".join(f"{each.name} adds {share_text(each.added)}" for each in found[:_TOLD])
        more = f" and {len(found) - _TOLD} more" if len(found) > _TOLD else ""
        word = "layer" if len(found) == 1 else "layers"
        return f"{word} {named}{more} (others at most {share_text(others)})"

    def plotted(self) -> PlottedErrors:
        """Return the errors to draw, for `litert_ir.plot_layer_errors`."""
        return PlottedErrors(
            layers=tuple(
                PlottedLayer(
                    label=each.name, values=(each.added, each.accumulated), departs=each.departs
                )
                for each in self.layers
            ),
            series=("added by the layer", "accumulated"),
            title=f"Errors of {self.path.name} against the Keras model",
            unit="root of the mean squared error over that of the Keras values",
        )

    @override
    def tables(self) -> tuple[Table, ...]:
        """Return the outputs, the cut, the layers to skip, and the layers."""
        parity = self.verification.parity
        outputs = () if parity is None else tuple((each.name, str(each)) for each in parity.outputs)
        cut = () if self.cut is None else (self.cut.table(),)
        return (
            self._departing_table(),
            *cut,
            facts("Outputs", outputs),
            self._skip_table(),
            self._layer_table(),
            facts("", [("not judged", ", ".join(self.unmatched))]),
        )

    def _departing_table(self) -> Table:
        rows = [
            (each.name, each.fused, share_text(each.added), share_text(each.limit))
            for each in self.departing
        ]
        numbers = (Column("adds", numeric=True), Column("rounding", numeric=True))
        return Table("Layers that depart", ("layer", "fused with", *numbers), rows)

    def _skip_table(self) -> Table:
        rows = [each.row() for each in self.skips]
        numbers = ("removes", "measured", "error left", "adds bytes")
        columns = (Column("layer"), *(Column(name, numeric=True) for name in numbers))
        note = self.skips[0].note if self.skips else ""
        return Table("Layers to leave in float", columns, rows, note=note)

    def _layer_table(self) -> Table:
        shown = set(self.worst(self.rows))
        rows = [_row(each) for each in self.layers if each in shown]
        left_out = len(self.layers) - len(rows)
        more = f" {left_out} layers that add less are left out." if left_out else ""
        columns = (
            "layer",
            Column("added", numeric=True),
            Column("accumulated", numeric=True),
            Column("weights", numeric=True),
        )
        note = _ADDED.format(samples=self.samples) + more
        return Table("Layers, in the order of the network", columns, rows, note=note)

    @override
    def to_data(self) -> dict[str, Any]:
        """Return the verdict and the fields, in JSON's types."""
        return {
            "headline": self.headline,
            "agrees": self.agrees,
            "departing": [layer.name for layer in self.departing],
            **super().to_data(),
        }


def _row(layer: LayerError) -> tuple[str, ...]:
    mark = "  DEPARTS" if layer.departs else ""
    return (
        layer.name,
        share_text(layer.added) + mark,
        share_text(layer.accumulated),
        bytes_text(layer.weight_bytes) if layer.weight_bytes else "",
    )
