"""Plans and files that a child process makes of a model that it loads from a file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

import litert_ir as lir
from litert_ir.errors import (
    AllStrategiesFailedError,
    ConversionError,
    ConverterCrashed,
    LiteRTIRError,
    ModelFileError,
    ModelNotBuiltError,
)
from litert_ir.runtime.interface_reader import read_interface
from tests.conversion.in_child.models import (
    Aborting,
    Failing,
    Hanging,
    TwoArguments,
    custom_model,
    keras,
)

SAMPLES = list(np.random.default_rng(1).standard_normal((20, 1, 4), "float32"))


@pytest.fixture(scope="module")
def model() -> Any:
    return custom_model()


@pytest.fixture(scope="module")
def plan(model: Any) -> lir.ExportPlan:
    return lir.plan_for(model)


@pytest.fixture(scope="module")
def child(model: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[lir.ModelInChild]:
    """A child that may be dead; what it leaves in the temporary folder is an error."""
    folder = tmp_path_factory.mktemp("temporary")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        with lir.ModelInChild(model) as opened:
            patch.undo()
            yield opened
    assert list(folder.iterdir()) == []


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "model.tflite"


def only_error(result: Callable[[], lir.ExportResult]) -> LiteRTIRError | None:
    with pytest.raises(AllStrategiesFailedError) as caught:
        result()
    (attempt,) = caught.value.attempts
    return attempt.error


def test_the_childs_plan_is_that_of_this_process(
    model: Any, plan: lir.ExportPlan, child: lir.ModelInChild
) -> None:
    found = lir.plan_for(model, through=child)
    assert attrs.evolve(found, route=plan.route) == plan
    assert [step.strategy for step in found.route] == [f"{s.strategy}-in-child" for s in plan.route]


def assert_same_file(found: Path, wanted: Path) -> None:
    """Equal interfaces, and equal numbers to the last bit, as TensorFlow numbers its scopes."""
    assert read_interface(found) == read_interface(wanted)
    inputs = {"features": np.concatenate(SAMPLES)}
    files = lir.LiteRTFile(found), lir.LiteRTFile(wanted)
    outputs, others = (file.run(inputs) for file in files)
    np.testing.assert_array_equal(outputs["scores"], others["scores"], strict=True)


@pytest.mark.parametrize("strategy", lir.DEFAULT_STRATEGIES, ids=lambda strategy: strategy.name)
def test_the_childs_file_is_that_of_this_process(
    strategy: lir.ConversionStrategy,
    model: Any,
    plan: lir.ExportPlan,
    child: lir.ModelInChild,
    tmp_path: Path,
) -> None:
    paths = tmp_path / "found.tflite", tmp_path / "wanted.tflite"
    found = lir.execute(plan, model, paths[0], strategies=(strategy,), through=child)
    wanted = lir.execute(plan, model, paths[1], strategies=(strategy,))
    assert (found.strategy, found.parity) == (f"{strategy.name}-in-child", wanted.parity)
    assert_same_file(*paths)
    if isinstance(strategy, lir.StableHLO):
        assert content_but_for(found.plan, paths[0]) == content_but_for(wanted.plan, paths[1])


def content_but_for(plan: lir.ExportPlan, path: Path) -> bytes:
    """The bytes of a file without its plan's fingerprint, which depends on the route."""
    return path.read_bytes().replace(plan.fingerprint.encode(), b"")


def test_samples_reach_the_child(model: Any, child: lir.ModelInChild, tmp_path: Path) -> None:
    paths = tmp_path / "found.tflite", tmp_path / "wanted.tflite"
    request: dict[str, Any] = {
        "options": {"optimizations": ["DEFAULT"]},
        "representative_dataset": lambda: iter(SAMPLES),
        "strategies": (lir.Direct(),),
    }
    found = lir.export(model, paths[0], through=child, **request)
    lir.export(model, paths[1], **request)
    assert found.plan.options.precision is lir.Precision.INTEGER
    assert_same_file(*paths)


def test_errors_of_a_strategy_arrive(
    model: Any, plan: lir.ExportPlan, child: lir.ModelInChild
) -> None:
    error = only_error(lambda: lir.execute(plan, model, strategies=(Failing(),), through=child))
    assert isinstance(error, ConversionError)
    assert error.summary == "It broke."
    assert error.received == "('tensorflow', 'tensorflow', 'custom', None)"
    assert "printed meanwhile" in error.native_output.splitlines()


def test_errors_of_planning_arrive(model: Any, child: lir.ModelInChild) -> None:
    with pytest.raises(lir.errors.SignatureError) as caught:
        lir.plan_for(model, input_signature=[keras.KerasTensor((None, 5))], through=child)
    (problem,) = caught.value.problems
    assert problem.path == "inputs"


def test_a_strategy_that_ends_the_child_is_a_failed_attempt(
    model: Any, plan: lir.ExportPlan, child: lir.ModelInChild, target: Path
) -> None:
    strategies = (lir.InChildProcess(Aborting(), child), lir.InChildProcess(lir.Direct(), child))
    result = lir.execute(plan, model, target, strategies=strategies)
    crash = result.attempts[0].error
    assert isinstance(crash, ConverterCrashed)
    assert (crash.signal, crash.timed_out) == ("SIGABRT", False)
    assert crash.summary == "Native code died of SIGABRT while converting with aborting."
    assert "the last words" in crash.native_output
    assert result.strategy == "direct-in-child"
    assert result.parity is not None
    assert result.parity.agrees


def test_a_strategy_may_bring_a_child_and_a_time_limit_of_its_own(
    model: Any, plan: lir.ExportPlan
) -> None:
    hanging = lir.InChildProcess(Hanging(), lir.ThroughFile(time_limit_s=0.5))
    error = only_error(lambda: lir.execute(plan, model, strategies=(hanging,)))
    assert isinstance(error, ConverterCrashed)
    assert error.timed_out


@pytest.mark.slow
@pytest.mark.parametrize("strategy", [Failing(), lir.InChildProcess(Failing())])
def test_a_strategy_runs_on_the_backend_of_its_plan(
    strategy: lir.ConversionStrategy, model: Any, plan: lir.ExportPlan
) -> None:
    """Whether the verb or the strategy brings the child."""
    made_on_jax = attrs.evolve(plan, versions=attrs.evolve(plan.versions, backend="jax"))
    request: dict[str, Any] = {"strategies": (strategy,), "through": lir.ThroughFile()}
    error = only_error(lambda: lir.execute(made_on_jax, model, **request))
    assert error is not None
    assert error.received == "('jax', 'jax', 'custom', None)"


def test_the_child_may_have_another_backend(model: Any, target: Path) -> None:
    through = lir.ThroughFile(backend="jax")
    result = lir.export(model, target, through=through)
    assert (result.strategy, result.plan.versions.backend) == ("stablehlo-in-child", "jax")
    assert result.plan.versions.tensorflow is None
    assert result.parity is not None
    assert result.parity.agrees
    assert lir.LiteRTFile(target).run({"features": SAMPLES[0]})["scores"].shape == (1, 3)


def test_what_comes_out_of_the_child_is_quantized(model: Any, target: Path) -> None:
    result = lir.export(
        model, target, quantization="float16", through=lir.ThroughFile(backend="jax")
    )
    assert result.strategy == "quantized-stablehlo-in-child"
    assert result.parity is not None
    assert result.parity.agrees


def outside_of_modules() -> Any:
    """A model of a class and a function of ``__main__`` and of a class of a function."""

    class Hidden(keras.layers.Layer):  # type: ignore[misc]  # keras has no type stubs
        def call(self, x: Any) -> Any:
            return 2.0 * x

    class OfMain(Hidden):
        pass

    def of_main(x: Any) -> Any:
        return 2.0 * x

    for item in (OfMain, of_main):
        item.__module__ = "__main__"
    return keras.Sequential(
        [keras.Input((4,)), OfMain(), Hidden(), keras.layers.Dense(2, activation=of_main)]
    )


def test_what_is_in_no_module_is_named() -> None:
    with pytest.raises(ModelFileError, match="custom classes and functions") as caught:
        lir.plan_for(outside_of_modules(), through=lir.ThroughFile(backend="jax"))
    error = caught.value
    assert error.missing == ("OfMain", "Hidden", "of_main")
    assert error.where == "OfMain, Hidden, of_main"
    assert error.received == (
        "the class 'OfMain' of __main__; "
        "the class 'Hidden' of tests.conversion.in_child.test_in_child; "
        "the function 'of_main' of __main__"
    )
    assert "register_keras_serializable" in error.advice
    assert "import_modules=" in error.advice


def test_modules_that_cannot_be_imported_are_named(model: Any) -> None:
    modules = ("tests.conversion.no_such_module",)
    through = lir.ThroughFile(import_modules=modules, backend="jax")
    with pytest.raises(ModelFileError, match="a module cannot be imported") as caught:
        lir.plan_for(model, through=through)
    assert caught.value.where == "import_modules"
    assert "tests.conversion.no_such_module: ModuleNotFoundError" in caught.value.received


@pytest.mark.slow
def test_a_model_that_only_its_call_can_build_keeps_its_weights(target: Path) -> None:
    """Before the child has its weights it is built here, and there, from the signature."""
    built = TwoArguments(name="two_arguments")
    shapes = {"query": (None, 4), "context": (None, 5), "scale": (None, 3)}
    with lir.ModelInChild(built) as opened:
        with pytest.raises(ModelNotBuiltError):
            lir.plan_for(built, through=opened)
        specs = {name: keras.InputSpec(shape=s, dtype="float32") for name, s in shapes.items()}
        plan = lir.plan_for(built, input_signature=specs, through=opened)
        assert len(built.weights) == 4
        result = lir.execute(plan, built, target, through=opened)
    assert plan == attrs.evolve(lir.plan_for(built, input_signature=specs), route=plan.route)
    assert result.parity is not None
    assert result.parity.agrees


@pytest.mark.slow
def test_sizes_of_samples_reach_the_child(target: Path) -> None:
    """None of the sizes that planning tries by itself is large enough."""
    wide = keras.Sequential([keras.Input((None, 2)), keras.layers.Conv1D(2, 20_000)])
    samples = [[np.zeros((1, 20_100, 2), "float32")]]
    result = lir.export(
        wide, target, through=lir.ThroughFile(), verify=lir.Verification(samples=samples)
    )
    assert str(result.plan.inputs[0]) == "(batch=?, length=20000.., 2) float32"


def test_the_plan_of_a_result_has_the_backend_that_converted(
    plan: lir.ExportPlan, model: Any
) -> None:
    on_jax = attrs.evolve(plan, versions=attrs.evolve(plan.versions, backend="jax"))
    through = lir.ThroughFile(backend="tensorflow")
    result = lir.execute(on_jax, model, strategies=("direct",), through=through, verify=False)
    assert result.plan.versions.backend == plan.versions.backend
