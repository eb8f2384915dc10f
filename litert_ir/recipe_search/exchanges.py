"""Exchanges between two groups of layers: one becomes cheaper, the other less noisy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs

from litert_ir.ir.quantization import Precision
from litert_ir.recipe_search.layer_groups import LayerGroup
from litert_ir.recipe_search.upgrade_steps import Rung


@attrs.frozen
class ExchangeTable:
    """The groups of a search, with the cost and the noise of each of their precisions.

    Attributes:
        groups: The groups.
        ladders: The rungs of each group.
    """

    groups: Sequence[LayerGroup]
    ladders: Sequence[Sequence[Rung]]

    def exchanges(self, precisions: Mapping[str, Precision]) -> Iterator[dict[str, Precision]]:
        """Yield changes by which a file gets cheaper, the ones that save most first.

        One group goes to its next cheaper rung. Of the others whose next rung costs less than that
        saves, the one whose noise falls most goes up.

        Args:
            precisions: The precision of each layer, by path.
        """
        rungs = [self._present(number, precisions) for number in range(len(self.groups))]
        lowered = [(self._next(number, rung, up=False), rung) for number, rung in enumerate(rungs)]
        savings = [now.cost - down.cost if now and down else 0.0 for down, now in lowered]
        for number in sorted(range(len(savings)), key=lambda at: -savings[at]):
            down, _ = lowered[number]
            partner = self._partner(number, savings[number], rungs)
            if down is not None and partner is not None:
                other, up = partner
                yield {
                    **dict.fromkeys(self.groups[number].paths, down.precision),
                    **dict.fromkeys(self.groups[other].paths, up.precision),
                }

    def _partner(
        self, number: int, saving: float, rungs: Sequence[Rung | None]
    ) -> tuple[int, Rung] | None:
        """Find the other group whose noise falls most for less than a saving."""
        gains = [
            (now.noise - up.noise, other, up)
            for other, now in enumerate(rungs)
            if now is not None and other != number
            for up in [self._next(other, now, up=True)]
            if up is not None and up.cost - now.cost < saving and up.noise < now.noise
        ]
        if not gains:
            return None
        _, other, up = max(gains, key=lambda gain: gain[0])
        return other, up

    def _present(self, number: int, precisions: Mapping[str, Precision]) -> Rung | None:
        """Return the rung of a group; None where its layers have different ones."""
        found = {precisions[path] for path in self.groups[number].paths}
        rungs = [rung for rung in self.ladders[number] if rung.precision in found]
        return rungs[0] if len(found) == len(rungs) == 1 else None

    def _next(self, number: int, now: Rung | None, *, up: bool) -> Rung | None:
        """Return the next dearer or cheaper rung of a group; None where there is none."""
        if now is None:
            return None
        others = [
            rung
            for rung in self.ladders[number]
            if (rung.cost > now.cost if up else rung.cost < now.cost)
        ]
        return min(others, key=lambda rung: abs(rung.cost - now.cost), default=None)
