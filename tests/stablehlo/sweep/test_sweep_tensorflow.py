"""Every case of the table, with Keras on TensorFlow, in this process."""

from __future__ import annotations

import pytest

from tests.quick_share import quick_share
from tests.stablehlo.sweep.attempt import outcome_of
from tests.stablehlo.sweep.table import CASES
from tests.stablehlo.sweep.tried import dynamic_cases, static_cases
from tests.stablehlo.sweep.verdicts import check, expected

BACKEND = "tensorflow"


@pytest.mark.parametrize("name", quick_share(dynamic_cases(BACKEND), one_of=6))
def test_the_file_computes_what_the_model_computes(name: str) -> None:
    check(name, outcome_of(CASES[name]), expected(BACKEND, name))


@pytest.mark.parametrize("name", quick_share(static_cases(BACKEND), one_of=8))
def test_so_it_does_with_a_fixed_batch(name: str) -> None:
    check(name, outcome_of(CASES[name], static=True), expected(BACKEND, name, static=True))
