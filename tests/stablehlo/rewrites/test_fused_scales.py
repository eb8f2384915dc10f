"""Numbers move into big weights as expressions, unless that stores a weight twice."""

from __future__ import annotations

from litert_ir.isolation.worker import shared_worker
from litert_ir.stablehlo.weights.expressions import (
    Binary,
    Parameter,
    Transpose,
    WeightExpr,
)
from tests.stablehlo.rewrites import in_child
from tests.stablehlo.rewrites.example import function

call = shared_worker().call
KIND = "tensor<2x160xf32>"
PRODUCT = """%{name} = stablehlo.dot_general %x, %w, contracting_dims = [1] x [{axis}] :
    (tensor<2x160xf32>, tensor<160x160xf32>) -> tensor<2x160xf32>
    """
HALVED = """%h = stablehlo.constant dense<0.5> : tensor<2x160xf32>
    %z = stablehlo.multiply %y, %h : tensor<2x160xf32>
    """
PER_FEATURE = """%s = stablehlo.iota dim = 1 : tensor<2x160xf32>
    %z = stablehlo.multiply %y, %s : tensor<2x160xf32>
    """


def weights_of(body: str) -> tuple[WeightExpr, ...]:
    arguments = "%w: tensor<160x160xf32>, %x: tensor<2x160xf32>"
    results = f"({KIND}, {KIND})"
    text = function(arguments, results, f"{body}\nreturn %z, %u : {KIND}, {KIND}")
    return call(in_child.weights, text, [(160, 160)])


def test_one_factor_moves_into_a_weight_of_its_own() -> None:
    (weight,) = weights_of(
        PRODUCT.format(name="y", axis=0) + HALVED + "%u = stablehlo.negate %x : tensor<2x160xf32>"
    )
    assert isinstance(weight, Binary)


def test_one_factor_does_not_double_a_weight_that_is_used_twice() -> None:
    found = weights_of(PRODUCT.format(name="y", axis=0) + HALVED + PRODUCT.format(name="u", axis=1))
    assert all(isinstance(weight, Parameter | Transpose) for weight in found)


def test_factors_per_feature_always_move() -> None:
    found = weights_of(
        PRODUCT.format(name="y", axis=0) + PER_FEATURE + PRODUCT.format(name="u", axis=1)
    )
    assert any(isinstance(weight, Binary) for weight in found)
