"""Examples of patterns of repeated values."""

from __future__ import annotations

from collections.abc import Sequence

from tests.stablehlo.rewrites.example import Example, function

Shape = tuple[int, ...]


def _type(shape: Shape, element: str) -> str:
    return f"tensor<{'x'.join(map(str, (*shape, element)))}>"


def _turned(shape: Shape, dims: Sequence[int], wide: Shape, order: Sequence[int]) -> str:
    """A value that is repeated and then turned around."""
    small, large = _type(shape, "f32"), _type(wide, "f32")
    result = _type(tuple(wide[axis] for axis in order), "f32")
    return function(
        f"%x: {small}",
        result,
        f"""%0 = stablehlo.broadcast_in_dim %x, dims = {list(dims)} : ({small}) -> {large}
        %1 = stablehlo.transpose %0, dims = {list(order)} : ({large}) -> {result}
        return %1 : {result}""",
    )


_BOTH = {"stablehlo.transpose": 1, "stablehlo.broadcast_in_dim": 1}
_TURNED = (
    ((2, 1, 3), (0, 1, 2), (2, 3, 3), (0, 2, 1), _BOTH),
    ((2, 3, 1), (0, 1, 2), (2, 3, 4), (2, 1, 0), _BOTH),
    ((2, 4), (0, 3), (2, 3, 3, 4), (0, 2, 1, 3), {"stablehlo.broadcast_in_dim": 1}),
    ((4,), (1,), (4, 4), (1, 0), {"stablehlo.broadcast_in_dim": 1}),
    ((1, 7, 1, 2, 1, 1), tuple(range(6)), (1, 7, 7, 2, 2, 16), (0, 2, 1, 4, 3, 5), _BOTH),
)
EXAMPLES: tuple[Example, ...] = (
    *(
        Example(
            name=f"{shape} repeated to {wide} and turned around",
            patterns=("hoist_transpose",),
            before=_turned(shape, dims, wide, order),
            after=after,
        )
        for shape, dims, wide, order, after in _TURNED
    ),
    Example(
        name="zeros between a broadcast and a transpose",
        patterns=("fold_added_zeros", "hoist_transpose"),
        before=function(
            "%x: tensor<3x1xi32>",
            "tensor<3x3xi32>",
            """%c = stablehlo.constant dense<0> : tensor<3x3xi32>
            %0 = stablehlo.broadcast_in_dim %x, dims = [0, 1] :
                (tensor<3x1xi32>) -> tensor<3x3xi32>
            %1 = stablehlo.add %0, %c : tensor<3x3xi32>
            %2 = stablehlo.transpose %1, dims = [1, 0] : (tensor<3x3xi32>) -> tensor<3x3xi32>
            return %2 : tensor<3x3xi32>""",
        ),
        after=_BOTH,
    ),
)
