"""Examples of patterns of positions along dynamic dimensions that are computed with."""

from __future__ import annotations

import numpy as np

from tests.stablehlo.rewrites.example import Array, Example, function


def _plus(computed: str) -> str:
    """``%x`` plus ``%v``, a vector along its dynamic dimension."""
    return function(
        "%x: tensor<2x7xf32>",
        "tensor<2x7xf32>",
        f"""{computed}
        %b = stablehlo.broadcast_in_dim %v, dims = [1] : (tensor<7xf32>) -> tensor<2x7xf32>
        %r = stablehlo.add %x, %b : tensor<2x7xf32>
        return %r : tensor<2x7xf32>""",
    )


_PLACES = np.arange(7.0)
_ADDED = {"stablehlo.broadcast_in_dim": 1, "stablehlo.add": 1}
_KEPT = {"tfl.external_const": 1}
_WAVES = """%i = stablehlo.iota dim = 0 : tensor<7xf32>
        %v = stablehlo.sine %i : tensor<7xf32>"""
_TABLE = "stablehlo.constant dense<[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]> : tensor<7xf32>"
_LIMITED = """%i = stablehlo.iota dim = 0 : tensor<7xi32>
        %l = stablehlo.constant dense<{limit}> : tensor<7xi32>
        %m = stablehlo.minimum %i, %l : tensor<7xi32>
        %v = stablehlo.convert %m : (tensor<7xi32>) -> tensor<7xf32>"""


def _example(
    name: str,
    computed: str,
    after: dict[str, int],
    *,
    varies: bool = True,
    added: Array | float | None = None,
) -> Example:
    """An example; ``added`` is what StableHLO's reference interpreter cannot compute."""
    return Example(
        name=name,
        patterns=("keep_positions",),
        before=_plus(computed),
        after={**_ADDED, **after},
        varies=varies,
        reference=None if added is None else lambda x: (x + added).astype(np.float32),
    )


EXAMPLES = (
    _example("waves of positions", _WAVES, {**_KEPT, "stablehlo.sine": 1}),
    _example(
        "waves of positions of a fixed length",
        _WAVES,
        {"stablehlo.iota": 1, "stablehlo.sine": 1},
        varies=False,
    ),
    _example(
        "waves of positions that are a constant",
        f"%i = {_TABLE}\n%v = stablehlo.sine %i : tensor<7xf32>",
        {**_KEPT, "stablehlo.sine": 1},
    ),
    _example(
        "positions alone", "%v = stablehlo.iota dim = 0 : tensor<7xf32>", {"stablehlo.iota": 1}
    ),
    _example(
        "tenths of positions",
        """%i = stablehlo.iota dim = 0 : tensor<7xf32>
        %t = stablehlo.constant dense<0.1> : tensor<7xf32>
        %v = stablehlo.multiply %i, %t : tensor<7xf32>""",
        {**_KEPT, "stablehlo.multiply": 1},
    ),
    _example(
        "positions from the end",
        """%i = stablehlo.iota dim = 0 : tensor<7xf32>
        %n = stablehlo.constant dense<6.0> : tensor<7xf32>
        %v = stablehlo.subtract %n, %i : tensor<7xf32>""",
        {"stablehlo.iota": 1, "stablehlo.subtract": 1},
    ),
    _example(
        "positions with a limit that this length does not reach",
        _LIMITED.format(limit=100),
        {**_KEPT, "stablehlo.minimum": 1, "stablehlo.convert": 1},
    ),
    _example(
        "positions with a limit that is the length",
        _LIMITED.format(limit=6),
        {"stablehlo.iota": 1, "stablehlo.minimum": 1, "stablehlo.convert": 1},
    ),
    _example(
        "halves, in which positions start",
        """%i = stablehlo.constant dense<[0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5]> : tensor<7xf32>
        %v = stablehlo.sine %i : tensor<7xf32>""",
        {**_KEPT, "stablehlo.multiply": 1, "stablehlo.add": 2, "stablehlo.sine": 1},
    ),
    _example(
        "positions that TensorFlow's passes did not see",
        f"""%c = {_TABLE}
        %i = stablehlo.custom_call @litert_ir.positions(%c) : (tensor<7xf32>) -> tensor<7xf32>
        %v = stablehlo.cosine %i : tensor<7xf32>""",
        {**_KEPT, "stablehlo.cosine": 1},
        added=np.cos(_PLACES),
    ),
    _example(
        "positions that nothing computes with",
        f"""%c = {_TABLE}
        %v = stablehlo.custom_call @litert_ir.positions(%c) : (tensor<7xf32>) -> tensor<7xf32>""",
        {},
        added=_PLACES,
    ),
    _example(
        "the root of a size",
        """%c = stablehlo.constant dense<7.0> : tensor<f32>
        %n = stablehlo.custom_call @litert_ir.positions(%c) : (tensor<f32>) -> tensor<f32>
        %s = stablehlo.sqrt %n : tensor<f32>
        %v = stablehlo.broadcast_in_dim %s, dims = [] : (tensor<f32>) -> tensor<7xf32>""",
        {**_KEPT, "stablehlo.sqrt": 1, "stablehlo.broadcast_in_dim": 2},
        added=np.sqrt(7.0),
    ),
    _example(
        "sums of ones",
        """%one = stablehlo.constant dense<1.0> : tensor<7xf32>
        %a = stablehlo.constant dense<0> : tensor<i32>
        %c = stablehlo.custom_call @tf.Cumsum(%one, %a) {exclusive = false, reverse = false} :
            (tensor<7xf32>, tensor<i32>) -> tensor<7xf32>
        %i = stablehlo.custom_call @litert_ir.positions(%c) : (tensor<7xf32>) -> tensor<7xf32>
        %v = stablehlo.log %i : tensor<7xf32>""",
        {**_KEPT, "stablehlo.log": 1},
        added=np.log(_PLACES + 1),
    ),
    Example(
        name="what is divided by positions",
        patterns=("keep_positions",),
        before=function(
            "%x: tensor<7x7xf32>",
            "tensor<7x7xf32>",
            """%c = stablehlo.constant dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]> : tensor<7xf32>
            %b = stablehlo.broadcast_in_dim %c, dims = [1] : (tensor<7xf32>) -> tensor<7x7xf32>
            %r = stablehlo.divide %x, %b : tensor<7x7xf32>
            return %r : tensor<7x7xf32>""",
        ),
        after={**_KEPT, "stablehlo.broadcast_in_dim": 1, "stablehlo.divide": 1},
        varies=True,
    ),
)
