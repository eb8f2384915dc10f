"""What models compute from positions is right at lengths far from those that were traced."""

from __future__ import annotations

import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import pytest

import litert_ir as lir
from tests.dynamic.comparison import Exported
from tests.dynamic.dynamic_case import DynamicCase
from tests.dynamic.exports import exported
from tests.dynamic.table import TABLE

NAMES = (
    "text-biases-in-buckets",
    "text-biases-in-buckets-before",
    "text-linear-biases",
    "text-positions-chunks",
    "text-positions-counted-waves",
    "text-positions-from-the-end",
    "text-positions-from-the-middle",
    "text-positions-learned-waves",
    "text-positions-own-waves",
    "text-positions-part-of-the-way",
    "text-positions-rotary",
    "text-positions-running-mean",
    "text-positions-waves",
)
CASES = [pytest.param(case, id=case.name) for case in TABLE if case.name in NAMES]
LENGTHS = (1, 2, 7, 45, 200, 1105)


def test_all_rows_are_there() -> None:
    assert len(CASES) == len(NAMES)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_the_first_strategy_converts_it_for_all_lengths(case: DynamicCase, tmp_path: Path) -> None:
    file = exported(case, tmp_path / "model.tflite", strategies=[lir.StableHLO()])
    assert isinstance(file, Exported), file
    for length in LENGTHS:
        assert not file.faults_at(((2, length),))
