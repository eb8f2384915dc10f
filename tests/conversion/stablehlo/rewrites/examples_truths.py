"""Examples of patterns of truth values."""

from __future__ import annotations

from tests.conversion.stablehlo.rewrites.example import Example, function


def _compared(direction: str, number: int) -> str:
    return function(
        "%p: tensor<8xi1>",
        "tensor<8xi1>",
        f"""%c = stablehlo.constant dense<{number}> : tensor<8xi32>
        %n = stablehlo.convert %p : (tensor<8xi1>) -> tensor<8xi32>
        %0 = stablehlo.compare {direction}, %n, %c :
            (tensor<8xi32>, tensor<8xi32>) -> tensor<8xi1>
        return %0 : tensor<8xi1>""",
    )


_LEFT: dict[tuple[str, int], dict[str, int]] = {
    ("LT", 0): {},
    ("GE", 0): {},
    ("GT", 0): {},
    ("EQ", 0): {"stablehlo.not": 1},
    ("NE", 1): {"stablehlo.not": 1},
    ("LE", 0): {"stablehlo.not": 1},
    ("EQ", 2): {},
    ("NE", 2): {},
}
EXAMPLES: tuple[Example, ...] = tuple(
    Example(
        name=f"{direction} {number} of a truth value",
        patterns=("compare_truth",),
        before=_compared(direction, number),
        after=after,
    )
    for (direction, number), after in _LEFT.items()
)
