"""What is checked about a request before anything is traced or converted."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import attrs
import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras
from litert_ir.conversion.options_request import options_and_dataset
from litert_ir.conversion.plan_checks import check_backend
from litert_ir.conversion.request import check_limit
from litert_ir.conversion.strategy_names import checked_strategies
from litert_ir.errors import BackendError, LiteRTIRError, OptionsError, PlanError, RegistryError
from litert_ir.ir.file_options import FileOptions
from litert_ir.testing import models
from tests.conversion.exports import exported, fresh, model
from tests.conversion.stubs import returning


class Unusable:
    """An object whose methods all raise."""

    def _refuse(self, *_: object) -> NoReturn:
        raise RuntimeError("no")

    __repr__ = __str__ = __eq__ = __bool__ = __iter__ = __len__ = __getattr__ = _refuse
    __hash__ = object.__hash__


SAMPLES = [np.zeros((1, 4), np.float32)]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "model.tflite"


@pytest.mark.parametrize(
    ("request_", "message", "where"),
    [
        pytest.param(
            {"litert_kwargs": {"optimisations": ["DEFAULT"]}},
            "Did you mean 'optimizations'",
            "litert_kwargs",
            id="misspelt-key",
        ),
        pytest.param(
            {"options": {"target_spec": {"supported_opps": []}}},
            "Did you mean 'supported_ops'",
            "target_spec",
            id="misspelt-inner-key",
        ),
        pytest.param(
            {"litert_kwargs": {"optimizations": ["DEFALT"]}},
            "Did you mean 'DEFAULT'",
            "optimizations",
            id="misspelt-value",
        ),
        pytest.param({"format": "onnx"}, "received: 'onnx'", "format", id="another-format"),
        pytest.param(
            {"litert_kwargs": {"aot_compile_targets": ["amr64"]}},
            "Did you mean 'arm64'",
            "aot_compile_targets",
            id="misspelt-cpu",
        ),
        pytest.param(
            {"options": {"aot_compile_targets": "qualcom:SM8750"}},
            "Did you mean 'qualcomm'",
            "aot_compile_targets",
            id="misspelt-vendor",
        ),
        pytest.param(
            {"options": {"aot_compile_targets": "qualcomm:SM8755"}},
            "Did you mean 'qualcomm:SM8750'",
            "aot_compile_targets",
            id="misspelt-chip",
        ),
        pytest.param(
            {"options": {}, "litert_kwargs": {}}, "given twice", "options", id="options-twice"
        ),
        pytest.param(
            {"options": lir.ConverterOptions(), "litert_kwargs": {"optimizations": []}},
            "given twice",
            "options",
            id="options-and-kwargs",
        ),
        pytest.param(
            {"options": {"representative_dataset": SAMPLES}, "representative_dataset": SAMPLES},
            "given twice",
            "representative_dataset",
            id="dataset-twice",
        ),
        pytest.param(
            {"representative_dataset": SAMPLES},
            "no effect without a quantizing optimization",
            "representative_dataset",
            id="dataset-without-optimization",
        ),
        pytest.param(
            {"options": {"inference_input_type": "int8"}},
            "other interface types",
            "inference_input_type",
            id="integer-input-of-a-float-file",
        ),
        pytest.param({"strategies": (lir.Direct,)}, "strategy objects", "strategies", id="a-class"),
        pytest.param({"strategies": ()}, "strategy objects", "strategies", id="no-strategy"),
        pytest.param(
            {"strategies": ("stablehlo", "drect")},
            "did you mean 'direct'",
            "strategies",
            id="misspelt-strategy",
        ),
        pytest.param(
            {"strategies": ("quantized-mine",)},
            r"strategies=\(Mine\(\),\)",
            "strategies",
            id="no-such-strategy",
        ),
        pytest.param(
            {"strategies": (lir.Direct(), None)}, "strategy objects", "strategies", id="a-none"
        ),
        pytest.param(
            {"strategies": lir.Direct()},
            "strategy objects",
            "strategies",
            id="a-bare-strategy",
        ),
        *(
            pytest.param({name: value}, message, name, id=f"{name}-{type(value).__name__}")
            for name, value, message in (
                ("options", 3, "Options are given by name"),
                ("options", ["DEFAULT"], "Options are given by name"),
                ("litert_kwargs", "DEFAULT", "Options are given by name"),
                ("format", ["litert"], "Unknown format"),
                ("verbose", "yes", "verbose is a switch"),
                ("on_progress", "print", "on_progress is a function"),
                ("strategies", itertools.count(), "strategy objects"),
                ("strategies", Unusable(), "strategy objects"),
                ("strategies", [Unusable()], "strategy objects"),
                ("verify", Unusable(), "verify says whether"),
                ("calibration_limit", 10**30, "number of samples"),
                ("quantization", Unusable(), "A quantization is a recipe"),
            )
        ),
        *(
            pytest.param(
                {"options": {name: value}}, "received", name, id=f"{name}-{type(value).__name__}"
            )
            for name in (
                "optimizations",
                "experimental_new_quantizer",
                "target_spec",
                "inference_input_type",
                "quantization",
                "aot_compile_targets",
            )
            for value in (Unusable(), 10**5000, float("nan"), object())
        ),
        pytest.param({"options": {5: 1}}, "Unknown converter option 5", "litert_kwargs", id="key"),
        pytest.param(
            {"options": {"optimizations": itertools.repeat("DEFAULT")}},
            "This option is a list",
            "optimizations",
            id="endless",
        ),
    ],
)
def test_a_faulty_request_is_refused_before_the_model_is_looked_at(
    request_: dict[str, Any], message: str, where: str, target: Path
) -> None:
    not_even_a_model = object()
    with pytest.raises(OptionsError, match=message) as caught:
        lir.export(not_even_a_model, target, **request_)
    assert caught.value.where == where
    assert isinstance(caught.value, ValueError)
    assert not target.exists()


@pytest.mark.parametrize("make", [lambda: None, str, Unusable, lambda: lir.ExportPlan])
def test_what_is_no_plan_is_refused(make: Callable[[], Any], target: Path) -> None:
    plan = make()
    with pytest.raises(PlanError, match="This is not a plan") as caught:
        lir.execute(plan, model("single"), target)
    assert caught.value.where == "plan"


@pytest.mark.parametrize("make", [int, str, tuple, Unusable, lambda: lir.ThroughFile])
def test_what_is_no_way_through_a_file_is_refused(make: Callable[[], Any]) -> None:
    through = make()
    with pytest.raises(OptionsError, match="how the model gets to a child process"):
        lir.plan_for(model("single"), through=through)


@pytest.mark.parametrize("make", [lambda: None, dict, Unusable, lambda: lir.hub.ExporterRegistry])
def test_what_is_no_registry_is_refused(make: Callable[[], Any]) -> None:
    registry = make()
    with pytest.raises(RegistryError, match="This is no registry"):
        lir.plan_for(model("single"), registry=registry)


def test_a_limit_of_all_samples() -> None:
    check_limit(sys.maxsize)
    check_limit(np.int64(3))


@pytest.mark.parametrize("name", ["direct", "d", ""])
def test_a_string_of_strategies_is_refused(name: str) -> None:
    with pytest.raises(OptionsError, match="strategy objects"):
        checked_strategies(name)


@attrs.frozen
class Named:
    """A strategy with any name.

    Attributes:
        given: The name, or the error of asking for it.
    """

    given: Any

    @property
    def name(self) -> Any:
        if isinstance(self.given, Exception):
            raise self.given
        return self.given

    def refuses(self, plan: lir.ExportPlan) -> None:
        del plan

    def convert(self, plan: Any, model: Any, calibration: Any) -> lir.Artifact:
        raise NotImplementedError


@pytest.mark.parametrize(
    "choose", [lambda each: checked_strategies([each]), lir.Quantized, lir.InChildProcess]
)
@pytest.mark.parametrize("name", [3, None, "", " ", "\ud800", ZeroDivisionError()])
def test_a_strategy_has_a_name_that_plans_can_hold(choose: Callable[[Any], Any], name: Any) -> None:
    with pytest.raises(OptionsError):
        choose(Named(name))
    choose(Named("größe"))


@pytest.mark.parametrize("name", ["direct", "quantized-stablehlo", "saved-model-in-child"])
def test_the_name_of_a_built_in_strategy_is_its_own(name: str) -> None:
    for strategy in (Named(name), lir.Quantized(Named(name)), lir.InChildProcess(Named(name))):
        with pytest.raises(OptionsError, match="built-in") as caught:
            lir.plan_for(model("single"), strategies=(strategy,))
        assert caught.value.where == "Named.name"
    assert checked_strategies([lir.Direct(isolated=False)]) == (lir.Direct(isolated=False),)


def test_sound_strategies_are_given_back_as_a_tuple() -> None:
    stub = returning(b"")
    assert checked_strategies([lir.Direct(), stub, "saved-model"]) == (
        *(lir.Direct(), stub, "saved-model"),
    )
    assert checked_strategies(None) is None


def test_options_know_of_the_dataset() -> None:
    wanted = lir.ConverterOptions(optimizations=(lir.Optimization.DEFAULT,))
    for options, kwargs in ((wanted, None), (None, {"optimizations": "DEFAULT"})):
        found, dataset = options_and_dataset(options, kwargs, SAMPLES)
        assert found == attrs.evolve(wanted, calibrated=True).parsed()
        assert dataset is SAMPLES
    given = {"optimizations": ["DEFAULT"], "representative_dataset": SAMPLES}
    assert options_and_dataset(None, given, None)[0].precision is lir.Precision.INTEGER
    assert given["representative_dataset"] is SAMPLES


def test_no_options() -> None:
    for options, kwargs in ((None, None), ({}, None), (None, {"representative_dataset": None})):
        assert options_and_dataset(options, kwargs, None) == (FileOptions(), None)


@pytest.mark.parametrize("other", ["sequential", "dict"])
def test_a_plan_of_another_model_is_refused(other: str, target: Path) -> None:
    stub = returning(b"")
    with pytest.raises(PlanError, match="made from another model") as caught:
        lir.execute(exported("single").plan, model(other), target, strategies=(stub,))
    assert "single_input" in caught.value.expected
    assert model(other).name in caught.value.received
    assert "plan_for" in caught.value.advice
    assert stub.calls == 0


def test_a_plan_of_another_backend_is_refused(target: Path) -> None:
    plan = exported("single").plan
    elsewhere = attrs.evolve(plan, versions=attrs.evolve(plan.versions, backend="jax"))
    stub = returning(b"")
    with pytest.raises(PlanError, match="made on another Keras backend") as caught:
        lir.execute(elsewhere, model("single"), target, strategies=(stub,))
    assert (caught.value.expected, caught.value.received) == ("tensorflow", "jax")
    assert "through=litert_ir.ThroughFile()" in caught.value.advice
    assert stub.calls == 0


def test_a_backend_that_is_not_traced_here_is_left_to_the_child(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(load_keras().backend, "backend", lambda: "torch")
    check_backend(exported("single").plan)


def test_there_are_no_plans_of_other_backends() -> None:
    with pytest.raises(ValueError, match="'torch' is not a valid ConvertibleBackend"):
        attrs.evolve(exported("single").plan.versions, backend="torch")


def test_a_plan_fits_another_instance_of_the_same_architecture(target: Path) -> None:
    plan = exported("single").plan
    result = lir.execute(
        plan, fresh("single", seed=2), target, strategies=(lir.ConcreteFunction(),)
    )
    assert result.parity is not None
    assert result.parity.agrees
    assert target.read_bytes() != exported("single").content


def test_a_plan_read_back_from_json_is_executed(target: Path) -> None:
    plan = lir.ExportPlan.from_json(exported("dict").plan.to_json())
    assert plan == exported("dict").plan
    result = lir.execute(plan, model("dict"), target, strategies=(lir.ConcreteFunction(),))
    assert result.plan == plan
    assert result.parity is not None
    assert result.parity.agrees


def test_a_plan_that_asks_for_a_dataset_needs_one(target: Path) -> None:
    options = lir.ConverterOptions(optimizations=(lir.Optimization.DEFAULT,), calibrated=True)
    plan = lir.plan_for(model("single"), options=options)
    with pytest.raises(OptionsError, match="do not go together") as caught:
        lir.execute(plan, model("single"), target)
    assert (caught.value.expected, caught.value.received) == ("a dataset", "none")


def test_a_plan_without_calibration_takes_no_dataset(target: Path) -> None:
    with pytest.raises(OptionsError, match="do not go together") as caught:
        lir.execute(
            exported("single").plan, model("single"), target, representative_dataset=SAMPLES
        )
    assert (caught.value.expected, caught.value.received) == ("none", "a dataset")


def test_every_refusal_is_one_of_ours() -> None:
    for error in (OptionsError, PlanError, BackendError):
        assert issubclass(error, LiteRTIRError)
        assert issubclass(error, ValueError)


def test_a_plan_of_format_1_is_executed(target: Path) -> None:
    stored = Path(__file__).parent.parent / "golden" / "plan_format_1" / "flags_dynamic_range.json"
    plan = lir.ExportPlan.from_json(stored.read_text(encoding="utf-8"))
    result = lir.execute(plan, models.single_input_model(), target)
    assert result.strategy == plan.route[0].strategy == "quantized-stablehlo"
    assert result.parity is not None
    assert result.parity.agrees
