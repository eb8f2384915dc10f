"""Every model of the table converts, and its file is right at every size that the plan allows."""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.dynamic.comparison import Exported
from tests.dynamic.drawn_sizes import drawn_shapes, faults_of
from tests.dynamic.dynamic_case import DynamicCase
from tests.dynamic.exports import exported
from tests.dynamic.table import TABLE
from tests.quick_share import quick_share

CASES = {case.name: case for case in TABLE}
NAMES = quick_share(CASES, one_of=16, but=[case.name for case in TABLE if case.slow])


@pytest.fixture(scope="module", params=NAMES)
def case(request: pytest.FixtureRequest) -> DynamicCase:
    return CASES[request.param]


@pytest.fixture(scope="module")
def file(case: DynamicCase, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """The case's file, made once for its tests, which follow one another.

    A case that may be refused, and is, has no more to show.
    """
    found = exported(case, tmp_path_factory.mktemp(case.name) / "model.tflite")
    if isinstance(found, Exported):
        return found
    assert case.refused, found
    assert case.refused in found
    pytest.skip(case.refused)


def test_the_file_is_right_at_sizes_that_the_model_is_made_for(
    case: DynamicCase, file: Exported
) -> None:
    for shapes in case.runs_at:
        assert not faults_of(file.plan, shapes)
        assert not file.faults_at(shapes)


@settings(
    max_examples=6,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # smaller sizes say no more, and each takes time
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_the_file_is_right_at_any_size_within_the_plan(
    case: DynamicCase, file: Exported, data: st.DataObject
) -> None:
    shapes = data.draw(drawn_shapes(file.plan, case.largest))
    assert not file.faults_at(shapes)


def test_the_table_has_as_many_kinds_as_it_promises() -> None:
    assert len({case.name for case in TABLE}) == len(TABLE) >= 60
    assert sum(bool(case.refused) for case in TABLE) <= 2
