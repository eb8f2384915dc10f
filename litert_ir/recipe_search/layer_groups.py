"""Group a file's layers for a search, and write the recipe that gives each layer a precision."""

from __future__ import annotations

import glob
from collections.abc import Mapping, Sequence

import attrs

from litert_ir.ir.quantization import LayerRule, Precision, Quantization
from litert_ir.quantization.entries import SMALLEST_WEIGHT
from litert_ir.quantization.layer_weights import LayerWeights


@attrs.frozen
class LayerGroup:
    """Layers that are next to each other in a file, and change their precision together.

    Attributes:
        layers: The layers, in the file's order.
    """

    layers: tuple[LayerWeights, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """The layers' paths."""
        return tuple(each.layer for each in self.layers)

    @property
    def elements(self) -> int:
        """The elements of all weights."""
        return sum(each.elements for each in self.layers)

    def halves(self) -> tuple[LayerGroup, ...]:
        """Split the group in two; a single layer has no halves."""
        middle = len(self.layers) // 2
        parts = (self.layers[:middle], self.layers[middle:])
        return tuple(map(LayerGroup, parts)) if middle else ()


@attrs.frozen
class LayerTable:
    """The layers of a file that a search may change.

    Attributes:
        layers: All layers of the file, in its order.
        kept: The user's rules, which are no subject of the search.
    """

    layers: tuple[LayerWeights, ...]
    kept: tuple[LayerRule, ...] = ()

    def groups(self, most: int, *, with_activations: bool) -> tuple[LayerGroup, ...]:
        """Group the layers: one each, or neighbours together where there are too many.

        The neighbours with the fewest weights are joined first, so that the groups' sizes are near
        each other; of equal ones, those that share more of their paths.

        Args:
            most: The most groups.
            with_activations: Whether a layer without weights to quantize counts.
        """
        changeable = [
            layer
            for layer in self.layers
            if (with_activations or layer.elements >= SMALLEST_WEIGHT)
            and not any(rule.matches(layer.layer) for rule in self.kept)
        ]
        groups = [LayerGroup((layer,)) for layer in changeable]
        while len(groups) > max(1, most):
            at = min(range(len(groups) - 1), key=lambda i: _joining(groups[i], groups[i + 1]))
            groups[at : at + 2] = [LayerGroup(groups[at].layers + groups[at + 1].layers)]
        return tuple(groups)

    def recipe(self, precisions: Mapping[str, Precision], others: Precision) -> Quantization:
        """Write the recipe in which each layer has its precision.

        A rule takes the layers inside of its layer along, so that outer layers come first. Of an
        operator with several layers the last rule counts, which has to be that of the first layer
        of the operator: so layers of one depth come in reverse order.

        Args:
            precisions: The precision of each layer of the groups, by path.
            others: The precision of what no layer's rule is for.
        """
        order = {each.layer: place for place, each in enumerate(self.layers)}
        rules: list[LayerRule] = []
        for path in sorted(precisions, key=lambda path: (path.count("/"), -order[path])):
            before = [rule.precision for rule in rules if rule.matches(path)]
            if precisions[path] is not (before[-1] if before else others):
                rules.append(LayerRule("/" + glob.escape(path), precisions[path]))
        return Quantization(others, layers=(*rules, *self.kept))


def _joining(one: LayerGroup, other: LayerGroup) -> tuple[int, int]:
    shared = _shared_steps(one.paths[-1].split("/"), other.paths[0].split("/"))
    return one.elements + other.elements, -shared


def _shared_steps(one: Sequence[str], other: Sequence[str]) -> int:
    """Count the steps that two paths begin with."""
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count
