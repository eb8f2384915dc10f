"""Of random models with dynamic sizes, every accepted file is right at any size within the plan."""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import pytest

from tests.dynamic.campaign import Findings, campaign


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*You are using a softmax over axis:UserWarning")
def test_what_is_accepted_is_right_at_any_size() -> None:
    found = campaign(25, 1, Findings())
    assert not found.wrong, "\n".join(found.wrong)
    assert found.models >= 20
    assert found.refusals.total() <= found.models // 2, found.refusals
