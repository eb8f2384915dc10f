"""The sweep covers what Keras has, and nothing stands in it twice."""

from __future__ import annotations

import ast
import functools
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from keras import activations, layers, ops

from tests.stablehlo.sweep import expectations_jax, expectations_tensorflow
from tests.stablehlo.sweep.table import ALL, CASES, MODULES

FAMILIES: Mapping[str, Any] = {
    "layers": layers,
    "activations": activations,
    "ops": ops,
    "ops.image": ops.image,
}
_ACTIVATIONS = """celu elu gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh
    leaky_relu log_sigmoid log_softmax relu6 selu silu soft_shrink softmax softplus softsign
    sparse_plus sparse_sigmoid sparsemax squareplus swish tanh_shrink threshold"""
LEFT_OUT: Mapping[str, Mapping[str, str]] = {
    "layers": {
        "no layers of their own": "Input InputLayer InputSpec Wrapper deserialize serialize",
        "functions that make a layer of the table": """add average concatenate dot maximum
            minimum multiply subtract""",
        "what they wrap is another framework's": """FlaxLayer JaxLayer TFSMLayer
            TorchModuleWrapper""",
        "their inputs are bounding boxes": "MaxNumBoundingBoxes",
    },
    "activations": {"no functions of tensors": "deserialize get serialize"},
    "ops": {
        "what keras.activations calls": _ACTIVATIONS,
        "other names": "absolute bitwise_invert conjugate left_shift right_shift",
        "no tensors, or none that depend on an input": """convert_to_numpy dtype is_tensor ndim
            size empty array allclose""",
        "for training": "custom_gradient jvp ctc_loss",
    },
    "ops.image": {"draw random numbers": "elastic_transform"},
}


def sources() -> Iterator[ast.AST]:
    for module in MODULES:
        assert module.__file__ is not None
        yield from ast.walk(ast.parse(Path(module.__file__).read_text(encoding="utf-8")))


@functools.cache
def mentioned() -> frozenset[str]:
    """Such as ``ops.image.resize``, wherever the table's modules name it."""
    return frozenset(ast.unparse(node) for node in sources() if isinstance(node, ast.Attribute))


def public(family: ModuleType) -> dict[str, Any]:
    values = {name: getattr(family, name) for name in dir(family) if not name.startswith("_")}
    return {name: value for name, value in values.items() if callable(value)}


@pytest.mark.parametrize("family", FAMILIES)
def test_everything_in_keras_is_in_the_table(family: str) -> None:
    names = public(FAMILIES[family])
    tried = [value for name, value in names.items() if f"{family}.{name}" in mentioned()]
    missing = {name for name, value in names.items() if not any(value is it for it in tried)}
    assert missing == {name for names in LEFT_OUT[family].values() for name in names.split()}


def test_names_are_unique() -> None:
    assert [name for name, count in Counter(case.name for case in ALL).items() if count > 1] == []


@pytest.mark.parametrize("table", [expectations_jax, expectations_tensorflow])
def test_what_is_expected_is_expected_of_cases(table: ModuleType) -> None:
    assert set(table.EXPECTED) <= set(CASES)
