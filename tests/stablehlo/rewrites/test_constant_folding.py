"""What the rewrite computes by itself is computed as the file would compute it."""

from __future__ import annotations

import pytest

from litert_ir.isolation.worker import shared_worker
from tests.stablehlo.rewrites import in_child
from tests.stablehlo.rewrites.example import function

call = shared_worker().call
UNARY = (
    *("abs", "cbrt", "ceil", "cosine", "exponential", "exponential_minus_one", "floor", "log"),
    *("log_plus_one", "logistic", "negate", "round_nearest_afz", "round_nearest_even", "rsqrt"),
    *("sign", "sine", "sqrt", "tan", "tanh"),
)
BINARY = (
    "add",
    "atan2",
    "divide",
    "maximum",
    "minimum",
    "multiply",
    "power",
    "remainder",
    "subtract",
)
BITS = ("and", "or", "xor", "shift_left", "shift_right_arithmetic", "shift_right_logical")


def added(body: str, kind: str = "tensor<4xf32>") -> str:
    """A module that adds its input to ``%k``, which depends on no input."""
    return function(
        f"%x: {kind}", kind, f"{body}\n%r = stablehlo.add %x, %k : {kind}\nreturn %r : {kind}"
    )


def is_computed(text: str) -> bool:
    left = call(in_child.rewrite, text, ("fold_constants",))
    assert call(in_child.constants, text, ("fold_constants",))
    return left == {"stablehlo.add": 1}


@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one_number(name: str) -> None:
    kind = "tensor<4xf32>"
    operation = f"stablehlo.{name} %c : {kind}"
    body = f"%c = stablehlo.constant dense<[0.5, 1.0, 1.5, 2.5]> : {kind}\n%k = {operation}"
    assert is_computed(added(body)) == (name not in {"cbrt"})


@pytest.mark.parametrize("name", BINARY)
def test_functions_of_two_numbers(name: str) -> None:
    body = f"""%c = stablehlo.constant dense<[0.5, 1.0, 1.5, 2.5]> : tensor<4xf32>
    %d = stablehlo.constant dense<[1.5, -1.0, 2.0, 0.25]> : tensor<4xf32>
    %k = stablehlo.{name} %c, %d : tensor<4xf32>"""
    assert is_computed(added(body)) == (name not in {"atan2"})


@pytest.mark.parametrize("name", BITS)
def test_functions_of_bits(name: str) -> None:
    body = f"""%c = stablehlo.constant dense<[5, 1, 3, 8]> : tensor<4xi32>
    %d = stablehlo.constant dense<[1, 2, 1, 3]> : tensor<4xi32>
    %k = stablehlo.{name} %c, %d : tensor<4xi32>"""
    assert is_computed(added(body, "tensor<4xi32>"))


def test_reductions_selections_and_shapes() -> None:
    body = """%i = stablehlo.iota dim = 0 : tensor<6xf32>
    %j = stablehlo.reshape %i : (tensor<6xf32>) -> tensor<2x3xf32>
    %t = stablehlo.transpose %j, dims = [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>
    %z = stablehlo.constant dense<0.0> : tensor<f32>
    %s = stablehlo.reduce(%t init: %z) applies stablehlo.add across dimensions = [1] :
        (tensor<3x2xf32>, tensor<f32>) -> tensor<3xf32>
    %p = stablehlo.pad %s, %z, low = [1], high = [0], interior = [0] :
        (tensor<3xf32>, tensor<f32>) -> tensor<4xf32>
    %q = stablehlo.reverse %p, dims = [0] : tensor<4xf32>
    %c = stablehlo.compare GT, %p, %q : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
    %n = stablehlo.not %c : tensor<4xi1>
    %m = stablehlo.select %n, %p, %q : tensor<4xi1>, tensor<4xf32>
    %k = stablehlo.clamp %z, %m, %z : (tensor<f32>, tensor<4xf32>, tensor<f32>) -> tensor<4xf32>"""
    assert is_computed(added(body))


def test_products_and_parts() -> None:
    body = """%i = stablehlo.iota dim = 1 : tensor<2x3xf32>
    %w = stablehlo.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
    %d = stablehlo.dot_general %i, %w, contracting_dims = [1] x [0] :
        (tensor<2x3xf32>, tensor<3x2xf32>) -> tensor<2x2xf32>
    %n = stablehlo.constant dense<[[1], [0]]> : tensor<2x1xi32>
    %g = "stablehlo.gather"(%d, %n) <{dimension_numbers = #stablehlo.gather<offset_dims = [1],
        collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>,
        slice_sizes = array<i64: 1, 2>}> : (tensor<2x2xf32>, tensor<2x1xi32>) -> tensor<2x2xf32>
    %s = stablehlo.slice %g [0:1, 0:2] : (tensor<2x2xf32>) -> tensor<1x2xf32>
    %b = stablehlo.broadcast_in_dim %s, dims = [0, 1] : (tensor<1x2xf32>) -> tensor<2x2xf32>
    %c = stablehlo.concatenate %g, %b, dim = 1 :
        (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x4xf32>
    %k = stablehlo.convert %c : (tensor<2x4xf32>) -> tensor<2x4xi32>"""
    assert is_computed(added(body, "tensor<2x4xi32>"))


def test_what_depends_on_an_input_stays() -> None:
    text = function(
        "%x: tensor<4xf32>",
        "tensor<4xf32>",
        """%i = stablehlo.iota dim = 0 : tensor<4xf32>
        %0 = stablehlo.multiply %i, %x : tensor<4xf32>
        %1 = stablehlo.sine %0 : tensor<4xf32>
        return %1 : tensor<4xf32>""",
    )
    left = call(in_child.rewrite, text, ("fold_constants",))
    assert left == {"stablehlo.multiply": 1, "stablehlo.sine": 1}


def test_what_would_grow_the_file_stays() -> None:
    text = function(
        "%x: tensor<400x400xf32>",
        "tensor<400x400xf32>",
        """%i = stablehlo.iota dim = 0 : tensor<400x400xf32>
        %0 = stablehlo.multiply %i, %x : tensor<400x400xf32>
        return %0 : tensor<400x400xf32>""",
    )
    assert "stablehlo.iota" in call(in_child.rewrite, text, ("fold_constants",))


def test_big_constants_are_stored_once_per_repetition() -> None:
    text = function(
        "%x: tensor<2x40x40xf32>",
        "tensor<2x40x40xf32>",
        """%i = stablehlo.iota dim = 1 : tensor<2x40x40xf32>
        %0 = stablehlo.sine %i : tensor<2x40x40xf32>
        %1 = stablehlo.multiply %0, %x : tensor<2x40x40xf32>
        return %1 : tensor<2x40x40xf32>""",
    )
    (constant,) = call(in_child.constants, text, ("fold_constants",))
    assert constant.shape == (1, 40, 1)
