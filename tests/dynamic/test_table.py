"""Every model of the table converts, and its file is right at every size that the plan allows."""

from __future__ import annotations

import functools
import os
import tempfile
from pathlib import Path

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

_FOLDER = tempfile.TemporaryDirectory()


@functools.cache
def export_of(case: DynamicCase) -> Exported | str:
    """The case's file, made once for all tests; or why it was refused."""
    return exported(case, Path(_FOLDER.name, f"{case.name}.tflite"))


def file_of(case: DynamicCase) -> Exported:
    """The case's file.

    A case that may be refused, and is, has no more to show.
    """
    found = export_of(case)
    if isinstance(found, Exported):
        return found
    assert case.refused, found
    assert case.refused in found
    pytest.skip(case.refused)


CASES = [
    pytest.param(case, id=case.name, marks=[pytest.mark.slow] if case.slow else [])
    for case in TABLE
]


@pytest.mark.parametrize("case", CASES)
def test_the_file_is_right_at_sizes_that_the_model_is_made_for(case: DynamicCase) -> None:
    file = file_of(case)
    for shapes in case.runs_at:
        assert not faults_of(file.plan, shapes)
        assert not file.faults_at(shapes)


@pytest.mark.parametrize("case", CASES)
@settings(
    max_examples=6,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # smaller sizes say no more, and each takes time
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_the_file_is_right_at_any_size_within_the_plan(
    case: DynamicCase, data: st.DataObject
) -> None:
    file = file_of(case)
    shapes = data.draw(drawn_shapes(file.plan, case.largest))
    assert not file.faults_at(shapes)


def test_the_table_has_as_many_kinds_as_it_promises() -> None:
    assert len({case.name for case in TABLE}) == len(TABLE) >= 60
    assert sum(bool(case.refused) for case in TABLE) <= 2
