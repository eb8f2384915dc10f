"""Attributes are read as typed data, as MLIR's own parser has them."""

from __future__ import annotations

from litert_ir.isolation.worker import shared_worker
from tests.stablehlo.mlir import reading

call = shared_worker().call

PRODUCT = """
func.func @main(%x: tensor<5x2x3xf32>, %y: tensor<5x3x4xf32>) -> tensor<5x2x4xf32> {
  %0 = stablehlo.dot_general %x, %y, batching_dims = [0] x [0], contracting_dims = [2] x [1]
      : (tensor<5x2x3xf32>, tensor<5x3x4xf32>) -> tensor<5x2x4xf32>
  return %0 : tensor<5x2x4xf32>
}"""
CONVOLUTION = """
func.func @main(%x: tensor<1x3x9x8xf32>, %w: tensor<2x2x3x4xf32>) -> tensor<1x8x7x4xf32> {
  %0 = stablehlo.convolution(%x, %w)
      dim_numbers = [b, f, 1, 0]x[0, 1, i, o]->[b, 1, 0, f], window = {stride = [1, 1]}
      {batch_group_count = 1 : i64, feature_group_count = 1 : i64}
      : (tensor<1x3x9x8xf32>, tensor<2x2x3x4xf32>) -> tensor<1x8x7x4xf32>
  return %0 : tensor<1x8x7x4xf32>
}"""
GATHER = """
func.func @main(%x: tensor<7x5x3xf32>, %i: tensor<7x4x1xi32>) -> tensor<7x4x3xf32> {
  %0 = "stablehlo.gather"(%x, %i) <{
    dimension_numbers = #stablehlo.gather<
      offset_dims = [2], collapsed_slice_dims = [1], operand_batching_dims = [0],
      start_indices_batching_dims = [0], start_index_map = [1], index_vector_dim = 2>,
    slice_sizes = array<i64: 1, 1, 3>}>
      : (tensor<7x5x3xf32>, tensor<7x4x1xi32>) -> tensor<7x4x3xf32>
  return %0 : tensor<7x4x3xf32>
}"""
SCATTER = """
func.func @main(%x: tensor<7x5x3xf32>, %i: tensor<7x4x1xi32>, %u: tensor<7x4x3xf32>)
    -> tensor<7x5x3xf32> {
  %0 = "stablehlo.scatter"(%x, %i, %u) <{
    scatter_dimension_numbers = #stablehlo.scatter<
      update_window_dims = [2], inserted_window_dims = [1], input_batching_dims = [0],
      scatter_indices_batching_dims = [0], scatter_dims_to_operand_dims = [1],
      index_vector_dim = 2>}> ({
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %1 = stablehlo.add %a, %b : tensor<f32>
    stablehlo.return %1 : tensor<f32>
  }) : (tensor<7x5x3xf32>, tensor<7x4x1xi32>, tensor<7x4x3xf32>) -> tensor<7x5x3xf32>
  return %0 : tensor<7x5x3xf32>
}"""
COMPARISONS = """
func.func @main(%x: tensor<2xf32>) -> tensor<2xi1> {
  %0 = chlo.broadcast_compare %x, %x {comparison_direction = #chlo<comparison_direction NE>}
      : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
  %1 = stablehlo.compare GE, %x, %x : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
  %2 = stablehlo.compare LT, %x, %x, TOTALORDER
      : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
  %3 = stablehlo.compare LT, %x, %x, FLOAT : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
  return %2 : tensor<2xi1>
}"""
TRANSFORM = """
func.func @main(%x: tensor<8xf32>) -> tensor<5xcomplex<f32>> {
  %0 = stablehlo.fft %x, type = RFFT, length = [8] : (tensor<8xf32>) -> tensor<5xcomplex<f32>>
  return %0 : tensor<5xcomplex<f32>>
}"""
TENSORFLOW = """
func.func @main(%x: tensor<2xf32>, %y: tensor<2xf32>) -> tensor<2xf32> {
  %0 = "tf.First"(%x, %y) <{axis = 1 : i64, text = "a}> {b} : (c"}> {device = "}> : (d"}
      : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %1 = "tf.Second"(%0) {device = "<{e"} : (tensor<2xf32>) -> tensor<2xf32>
  %2 = "tf.Third"(%1) <{shape = #tf_type.shape<2x3>}> : (tensor<2xf32>) -> tensor<2xf32>
  return %2 : tensor<2xf32>
}"""
CONSTANTS = """
func.func @main() {
  %0 = stablehlo.constant dense<[1.5, -2.0]> : tensor<2xbf16>
  %1 = stablehlo.constant dense<[[1], [-8]]> : tensor<2x1xi4>
  %2 = stablehlo.constant dense<[true, false, true]> : tensor<3xi1>
  %3 = stablehlo.constant dense<3> : tensor<2xui64>
  %4 = stablehlo.constant dense<> : tensor<0x2xf32>
  %5 = stablehlo.constant dense<7.0> : tensor<bf16>
  return
}"""
SCOPES = """
func.func @main() {
  %0 = stablehlo.constant dense<1> : tensor<i32> loc("jit(call)/jit(main)/model/dense/add"(unknown))
  %1 = stablehlo.constant dense<1> : tensor<i32> loc("model/jit(f)/add@__inference")
  %2 = stablehlo.constant dense<1> : tensor<i32> loc("add")
  return
}"""


def test_the_dimension_numbers_of_products() -> None:
    (found,) = call(reading.dimensions, PRODUCT)
    assert (found.lhs_batching, found.rhs_batching) == ((0,), (0,))
    assert (found.lhs_contracting, found.rhs_contracting) == ((2,), (1,))
    assert call(reading.dot_attribute, found) == (
        "#stablehlo.dot<lhs_batching_dimensions = [0], rhs_batching_dimensions = [0], "
        "lhs_contracting_dimensions = [2], rhs_contracting_dimensions = [1]>"
    )


def test_the_dimension_numbers_of_convolutions() -> None:
    (found,) = call(reading.dimensions, CONVOLUTION)
    assert found.inputs == (0, 1, 3, 2)
    assert found.kernel == (3, 2, 0, 1)
    assert found.outputs == (0, 3, 2, 1)


def test_the_dimension_numbers_of_gathers() -> None:
    (found,) = call(reading.dimensions, GATHER)
    assert (found.offset_dims, found.collapsed_slice_dims) == ((2,), (1,))
    assert (found.operand_batching_dims, found.start_indices_batching_dims) == ((0,), (0,))
    assert (found.start_index_map, found.index_vector_dim) == ((1,), 2)


def test_the_dimension_numbers_of_scatters() -> None:
    (found,) = call(reading.dimensions, SCATTER)
    assert (found.update_window_dims, found.inserted_window_dims) == ((2,), (1,))
    assert (found.input_batching_dims, found.scatter_indices_batching_dims) == ((0,), (0,))
    assert (found.scatter_dims_to_operand_dims, found.index_vector_dim) == ((1,), 2)


def test_the_directions_of_comparisons_in_two_dialects() -> None:
    broadcasting, *others = call(reading.directions, COMPARISONS)
    assert broadcasting == ("chlo.broadcast_compare", "NE")
    assert [direction for _, direction in others] == ["GE", "LT", "LT"]


def test_comparisons_in_total_order() -> None:
    assert call(reading.total_orders, COMPARISONS) == [False, True, False]


def test_the_kinds_of_fourier_transforms() -> None:
    assert call(reading.transforms, TRANSFORM) == ["RFFT"]


def test_properties_of_unregistered_operations_are_read_whatever_is_in_them() -> None:
    first, second, third = call(reading.properties_printed, TENSORFLOW)
    assert first == {"axis": "1 : i64", "text": '"a}> {b} : (c"', "device": '"}> : (d"'}
    assert second == {"device": '"<{e"'}
    assert third == {"shape": "#tf_type.shape<2x3>"}


def test_the_elements_of_constants_of_each_kind() -> None:
    found = call(reading.constants, CONSTANTS)
    assert [item.tolist() for item in found] == [
        *([1.5, -2.0], [[1], [-8]], [True, False, True], [3, 3], [], 7.0),
    ]
    dtypes = ["bfloat16", "int4", "bool", "uint64", "float32", "bfloat16"]
    assert [item.dtype.name for item in found] == dtypes


def test_scopes_are_without_the_functions_that_jax_compiles() -> None:
    assert call(reading.scopes, SCOPES) == ["model/dense/add", "model/jit(f)/add", ""]
