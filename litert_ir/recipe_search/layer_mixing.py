"""Mix precisions by layer: measure each group's sensitivity, raise by bisection, lower again."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Self

import attrs

from litert_ir.ir.quantization import Objective, Precision, Quantization
from litert_ir.quantization.layer_weights import weights_by_layer
from litert_ir.recipe_search.exchanges import ExchangeTable
from litert_ir.recipe_search.layer_groups import LayerGroup, LayerTable
from litert_ir.recipe_search.recipe_trials import Trials
from litert_ir.recipe_search.search_report import GroupSensitivity, Purpose, RecipeTry
from litert_ir.recipe_search.upgrade_steps import Rung, Step, lowest, upgrade_steps

_MOST_GROUPS = 24
_FAILURES_IN_A_ROW = 8
"""The number of layers that cannot be lowered after which the others are not tried."""

Precisions = Mapping[str, Precision]
"""The precision of each layer, by its path."""


@attrs.define
class Mixing:
    """The search between some named recipes.

    Attributes:
        trials: The tries of the search.
        rungs: The precisions to mix, the smallest or fastest first.
        top: The try of the last one, which meets the requirement.
        table: The layers of the file.
        groups: The layers that change together.
        sensitivities: What each group loses in each precision below the last one.
    """

    trials: Trials
    rungs: tuple[Precision, ...]
    top: RecipeTry
    table: LayerTable
    groups: tuple[LayerGroup, ...]
    sensitivities: list[GroupSensitivity] = attrs.field(factory=list, init=False)
    _found: list[RecipeTry] = attrs.field(factory=list, init=False)

    @classmethod
    def between(cls, trials: Trials, rungs: Sequence[RecipeTry]) -> Self:
        """Prepare a search; half of the budget that is left may go to sensitivities.

        Args:
            trials: The tries of the search.
            rungs: Named recipes, the smallest or fastest first; the last one meets the requirement.
        """
        precisions = tuple(each.recipe.precision for each in rungs)
        subject = trials.subject
        table = LayerTable(weights_by_layer(subject.source, subject.layers), trials.wanted.layers)
        most = min(_MOST_GROUPS, trials.affordable(rungs) // 2 // (len(precisions) - 1))
        groups = table.groups(
            most, with_activations=any(precision.is_integer for precision in precisions)
        )
        return cls(trials, precisions, rungs[-1], table, groups if most > 1 else ())

    def search(self) -> list[RecipeTry]:
        """Return the mixed files that meet the requirement, in the order in which they got better.

        Where the budget ends before all groups were measured, nothing is mixed.
        """
        if not self.groups:
            return []
        ladders = [self._ladder(group) for group in self.groups]
        if self.trials.left:
            steps = upgrade_steps(ladders)
            precisions = self._bisected([lowest(ladder) for ladder in ladders], steps)
            self._lower(precisions, steps, ladders)
            self._exchange(precisions, ladders)
        return self._found

    def _ladder(self, group: LayerGroup) -> list[Rung]:
        """Measure a group in each precision, alone; all others keep the last one."""
        *lower, top = self.rungs
        ladder = [Rung(precision=top, cost=self._cost(self.top), noise=0.0)]
        for precision in lower:
            if self.trials.left == 0:
                break
            layers = dict.fromkeys(group.paths, precision)
            tried = self.trials.tried(self._recipe(layers), Purpose.SENSITIVITY)
            if tried.noise is None or tried.size_bytes is None:
                continue
            added = max(0.0, tried.noise**2 - (self.top.noise or 0.0) ** 2)
            cost = self._cost(tried) if self._is_size else 0.0
            ladder.append(Rung(precision=precision, cost=cost, noise=added))
            self.sensitivities.append(
                GroupSensitivity(
                    layers=group.paths,
                    precision=precision,
                    reference=top,
                    noise=added**0.5,
                    saved_bytes=(self.top.size_bytes or 0) - tried.size_bytes,
                )
            )
        return ladder

    @property
    def _is_size(self) -> bool:
        return self.trials.wanted.objective is Objective.SIZE

    def _cost(self, tried: RecipeTry) -> float:
        """The cost of a rung: bytes; by latency, whose share by group is unknown, a unit."""
        return float(tried.size_bytes or 0) if self._is_size else 1.0

    def _recipe(self, precisions: Precisions) -> Quantization:
        return self.table.recipe(precisions, self.rungs[-1])

    def _assigned(self, start: Sequence[Precision], steps: Sequence[Step]) -> dict[str, Precision]:
        """Return each layer's precision after some steps."""
        chosen = list(start)
        for step in steps:
            chosen[step.group] = step.precision
        return {
            path: precision
            for group, precision in zip(self.groups, chosen, strict=True)
            for path in group.paths
        }

    def _bisected(self, start: Sequence[Precision], steps: Sequence[Step]) -> dict[str, Precision]:
        """Find the fewest steps after which the file meets the requirement."""
        low, high = -1, len(steps)
        while low + 1 < high and self.trials.left:
            middle = (low + high) // 2
            precisions = self._assigned(start, steps[:middle])
            if self._meets(precisions):
                high = middle
            else:
                low = middle
        return self._assigned(start, steps[:high])

    def _lower(
        self,
        precisions: dict[str, Precision],
        steps: Sequence[Step],
        ladders: Sequence[Sequence[Rung]],
    ) -> None:
        """Lower groups again, the one that was raised last first; halves of those that cannot be.

        Args:
            precisions: The precisions of a file that meets the requirement; changed in place.
            steps: The order in which groups were raised.
            ladders: The rungs of each group.
        """
        last = {step.group: place for place, step in enumerate(steps)}
        waiting = sorted(range(len(self.groups)), key=lambda number: last.get(number, -1))
        queue = [(self.groups[number], ladders[number]) for number in waiting]
        failures = 0
        while queue and self.trials.left and failures < _FAILURES_IN_A_ROW:
            group, ladder = queue.pop()
            lowered = _lowered(group, ladder, precisions)
            if lowered is None:
                continue
            if self._meets({**precisions, **lowered}):
                precisions.update(lowered)
                queue.append((group, ladder))
                failures = 0
            else:
                queue[:0] = [(half, ladder) for half in group.halves()]
                failures += 1

    def _exchange(
        self, precisions: dict[str, Precision], ladders: Sequence[Sequence[Rung]]
    ) -> None:
        """Lower groups that could not be lowered, and raise the noisiest cheaper one for each.

        Args:
            precisions: The precisions of a file that meets the requirement; changed in place.
            ladders: The rungs of each group.
        """
        table = ExchangeTable(self.groups, ladders)
        for exchange in itertools.islice(table.exchanges(precisions), _FAILURES_IN_A_ROW):
            if self.trials.left == 0:
                return
            if self._meets({**precisions, **exchange}):
                precisions.update(exchange)
                self._exchange(precisions, ladders)
                return

    def _meets(self, precisions: Precisions) -> bool:
        """Try a mix, and keep the try where it meets the requirement."""
        tried = self.trials.tried(self._recipe(precisions), Purpose.MIXED)
        if tried.meets:
            self._found.append(tried)
        return tried.meets


def _lowered(
    group: LayerGroup, ladder: Sequence[Rung], precisions: Precisions
) -> dict[str, Precision] | None:
    """Return the next cheaper precision for the dearest layers of a group; None where none is."""
    costs = {rung.precision: rung.cost for rung in ladder}
    dearest = max(costs.get(precisions[path], 0.0) for path in group.paths)
    cheaper = [precision for precision, cost in costs.items() if cost < dearest]
    if not cheaper:
        return None
    lower = max(cheaper, key=lambda precision: costs[precision])
    raised = (path for path in group.paths if costs.get(precisions[path], 0.0) == dearest)
    return dict.fromkeys(raised, lower)
