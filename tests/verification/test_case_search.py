"""Sizes and values that a model accepts, within what they may cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import pytest

from litert_ir import DynamicDim, ExportPlan
from litert_ir.ir.dimensions import BATCH_NAME, shapes_with
from litert_ir.samples.forms import Sample
from litert_ir.verification import case_search
from litert_ir.verification.case_search import CaseSearch
from litert_ir.verification.case_sizes import verification_sizes
from tests.verification.sized_plans import plan_with

PLAN = plan_with((DynamicDim(BATCH_NAME), DynamicDim("length")))


@attrs.define
class Clock:
    """What `time.perf_counter` says, as far as a model makes it go on."""

    now: float = 0.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(case_search, "time", made)
    return made


def zeros(shapes: Any) -> Sample:
    return tuple(np.zeros(shape, np.float32) for shape in shapes)


def searched(
    run: Callable[[Sample], Sample], plan: ExportPlan = PLAN, draws: Any = (zeros,)
) -> CaseSearch:
    search = CaseSearch(plan, run, draws)
    search.search(verification_sizes(plan))
    return search


def lengths(search: CaseSearch) -> list[int]:
    return [inputs[0].shape[1] for inputs, _ in search.found]


def batches(search: CaseSearch) -> set[int]:
    return {inputs[0].shape[0] for inputs, _ in search.found}


def refusing(condition: Callable[[int], bool]) -> Callable[[Sample], Sample]:
    def run(inputs: Sample) -> Sample:
        if condition(inputs[0].shape[1]):
            raise ValueError("not of this length")
        return inputs

    return run


@pytest.mark.usefixtures("clock")
def test_a_quick_model_is_compared_beyond_what_is_traced() -> None:
    search = searched(lambda inputs: inputs)
    assert (lengths(search)[:3], lengths(search)[-1] > 1031) == ([1, 2, 9], True)
    assert batches(search) == {1, 3}
    assert (search.refusals, search.left_out) == ([], "")


@pytest.mark.parametrize("exponent", [1, 2])
def test_a_slow_model_is_compared_at_small_sizes(clock: Clock, exponent: int) -> None:
    def run(inputs: Sample) -> Sample:
        clock.now += 1e-3 * inputs[0].size ** exponent
        return inputs

    search = searched(run)
    assert search.left_out.startswith("batch 1; length ")
    assert batches(search) == {1, 3}
    assert clock.now < 4


def test_first_runs_that_prepare_do_not_count(clock: Clock) -> None:
    seen = set()

    def run(inputs: Sample) -> Sample:
        clock.now += 1e-3 if inputs[0].shape in seen else 0.12
        seen.add(inputs[0].shape)
        return inputs

    assert lengths(searched(run))[-1] > 1031


def test_larger_sizes_are_tried_until_the_model_accepts_them() -> None:
    search = searched(refusing(lambda length: length < 400))
    assert lengths(search)[0] == 519
    assert batches(search) == {1, 3}
    assert search.refusals[0] == "batch 1; length 1: ValueError: not of this length"


def test_nothing_compared_is_no_case() -> None:
    search = searched(lambda inputs: (inputs[0][:, 100:],))
    assert min(lengths(search)) > 100
    assert "length 2: output 'scores' is empty" in search.refusals[1]


def test_powers_of_two_are_for_models_that_take_nothing_else() -> None:
    search = searched(refusing(lambda length: length % 32 > 0))
    assert lengths(search) == [32, 32]
    assert batches(search) == {1, 3}


def test_the_maximum_is_compared_at() -> None:
    plan = plan_with((DynamicDim(BATCH_NAME), DynamicDim("length", minimum=5, maximum=64)))
    found = lengths(searched(lambda inputs: inputs, plan))
    assert (found[0], found[-1]) == (5, 64)


def test_other_values_are_drawn_where_the_first_are_refused() -> None:
    def tens(shapes: Any) -> Sample:
        return tuple(np.full(shape, 10, np.float32) for shape in shapes)

    def run(inputs: Sample) -> Sample:
        if inputs[0].max() > 5:
            raise IndexError("beyond the table")
        return inputs

    search = searched(run, draws=(tens, zeros))
    assert (search.refusals, search.draws) == ([], (zeros,))
    assert lengths(search)[0] == 1


def test_nan_is_accepted_where_no_other_values_are_left() -> None:
    def ones(shapes: Any) -> Sample:
        return tuple(np.ones(shape, np.float32) for shape in shapes)

    def run(inputs: Sample) -> Sample:
        return tuple(np.where(array > 0, np.nan, array) for array in inputs)

    better = searched(run, draws=(ones, zeros))
    assert not any(np.isnan(outputs[0]).any() for _, outputs in better.found)
    assert all(np.isnan(outputs[0]).all() for _, outputs in searched(run, draws=(ones,)).found)


def test_the_batch_alone_has_two_cases() -> None:
    plan = plan_with((DynamicDim(BATCH_NAME), 4))
    search = searched(lambda inputs: inputs, plan)
    shapes = [tuple(array.shape for array in inputs) for inputs, _ in search.found]
    assert shapes == [shapes_with(plan.inputs, {BATCH_NAME: batch}) for batch in (1, 3)]


def test_images_are_far_along_one_side_at_a_time() -> None:
    plan = plan_with((1, DynamicDim("height"), DynamicDim("width")))
    search = searched(lambda inputs: inputs, plan)
    assert max(inputs[0].size for inputs, _ in search.found) <= 2**18
    for axis in (1, 2):
        assert max(inputs[0].shape[axis] for inputs, _ in search.found) > 1031
    assert search.left_out == ""
