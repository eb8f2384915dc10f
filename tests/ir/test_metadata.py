"""The metadata of a plan: what they can hold, and which tensors they fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from litert_ir.errors import OptionsError, PlanError
from litert_ir.ir.described_tensors import completed, misfits, named
from litert_ir.ir.metadata import (
    Bounds,
    ColorSpace,
    InputMetadata,
    Metadata,
    Normalization,
    OutputMetadata,
    single_precision,
)
from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.tensor import DType, DynamicDim, TensorSpec
from litert_ir.testing.strategies import plans

SOMETHING: Any = 3
IMAGES = TensorSpec(name="images", shape=(DynamicDim("batch"), 8, 8, 3), dtype=DType.FLOAT32)
SCORES = TensorSpec(name="scores", shape=(DynamicDim("batch"), 3), dtype=DType.FLOAT32)
CLASSES = TensorSpec(name="classes", shape=(DynamicDim("batch"),), dtype=DType.INT32)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_numbers_are_those_of_float32_in_few_digits(number: float) -> None:
    kept = single_precision(number)
    assert np.float32(kept) == np.float32(number)
    assert single_precision(kept) == kept
    assert len(repr(kept)) <= max(len(repr(float(str(np.float32(number))))), len("-1.0e-45")) + 2


@pytest.mark.parametrize(
    "make",
    [
        lambda: Normalization(float("nan")),
        lambda: Normalization(1e39),
        lambda: Normalization(0, 0),
        lambda: Normalization((1, 2), (1, 2, 3)),
        lambda: Normalization((), 1),
        lambda: Normalization("1"),
        lambda: Bounds(1, 0),
        lambda: Bounds((0, 0), (1, -1)),
        lambda: OutputMetadata(labels="cat"),
        lambda: OutputMetadata(labels=("cat\ndog",)),
        lambda: OutputMetadata(labels=(1,)),
        lambda: OutputMetadata(labels=("\ud800",)),
        lambda: InputMetadata(SOMETHING),
        lambda: InputMetadata(description="a\0b"),
        lambda: Metadata(name=SOMETHING),
        lambda: Metadata(inputs=(OutputMetadata(),)),
        lambda: Metadata(inputs=(InputMetadata("a"), InputMetadata("a"))),
        lambda: Metadata(outputs="scores"),
    ],
)
def test_what_metadata_cannot_hold_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(OptionsError) as caught:
        make()
    assert caught.value.where.startswith("metadata")
    assert caught.value.expected


@pytest.mark.parametrize(
    ("metadata", "where", "received"),
    [
        (
            Metadata(inputs=InputMetadata("image")),
            "metadata.inputs",
            "'image', which may be 'images'",
        ),
        (Metadata(outputs=OutputMetadata()), "metadata.outputs", "none, where there are 2"),
        (
            Metadata(inputs=InputMetadata(normalization=Normalization((1, 2), 1))),
            "metadata.inputs['images'].normalization",
            "2 numbers",
        ),
        (
            Metadata(outputs=OutputMetadata("classes", bounds=Bounds((0, 0), 1))),
            "metadata.outputs['classes'].bounds",
            "2 numbers",
        ),
        (
            Metadata(inputs=InputMetadata(color_space=ColorSpace.GRAYSCALE)),
            "metadata.inputs['images'].color_space",
            str(IMAGES),
        ),
        (
            Metadata(outputs=OutputMetadata("scores", labels=("a", "b"))),
            "metadata.outputs['scores'].labels",
            "2",
        ),
    ],
)
def test_what_does_not_fit_the_tensors(metadata: Metadata, where: str, received: str) -> None:
    outputs = (SCORES, CLASSES)
    (problem,) = misfits(named(metadata, (IMAGES,), outputs), (IMAGES,), outputs)
    assert (problem.path, problem.received) == (where, received)


def test_what_fits() -> None:
    metadata = Metadata(
        inputs=InputMetadata(normalization=Normalization((1, 2, 3), 4), color_space=ColorSpace.RGB),
        outputs=[
            OutputMetadata("classes", labels=("any", "number")),
            OutputMetadata("scores", labels=("a", "b", "c"), bounds=Bounds(0, 1)),
        ],
    )
    known = named(metadata, (IMAGES,), (SCORES, CLASSES))
    assert not list(misfits(known, (IMAGES,), (SCORES, CLASSES)))
    assert [item.name for item in known.inputs] == ["images"]
    assert [item.name for item in known.outputs] == ["scores", "classes"]


def test_a_default_fills_in_what_is_not_said() -> None:
    default = InputMetadata("images", normalization=Normalization(1, 2), color_space=ColorSpace.RGB)
    assert completed(Metadata(), default).inputs == (default,)
    own = InputMetadata("images", normalization=Normalization(3, 4))
    (both,) = completed(Metadata(inputs=own), default).inputs
    assert both == attrs.evolve(default, normalization=Normalization(3, 4))


@given(plans())
def test_a_plan_has_no_metadata_of_tensors_that_are_not_its_own(plan: ExportPlan) -> None:
    strange = Metadata(outputs=OutputMetadata("no such output"))
    with pytest.raises(PlanError, match="describe other tensors"):
        attrs.evolve(plan, metadata=strange)


@given(plans())
def test_a_plan_keeps_metadata_of_its_tensors(plan: ExportPlan) -> None:
    name = plan.inputs[0].name
    said = InputMetadata(name, normalization=Normalization(0.1, 1 / 3), bounds=Bounds(-1, 1e-3))
    full = attrs.evolve(plan, metadata=attrs.evolve(plan.metadata, inputs=said))
    assert ExportPlan.from_json(full.to_json()) == full
    assert full.fingerprint != plan.fingerprint
    assert f"{name}: (x - 0.1) / 0.33333334; -1 .. 0.001" in str(full)
