from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from litert_ir.ir.estimate import LARGEST_FLATBUFFER, Layout
from litert_ir.stablehlo.weights.expressions import Parameter, WeightExpr
from litert_ir.stablehlo.writing.layout import (
    Place,
    fitting_layout,
    place_all,
)
from litert_ir.stablehlo.writing.payloads import Constant, Payload

SIZES = st.integers(1, 200) | st.integers(2**20, 2**33)
TABLES = st.integers(100, 10**6)


def payloads_of(constants: Sequence[int], weights: Sequence[int]) -> tuple[Payload, ...]:
    sources: list[Constant | WeightExpr] = [
        *(Constant(b"x" * size) for size in constants),
        *(Parameter(i, (size,), "int8") for i, size in enumerate(weights)),
    ]
    return tuple(Payload(index, source) for index, source in enumerate(sources))


PAYLOADS = st.builds(
    payloads_of, st.lists(st.integers(1, 200), max_size=5), st.lists(SIZES, max_size=5)
)


def places_in(table_bytes: int, payloads: tuple[Payload, ...]) -> tuple[Place, ...]:
    return place_all(table_bytes, payloads, fitting_layout(table_bytes, payloads))


@given(TABLES, PAYLOADS)
def test_parts_follow_each_other_without_overlap(
    table_bytes: int, payloads: tuple[Payload, ...]
) -> None:
    places = places_in(table_bytes, payloads)
    assert [place.payload for place in places] == list(payloads)
    position = table_bytes
    for place in places:
        assert place.start == position + place.gap == position + len(place.padding)
        position = place.end


@given(TABLES, PAYLOADS)
def test_parts_are_aligned_and_gaps_are_small(
    table_bytes: int, payloads: tuple[Payload, ...]
) -> None:
    for place in places_in(table_bytes, payloads):
        alignment = 16 if isinstance(place.payload.source, Constant) else 64
        assert place.start % alignment == 0
        assert place.gap < alignment + 4


@given(TABLES, PAYLOADS)
def test_vectors_are_within_reach_and_say_their_length(
    table_bytes: int, payloads: tuple[Payload, ...]
) -> None:
    for place in places_in(table_bytes, payloads):
        assert place.inline or isinstance(place.payload.source, Parameter)
        if place.inline:
            assert place.end <= LARGEST_FLATBUFFER
            assert place.padding[-4:] == place.payload.nbytes.to_bytes(4, "little")


@given(TABLES, st.lists(st.integers(1, 2**28), max_size=6))
def test_one_flatbuffer_wherever_there_is_room(table_bytes: int, weights: list[int]) -> None:
    layout = fitting_layout(table_bytes, payloads_of([], weights))
    total = table_bytes + sum(weights)
    if total < LARGEST_FLATBUFFER - 2**21:
        assert layout is Layout.INLINE
    if total > LARGEST_FLATBUFFER:
        assert layout is Layout.OFFSET
