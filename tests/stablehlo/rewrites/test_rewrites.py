"""Patterns do what further examples of them show, and keep the numbers as they were."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from litert_ir.isolation.worker import shared_worker
from tests.stablehlo.rewrites import in_child
from tests.stablehlo.rewrites.example import Example, agree, run

MODULES = tuple(
    importlib.import_module(f"{__package__}.{path.stem}")
    for path in sorted(Path(__file__).parent.glob("examples_*.py"))
)
EXAMPLES: tuple[Example, ...] = tuple(item for module in MODULES for item in module.EXAMPLES)
call = shared_worker().call


@pytest.mark.parametrize(
    "example",
    [item for item in EXAMPLES if item.after is not None],
    ids=lambda example: example.name,
)
def test_pattern_leaves_these_operations(example: Example) -> None:
    assert call(in_child.rewrite, example.before, example.patterns, example.varies) == example.after


@pytest.mark.parametrize(
    "example", [item for item in EXAMPLES if item.runs], ids=lambda example: example.name
)
def test_file_computes_what_the_module_computes(example: Example) -> None:
    inputs = example.drawn()
    if example.reference is None:
        wanted = call(in_child.interpret, example.before, inputs)
    else:
        wanted = example.reference(*inputs)
        wanted = list(wanted) if isinstance(wanted, tuple) else [wanted]
    results = run(call(in_child.file, example.before, example.varies), inputs)
    for result, array in zip(results, wanted, strict=True):
        agree(result, array, example.tolerance)
