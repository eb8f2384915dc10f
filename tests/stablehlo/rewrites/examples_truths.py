"""Examples of patterns of truth values."""

from __future__ import annotations

from tests.stablehlo.rewrites.example import Example, function


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
COMPARED: tuple[Example, ...] = tuple(
    Example(
        name=f"{direction} {number} of a truth value",
        patterns=("fold_compared_boolean",),
        before=_compared(direction, number),
        after=after,
    )
    for (direction, number), after in _LEFT.items()
)


def _joined(name: str, known: str) -> str:
    return function(
        "%p: tensor<8xi1>",
        "tensor<8xi1>",
        f"""%c = stablehlo.constant dense<{known}> : tensor<i1>
        %b = stablehlo.broadcast_in_dim %c, dims = [] : (tensor<i1>) -> tensor<8xi1>
        %0 = stablehlo.{name} %b, %p : tensor<8xi1>
        return %0 : tensor<8xi1>""",
    )


JOINED: tuple[Example, ...] = tuple(
    Example(
        name=f"{name} {known}",
        patterns=("fold_junction",),
        before=_joined(name, known),
        after=after,
    )
    for name, known, after in (
        ("and", "true", {}),
        ("or", "false", {}),
        ("and", "false", {"stablehlo.and": 1, "stablehlo.broadcast_in_dim": 1}),
        ("or", "true", {"stablehlo.or": 1, "stablehlo.broadcast_in_dim": 1}),
    )
)
EXAMPLES: tuple[Example, ...] = (*COMPARED, *JOINED)
