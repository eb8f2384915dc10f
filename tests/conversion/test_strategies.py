"""Each strategy, forced alone, on a model of each kind and trait."""

from __future__ import annotations

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_interpreter
from tests.conversion.exports import (
    CASES,
    STRATEGIES,
    Export,
    assert_close,
    exported,
    keras_outputs,
    random_inputs,
)

each_strategy = pytest.mark.parametrize("strategy", STRATEGIES)
each_trait = pytest.mark.parametrize("trait", CASES)


@each_strategy
@each_trait
def test_a_strategy_alone_is_accepted(trait: str, strategy: str) -> None:
    result = exported(trait, strategy).result
    assert [(a.strategy, a.outcome) for a in result.attempts] == [(strategy, lir.Outcome.ACCEPTED)]
    assert result.strategy == strategy
    assert result.plan.route == (lir.RouteStep(strategy=strategy),)
    assert result.path is not None
    assert result.size_bytes == result.path.stat().st_size


@each_strategy
@each_trait
def test_the_file_has_the_plans_interface(trait: str, strategy: str) -> None:
    export = exported(trait, strategy)
    assert [(info.name, info.shape, info.dtype) for info in export.file.inputs] == [
        (spec.name, spec.sizes, spec.dtype.value) for spec in export.plan.inputs
    ]
    assert [(info.name, info.shape, info.dtype) for info in export.file.outputs] == [
        (leaf.spec.name, leaf.spec.sizes, leaf.spec.dtype.value)
        for leaf in export.plan.output_leaves
    ]


@each_strategy
@each_trait
def test_the_subgraph_has_the_signatures_order(trait: str, strategy: str) -> None:
    export = exported(trait, strategy)
    interpreter = load_interpreter().Interpreter(model_path=str(export.file.path))
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    assert [entry["name"] for entry in inputs] == [spec.name for spec in export.plan.inputs]
    assert [entry["name"] for entry in outputs] == [
        leaf.spec.name for leaf in export.plan.output_leaves
    ]
    assert [int(entry["shape_signature"][0]) for entry in inputs] == [-1] * len(inputs)
    assert list(interpreter.get_signature_list()) == ["serving_default"]


@each_strategy
@each_trait
def test_parity_agrees_and_tells_something(trait: str, strategy: str) -> None:
    parity = exported(trait, strategy).result.parity
    assert parity is not None
    assert parity.agrees
    assert all(output.is_telling for output in parity.outputs)
    assert {shapes[0][0] for shapes in parity.input_shapes} == {1, 3}


@each_strategy
@each_trait
def test_the_file_computes_what_the_model_computes(trait: str, strategy: str) -> None:
    export = exported(trait, strategy)
    for batch in (2, 5, 1):  # up and down: the interpreter resizes its tensors each time
        inputs = random_inputs(export.plan, batch)
        assert_close(export.file.run(inputs), keras_outputs(trait, inputs))


@each_strategy
def test_dropout_and_batch_norm_run_in_inference_mode(strategy: str) -> None:
    file = exported("single", strategy).file
    row = np.full((1, 4), 3.0, np.float32)
    (alone,) = file.run({"features": row}).values()
    (again,) = file.run({"features": row}).values()
    far_off = np.concatenate([row, np.full((4, 4), -50.0, np.float32)])
    (among_others,) = file.run({"features": far_off}).values()
    np.testing.assert_array_equal(alone, again)
    np.testing.assert_allclose(among_others[:1], alone, rtol=1e-5)


@each_strategy
def test_a_pinned_batch_is_static_in_the_file(strategy: str) -> None:
    export = exported("dict", strategy, batch_size=1)
    assert [info.shape for info in export.file.inputs] == [(1, 8, 8, 3), (1, 4)]
    assert [info.shape for info in export.file.outputs] == [(1, 5), (1, 6)]
    inputs = random_inputs(export.plan, 1)
    assert_close(export.file.run(inputs), keras_outputs("dict", inputs))
    with pytest.raises(ValueError, match=r"input 'image' takes \(1, 8, 8, 3\) float32"):
        export.file.run(random_inputs(_dynamic(export), 2))


def _dynamic(export: Export) -> lir.ExportPlan:
    return lir.plan_for(export.model)


@each_strategy
def test_a_dynamic_length_stays_dynamic(strategy: str) -> None:
    export = exported("dynamic-length", strategy)
    assert [info.shape for info in export.file.inputs] == [(None, None, 4)]
    assert [info.shape for info in export.file.outputs] == [(None, None, 3)]
    for batch, length in ((2, 3), (1, 11)):
        inputs = random_inputs(export.plan, batch, length)
        assert_close(export.file.run(inputs), keras_outputs("dynamic-length", inputs))


def test_the_default_strategies_and_their_order() -> None:
    assert [s.name for s in lir.DEFAULT_STRATEGIES] == [
        "stablehlo",
        "direct",
        "concrete-function",
        "saved-model",
    ]
    assert all(isinstance(s, lir.ConversionStrategy) for s in lir.DEFAULT_STRATEGIES)
