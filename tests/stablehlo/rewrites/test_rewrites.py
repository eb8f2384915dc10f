"""Each rewrite pattern does what its example shows, and keeps the numbers as they were."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from litert_ir.backends import load_interpreter
from litert_ir.isolation.worker import shared_worker
from tests.stablehlo.rewrites import (
    examples_arithmetic,
    examples_formulas,
    examples_gathers,
    examples_layers,
    examples_masks,
    examples_normalization,
    examples_patches,
    examples_pooling,
    examples_positions,
    examples_products,
    examples_repetition,
    examples_scatters,
    examples_shapes,
    examples_spectra,
    examples_tensorflow,
    examples_truths,
    in_child,
)
from tests.stablehlo.rewrites.example import Array, Example

MODULES = (
    examples_arithmetic,
    examples_formulas,
    examples_gathers,
    examples_layers,
    examples_masks,
    examples_normalization,
    examples_patches,
    examples_pooling,
    examples_positions,
    examples_products,
    examples_repetition,
    examples_scatters,
    examples_shapes,
    examples_spectra,
    examples_tensorflow,
    examples_truths,
)
EXAMPLES: tuple[Example, ...] = tuple(item for module in MODULES for item in module.EXAMPLES)
call = shared_worker().call


def run(content: bytes, inputs: tuple[Array, ...]) -> list[Array]:
    """What a file computes, its outputs in order."""
    runner: Any = load_interpreter().Interpreter(model_content=content).get_signature_runner()
    names = sorted(runner.get_input_details())
    results = runner(**dict(zip(names, inputs, strict=True)))
    return [results[name] for name in sorted(results)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
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
    assert [result.shape for result in results] == [array.shape for array in wanted]
    for result, array in zip(results, wanted, strict=True):
        scale = float(np.abs(array[np.isfinite(array)]).max(initial=1.0))
        np.testing.assert_allclose(result, array, rtol=0, atol=example.tolerance * scale)


def test_every_pattern_has_an_example() -> None:
    shown = {example.patterns[0] for example in EXAMPLES}
    assert set(call(in_child.pattern_names)) - shown == set()
