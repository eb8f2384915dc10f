"""What is found in two files gives back what stands in both."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from litert_ir.stablehlo.dynamic_shapes.aligned_tensor import AlignedTensor, Array, Sizes
from litert_ir.stablehlo.dynamic_shapes.bands import Band
from litert_ir.stablehlo.dynamic_shapes.computed_sizes import Dim, Size
from litert_ir.stablehlo.dynamic_shapes.size_finder import SizeFinder
from litert_ir.stablehlo.dynamic_shapes.value_patterns import (
    Counting,
    Elements,
    Everywhere,
    Irregular,
    Merged,
    Partly,
    Pattern,
    Repeated,
    pattern_of,
    taken_apart,
)

DTYPES = st.sampled_from([np.dtype(name) for name in ("int32", "int64", "float32", "bool", "int8")])
SIZES = st.tuples(st.integers(2, 40), st.integers(2, 40)).filter(lambda pair: pair[0] != pair[1])


def tensor(index: int, *dims: Sizes) -> AlignedTensor:
    """A tensor that is computed."""
    return AlignedTensor(
        index=index,
        name=f"t{index}",
        dtype="float32",
        shapes=tuple(tuple(dim[side] for dim in dims) for side in (0, 1)),
        contents=(None, None),
    )


def value(size: Size, tensors: tuple[AlignedTensor, ...], side: int) -> int:
    """What a size is in one of the files."""
    return size.value(lambda dim: tensors[dim.tensor].dims[dim.axis][side])


@given(st.lists(SIZES, max_size=3), st.lists(SIZES, max_size=3), st.lists(SIZES), SIZES)
def test_a_size_that_is_found_has_both_values(
    inputs: list[Sizes], near: list[Sizes], results: list[Sizes], sizes: Sizes
) -> None:
    tensors = tuple(tensor(index, *dims) for index, dims in enumerate((inputs, near, results)))
    finder = SizeFinder(tensors[:1])
    finder.add_results(tensors[2:])
    found = finder.find(sizes, tensors[1:2])
    if found is not None:
        assert (value(found, tensors, 0), value(found, tensors, 1)) == sizes


@given(SIZES, SIZES, st.integers(1, 6))
def test_dimensions_their_multiples_products_and_quotients_are_found(
    one: Sizes, other: Sizes, times: int
) -> None:
    finder = SizeFinder([tensor(0, one, other)])
    assert finder.find(one) == Size((Dim(0, 0),))
    for base in (one, (one[0] * other[0], one[1] * other[1])):
        assume(base[0] != base[1])
        assert finder.find((base[0] * times, base[1] * times)) is not None
    multiple = (one[0] * times, one[1] * times)
    assert SizeFinder([tensor(0, multiple)]).find(one) is not None
    last = SizeFinder([tensor(0, one)]).find((one[0] - 1, one[1] - 1))
    assert last is None or value(last, (tensor(0, one),), 0) == one[0] - 1


def test_inputs_come_before_what_is_near_and_that_before_all_others() -> None:
    sizes = (2, 3)
    finder = SizeFinder([tensor(0, (7, 11), sizes)])
    finder.add_results([tensor(1, sizes)])
    assert finder.find(sizes, [tensor(2, sizes)]) == Size((Dim(0, 1),))
    finder = SizeFinder([tensor(0, (7, 11))])
    finder.add_results([tensor(1, (5, 5), sizes)])
    assert finder.find(sizes, [tensor(2, sizes)]) == Size((Dim(2, 0),))
    assert finder.find(sizes) == Size((Dim(1, 1),))
    assert finder.find((14, 33), [tensor(2, sizes)]) == Size((Dim(0, 0), Dim(2, 0)))
    assert finder.find((6, 10)) == Size((Dim(0, 0),), plus=-1)
    assert finder.find((5, 5 + 3)) is None


def band_values(band: Band, shape: tuple[int, ...]) -> Array:
    """The values inside and outside a band."""
    places = np.indices(shape)
    distance = places[band.column] - places[band.row]
    low, high = (
        -math.inf if band.low is None else band.low,
        math.inf if band.high is None else band.high,
    )
    return np.where((distance >= low) & (distance <= high), band.inside, band.outside)


def counted_values(pattern: Counting, shape: tuple[int, ...], side: int) -> Array:
    """The numbers that a counting stands for."""
    axis = pattern.axis
    along = [-1 if at == axis else 1 for at in range(len(shape))]
    once = tuple(1 if at == axis else size for at, size in enumerate(shape))
    start, step = (values_by(part, once, side) for part in (pattern.start, pattern.step))
    return start + np.arange(shape[axis]).reshape(along) * step


def merged_values(pattern: Merged, shape: tuple[int, ...], side: int) -> Array:
    """The values along an axis that is two in one."""
    apart = taken_apart(shape, pattern.axis, pattern.apart, side)
    return values_by(pattern.pattern, apart, side).reshape(shape)


def numbers_of_a_size(pattern: Partly | Everywhere, shape: tuple[int, ...], side: int) -> Array:
    """A number for each size, in all places or some."""
    count = pattern.count[side]
    if isinstance(pattern, Partly):
        return np.where(pattern.places, count, pattern.values)
    return np.full(shape, pattern.factor * count**pattern.power)


def values_by(pattern: Pattern, shape: tuple[int, ...], side: int) -> Array:
    """The values that a pattern stands for."""
    match pattern:
        case Repeated(values):
            return np.broadcast_to(values, shape)
        case Counting():
            return counted_values(pattern, shape, side)
        case Merged():
            return merged_values(pattern, shape, side)
        case Partly() | Everywhere():
            return numbers_of_a_size(pattern, shape, side)
        case Band():
            return band_values(pattern, shape)
        case Elements(elements):
            return np.array([element[side] for element in elements]).reshape(pattern.shape)
        case _:
            raise AssertionError(pattern)


@st.composite
def constants(draw: st.DrawFn) -> tuple[Array, Array]:
    """Two constants of one rank and type, often with much in common."""
    rank = draw(st.integers(0, 3))
    dims = [draw(st.sampled_from([(1, 1), (2, 2), (2, 3), (1, 2), (4, 2)])) for _ in range(rank)]
    dtype = draw(DTYPES)
    shared = [draw(st.booleans()) for _ in range(rank)]
    elements = st.sampled_from([0, 1, 2, 3]) if dtype != np.bool_ else st.booleans()
    small = [max(pair) if share else 1 for pair, share in zip(dims, shared, strict=True)]
    base = draw(hnp.arrays(dtype, tuple(small), elements=elements))
    first, second = (
        np.broadcast_to(
            base[tuple(slice(pair[side]) for pair in dims)], [pair[side] for pair in dims]
        )
        for side in (0, 1)
    )
    return first, second + second.dtype.type(draw(st.sampled_from([0, 0, 1])))


@given(constants())
def test_a_pattern_gives_both_constants(pair: tuple[Array, Array]) -> None:
    first, second = pair
    found = pattern_of(first, second)
    if not isinstance(found, Irregular):
        np.testing.assert_array_equal(values_by(found, first.shape, 0), first)
        np.testing.assert_array_equal(values_by(found, second.shape, 1), second)


@given(DTYPES, st.integers(0, 2), st.lists(st.integers(1, 3), min_size=3, max_size=3), SIZES)
def test_repeated_values_are_seen(
    dtype: np.dtype[np.generic], axis: int, static: list[int], sizes: Sizes
) -> None:
    static[axis] = 1
    row = np.arange(math.prod(static)).reshape(static).astype(dtype)
    first, second = (row.repeat(size, axis=axis) for size in sizes)
    found = pattern_of(first, second)
    assert isinstance(found, Repeated)
    np.testing.assert_array_equal(found.values, row)


def test_values_are_compared_bit_by_bit() -> None:
    nan = np.full((2, 3), np.nan, np.float32)
    assert isinstance(pattern_of(nan, nan[:, :2]), Repeated)
    zeros = np.zeros((2, 1), np.float32)
    assert isinstance(pattern_of(zeros, np.array([[0.0], [-0.0], [0.0]], np.float32)), Irregular)


COUNTED = st.sampled_from([np.dtype(name) for name in ("int32", "int64", "float32")])
ROWS = hnp.arrays(np.int64, (1, 3), elements=st.integers(-90, 90))


@given(COUNTED, ROWS, ROWS, SIZES)
def test_counted_numbers_are_seen(
    dtype: np.dtype[np.generic], start: Array, step: Array, sizes: Sizes
) -> None:
    assume(step.any())
    first, second = ((start + np.arange(size)[:, None] * step).astype(dtype) for size in sizes)
    found = pattern_of(first, second)
    assert isinstance(found, Counting)
    assert found.axis == 0
    for part, wanted in ((found.start, start), (found.step, step)):
        assert isinstance(part, Repeated)
        np.testing.assert_array_equal(np.broadcast_to(part.values, (1, 3)), wanted)


@given(COUNTED, SIZES, SIZES, st.integers(-3, 3))
def test_positions_in_a_flattened_tensor_are_seen(
    dtype: np.dtype[np.generic], outer: Sizes, inner: Sizes, start: int
) -> None:
    first, second = (
        (start + np.arange(rows * columns)).reshape(rows, columns).astype(dtype)
        for rows, columns in zip(outer, inner, strict=True)
    )
    found = pattern_of(first, second)
    assert isinstance(found, Counting)
    assert (found.axis, found.step) == (0, Everywhere(inner))
    assert isinstance(found.start, Counting)
    assert found.start.axis == 1


COPRIME = SIZES.filter(lambda sizes: math.gcd(*sizes) == 1)


@given(COPRIME, hnp.arrays(np.float32, st.integers(2, 5), elements=st.integers(-9, 9)))
def test_blocks_that_are_repeated_along_a_merged_axis_are_seen(sizes: Sizes, block: Array) -> None:
    assume(len(set(block.tolist())) > 1)
    first, second = (np.tile(block, size) for size in sizes)
    found = pattern_of(first, second)
    assert isinstance(found, Merged)
    assert found.apart == (sizes, (len(block),) * 2)
    np.testing.assert_array_equal(values_by(found, second.shape, 1), second)


@given(COUNTED, COPRIME, st.integers(2, 5), st.booleans())
def test_counting_along_a_merged_axis_is_seen(
    dtype: np.dtype[np.generic], sizes: Sizes, times: int, outer: bool
) -> None:
    repeat = np.repeat if outer else np.tile
    first, second = (repeat(np.arange(size).astype(dtype), times) for size in sizes)
    found = pattern_of(first, second)
    assert isinstance(found, Merged)
    assert found.apart == ((sizes, (times, times)) if outer else ((times, times), sizes))
    np.testing.assert_array_equal(values_by(found, second.shape, 1), second)


@given(COUNTED, SIZES, hnp.arrays(np.bool_, (1, 5)), st.integers(1, 9))
def test_a_number_for_each_size_beside_fixed_ones_is_seen(
    dtype: np.dtype[np.generic], sizes: Sizes, places: Array, times: int
) -> None:
    assume(places.any() and not places.all())
    fixed = np.arange(5)[None]
    first, second = (np.where(places, size * times, fixed).astype(dtype) for size in sizes)
    found = pattern_of(first, second)
    assert isinstance(found, Partly)
    assert found.count == (sizes[0] * times, sizes[1] * times)
    np.testing.assert_array_equal(found.places, places)


@given(st.tuples(st.integers(1, 4096), st.integers(1, 4096)), st.integers(0, 3))
def test_a_mean_is_seen(sizes: Sizes, rank: int) -> None:
    assume(sizes[0] != sizes[1] and sizes != (1, 1))
    first, second = (np.full((1,) * rank, 1 / size, np.float32) for size in sizes)
    assert pattern_of(first, second) == Everywhere(sizes, -1.0)


@given(
    st.tuples(st.integers(20, 4096), st.integers(20, 4096), st.integers(20, 4096)),
    st.sampled_from(((1.0, 0.5), (0.5, 1.0), (-0.5, 1.0), (-1.0, 2.0), (-1.0, 2 * math.pi))),
)
def test_powers_of_sizes_are_seen(sizes: Sizes, form: tuple[float, float]) -> None:
    power, factor = form
    assume(len(set(sizes)) == len(sizes))
    assume(not is_square(sizes) and any(size % 2 for size in sizes))
    numbers = [np.full((), factor * size**power, np.float32) for size in sizes]
    assert pattern_of(*numbers) == Everywhere(sizes, power, factor)


def is_square(sizes: Sizes) -> bool:
    """Whether all roots are whole numbers, or halves."""
    return all(math.isqrt(4 * size) ** 2 == 4 * size for size in sizes)


def test_numbers_that_are_no_powers_of_sizes_are_irregular() -> None:
    found = pattern_of(*(np.full((), np.log(size), np.float32) for size in (67, 149, 446)))
    assert found == Irregular("its values differ")


def test_why_constants_are_irregular() -> None:
    table = np.cos(np.arange(12, dtype=np.float32))
    reasons = [
        found.reason
        for found in (
            pattern_of(table[:3], table[1:4]),
            pattern_of(table[:3], table[:5]),
            pattern_of(table[:3], table[1:6]),
        )
        if isinstance(found, Irregular)
    ]
    assert reasons == [
        "its values differ",
        "it is the leading part of a table or a mask, which does not tell how that goes on",
        "its values vary along a dynamic dimension",
    ]


LIMITS = st.none() | st.integers(-4, 4)
VALUES = st.sampled_from(
    [
        np.array([True, False]),
        np.array([False, True]),
        np.array([0, -1], np.int32),
        np.array([0, -np.inf], np.float32),
    ]
)


@given(
    low=LIMITS,
    high=LIMITS,
    values=VALUES,
    sizes=st.tuples(SIZES, SIZES),
    heads=st.integers(1, 3),
)
def test_masks_are_seen_where_both_sizes_show_all_their_limits(
    low: int | None,
    high: int | None,
    values: Array,
    sizes: tuple[Sizes, Sizes],
    heads: int,
) -> None:
    inside, outside = values
    band = Band(row=1, column=2, low=low, high=high, inside=inside, outside=outside)
    first, second = (band_values(band, (heads, *(pair[side] for pair in sizes))) for side in (0, 1))
    found = pattern_of(first, second)
    shortest = min(size for pair in sizes for size in pair)
    limits = [limit for limit in (low, high) if limit is not None]
    is_band = bool(limits) and limits == sorted(limits)
    if is_band and all(abs(limit) < shortest - 1 for limit in limits):
        assert isinstance(found, Band)
        assert (found.row, found.column) == (1, 2)
    if isinstance(found, Band):
        np.testing.assert_array_equal(band_values(found, first.shape), first)
        np.testing.assert_array_equal(band_values(found, second.shape), second)


def test_other_tables_of_two_values_are_no_masks() -> None:
    def pattern(function: Callable[[Array, Array], Array]) -> Pattern:
        first, second = (function(*np.indices((size, size))) for size in (7, 12))
        return pattern_of(first, second)

    assert isinstance(pattern(lambda row, column: column - row < 2), Band)
    assert isinstance(pattern(lambda row, column: column + row < 9), Irregular)
    assert isinstance(pattern(lambda row, column: (column - row) % 4 < 2), Irregular)
    assert isinstance(pattern(lambda row, column: abs(column - row)), Irregular)
    assert isinstance(pattern(lambda row, column: column - row < len(row) - 3), Irregular)
    assert isinstance(pattern(lambda row, column: column - row < len(row) + 3), Repeated)


def test_empty_constants_are_no_masks() -> None:
    first, second = (np.zeros((0, size, size), np.bool_) for size in (7, 12))
    assert isinstance(pattern_of(first, second), Irregular)
