"""What the tests of lowering share: Keras on TensorFlow, plans as text, models not to change."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

import pytest

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

from litert_ir.ir.leaves import Leaf
from litert_ir.testing import models

LeafLines = Callable[[Iterable[Leaf]], list[str]]


@pytest.fixture(scope="session")
def lines() -> LeafLines:
    """Writes leaves as ``path = name shape dtype``, one line each, in their order."""
    return lambda leaves: [f"{leaf.path} = {leaf.spec.name} {leaf.spec}" for leaf in leaves]


@pytest.fixture(scope="session")
def single_model() -> Any:
    return models.single_input_model()


@pytest.fixture(scope="session")
def dict_model() -> Any:
    return models.dict_model()


@pytest.fixture(scope="session")
def list_model() -> Any:
    return models.list_model()


@pytest.fixture(scope="session")
def nested_model() -> Any:
    return models.nested_model()
