from __future__ import annotations

import json
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from litert_ir.errors import PlanError
from litert_ir.ir.estimate import FileEstimate, Layout, estimate_for, layout_for, stored_bytes
from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.quantization import Precision
from litert_ir.testing.strategies import plans

MIB, GIB = 2**20, 2**30
SIZES = st.integers(0, 2**36)


@given(SIZES)
def test_float_weights_are_stored_as_they_are_and_never_held_twice(weight_bytes: int) -> None:
    estimate = estimate_for(weight_bytes, Precision.FLOAT)
    assert estimate.size_bytes == weight_bytes
    assert estimate.peak_bytes < 150 * MIB


@given(SIZES, st.sampled_from(Precision))
def test_narrower_weights_make_smaller_files(weight_bytes: int, precision: Precision) -> None:
    estimate = estimate_for(weight_bytes, precision)
    assert estimate.size_bytes == stored_bytes(weight_bytes, precision) <= weight_bytes
    assert estimate.layout is layout_for(estimate.size_bytes)


@given(SIZES, SIZES, st.sampled_from(Precision))
def test_more_weights_never_take_less(first: int, second: int, precision: Precision) -> None:
    less, more = (estimate_for(size, precision) for size in sorted((first, second)))
    assert less.size_bytes <= more.size_bytes
    assert less.peak_bytes <= more.peak_bytes


@pytest.mark.parametrize(
    ("precision", "size"),
    [
        (Precision.FLOAT, 8 * GIB),
        (Precision.FLOAT16_WEIGHTS, 4 * GIB),
        (Precision.DYNAMIC_RANGE, 2 * GIB),
        (Precision.INTEGER, 2 * GIB),
        (Precision.INTEGER_16X8, 2 * GIB),
    ],
)
def test_sizes_by_precision(precision: Precision, size: int) -> None:
    assert estimate_for(8 * GIB, precision).size_bytes == size


@pytest.mark.parametrize(
    ("size", "layout"),
    [
        (0, Layout.INLINE),
        (2 * GIB - MIB - 1, Layout.INLINE),
        (2 * GIB - MIB, Layout.OFFSET),
        (2 * GIB, Layout.OFFSET),
    ],
)
def test_one_flatbuffer_ends_safely_below_two_gib(size: int, layout: Layout) -> None:
    assert layout_for(size) is layout


@pytest.mark.parametrize("field", ["size_bytes", "peak_bytes"])
def test_sizes_are_not_negative(field: str) -> None:
    sizes: dict[str, Any] = {"size_bytes": 8, "peak_bytes": 8, field: -1}
    with pytest.raises(ValueError, match=field):
        FileEstimate(layout=Layout.INLINE, **sizes)


@given(plans(), st.sampled_from(Layout))
def test_a_plan_prints_its_estimate_in_one_line(plan: ExportPlan, layout: Layout) -> None:
    estimate = FileEstimate(layout=layout, size_bytes=3 * MIB, peak_bytes=GIB)
    where = {Layout.INLINE: "one flatbuffer", Layout.OFFSET: "weights behind the flatbuffer"}
    line = (
        f"  estimate   about 3.0 MiB file ({where[layout]}), "
        "about 1.00 GiB of extra memory while converting"
    )
    assert line in str(attrs.evolve(plan, estimate=estimate)).splitlines()
    without = str(attrs.evolve(plan, estimate=None)).splitlines()
    assert not any(text.startswith("  estimate ") for text in without)


def told(plan: ExportPlan) -> dict[str, Any]:
    """The fields of a plan's JSON that only inform."""
    about: dict[str, Any] = json.loads(plan.to_json()).get("about", {})
    return about


@given(plans())
def test_json_has_an_estimate_only_where_there_is_one(plan: ExportPlan) -> None:
    assert ("estimate" in told(plan)) is (plan.estimate is not None)
    estimated = attrs.evolve(plan, estimate=estimate_for(8, Precision.FLOAT))
    assert told(estimated)["estimate"] == {
        "layout": "inline",
        "size_bytes": 8,
        "peak_bytes": 120_000_008,
    }
    assert ExportPlan.from_json(estimated.to_json()) == estimated
    assert estimated.fingerprint == attrs.evolve(plan, estimate=None).fingerprint


@pytest.mark.parametrize(
    "damaged",
    [
        {"layout": "elsewhere", "size_bytes": 8, "peak_bytes": 8},
        {"layout": "inline", "size_bytes": -8, "peak_bytes": 8},
        {"layout": "inline", "size_bytes": "8", "peak_bytes": 8},
        {"layout": "inline", "size_bytes": 8},
        [],
    ],
)
@settings(max_examples=5)
@given(plan=plans())
def test_a_damaged_estimate_is_refused(plan: ExportPlan, damaged: object) -> None:
    about = {**told(plan), "estimate": damaged}
    text = json.dumps({**json.loads(plan.to_json()), "about": about})
    with pytest.raises(PlanError, match="damaged"):
        ExportPlan.from_json(text)
