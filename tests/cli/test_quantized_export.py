"""`litert-ir export` of quantized files: recipes, calibration data, thresholds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import NoReturn

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.cli import loaded_model
from litert_ir.cli.command_options import ExportOptions, PlanOptions
from litert_ir.cli.comparison_options import ComparisonOptions
from litert_ir.cli.quantization_options import CalibrationOptions, RecipeOptions
from litert_ir.errors import ModelSourceError, OptionsError, SamplesError
from litert_ir.ir.options import Optimization
from litert_ir.ir.quantization import LayerRule, Precision, Quantization
from litert_ir.ir.tensor import DType

Command = Callable[..., CompletedProcess[str]]
OUTPUT = Path("m.tflite")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty samples for the model `tiny`, of which 9 are the most that a test asks for."""
    path = tmp_path_factory.mktemp("data") / "data.npz"
    np.savez(path, features=np.random.default_rng(0).standard_normal((20, 3)))
    return path


@pytest.fixture
def no_loading(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Loading a model fails the test, which runs in an empty folder."""

    def never(*_: object, **__: object) -> NoReturn:
        raise ModelSourceError("the model was loaded before everything was checked")

    monkeypatch.setattr(loaded_model, "load_model", never)
    monkeypatch.chdir(tmp_path)


def test_a_recipe_is_made_of_its_options() -> None:
    plan = PlanOptions(
        recipe=RecipeOptions(
            recipe="int8",
            layers=(LayerRule("head", Precision.FLOAT),),
            output_type=DType.INT8,
            integer_only=True,
        )
    )
    target = ExportOptions(
        output=OUTPUT, calibration=CalibrationOptions(calibrate=Path("data.npz"))
    )
    options = target.converter_options(plan)
    assert options == plan.converter_options()  # a plan alone has no samples yet
    assert options.calibrated
    assert options.quantization == Quantization(
        Precision.INTEGER,
        layers=(LayerRule("head", Precision.FLOAT),),
        output_type=DType.INT8,
        integer_only=True,
    )


def test_layers_alone_leave_the_others_float() -> None:
    options = RecipeOptions(layers=(LayerRule("head", Precision.DYNAMIC_RANGE),))
    found = options.quantization()
    assert found is not None
    assert (found.precision, found.needs_calibration) == (Precision.FLOAT, False)


def test_without_options_nothing_is_quantized_or_required() -> None:
    target = ExportOptions(output=OUTPUT)
    assert target.converter_options(PlanOptions()) == PlanOptions().converter_options()
    assert [target.comparison.switched(verify=verify) for verify in (True, False)] == [
        True,
        False,
    ]


def stored_samples(path: Path, count: int) -> Path:
    np.savez(path, x=np.zeros((count, 3), np.float32))
    return path


def test_a_verification_is_made_of_its_options(tmp_path: Path) -> None:
    samples = stored_samples(tmp_path / "x.npz", 7)
    options = ComparisonOptions(
        samples=samples,
        max_error=1.0,
        max_mean_error=0.5,
        min_cosine=0.9,
        min_top1=0.8,
        compare=7,
        verify_timeout=9.0,
    )
    assert options.verification() == lir.Verification(
        samples=lir.samples_from(samples),
        thresholds=lir.Thresholds(max_abs_error=1.0, mean_abs_error=0.5, cosine=0.9, top1=0.8),
        calibration_samples=7,
        timeout=9.0,
    )


def test_more_samples_to_compare_on_than_there_are_need_no_model(tmp_path: Path) -> None:
    few = lir.samples_from(stored_samples(tmp_path / "x.npz", 6))
    with pytest.raises(SamplesError, match="fewer samples") as caught:
        ComparisonOptions(compare=7).verification(few)
    assert (caught.value.expected, caught.value.received) == ("at least 7", "6")
    with pytest.raises(SamplesError, match="fewer samples"):
        ComparisonOptions(compare=7, samples=tmp_path / "x.npz").verification()
    with pytest.raises(OptionsError, match="no samples to compare so many of"):
        ComparisonOptions(compare=7).verification()


def test_a_threshold_contradicts_not_comparing() -> None:
    with pytest.raises(OptionsError, match="thresholds and a time limit have no effect") as caught:
        ComparisonOptions(min_cosine=0.9).switched(verify=False)
    assert caught.value.where == "--no-verify"


def test_a_recipe_is_said_once() -> None:
    plan = PlanOptions(recipe=RecipeOptions(recipe="dynamic"), optimize=(Optimization.DEFAULT,))
    with pytest.raises(OptionsError, match="given twice"):
        ExportOptions(output=OUTPUT).converter_options(plan)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--recipe", "int8"], "needs a representative dataset"),
        (["--recipe", "dynamic", "--calibrate", "{data}"], "no effect on this recipe"),
        (["--calibrate", "{data}"], "no effect without a quantizing optimization"),
        (["--recipe", "int8", "--calibrate", "nowhere.npz"], "There are no samples here."),
        (["--input-type", "int8"], "other interface types"),
        (["--recipe", "dynamic", "--integer-only"], "Only files of integer precision"),
        (["--min-top1", "0.9", "--no-verify"], "thresholds and a time limit have no effect"),
    ],
)
@pytest.mark.usefixtures("no_loading")
def test_all_is_checked_before_the_model_is_loaded(
    run: Command, tiny: Path, data: Path, arguments: list[str], message: str
) -> None:
    filled = [argument.format(data=data) for argument in arguments]
    done = run("export", tiny, "-o", OUTPUT, *filled)
    assert (done.returncode, done.stdout) == (4, "")
    assert message in done.stderr


def test_a_file_is_calibrated_and_compared_on_the_data(
    run_process: Command, tiny: Path, data: Path, tmp_path: Path
) -> None:
    done = run_process(
        *("export", tiny, "-o", "m.tflite", "--json", "--recipe", "int8", "--calibrate", data),
        *("--calibration-limit", "9", "--min-top1", "0.5", "--max-error", "0.5"),
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    (output,) = result["parity"]["outputs"]
    assert result["parity"]["cases"] == output["rows"] == 9
    assert result["parity"]["reference"] == "the Keras model"
    assert result["strategy"] == result["attempts"][0]["strategy"] == "quantized-stablehlo"
    assert 0 < output["mean_abs_error"] <= output["max_abs_error"] < 0.5
    assert output["cosine"] == pytest.approx(1.0, abs=0.01)
    assert 0.5 <= output["top1_agreement"] <= 1.0
    assert (tmp_path / "m.tflite").stat().st_size == result["size_bytes"]


def test_a_missed_threshold_fails_and_writes_nothing(
    run: Command, tiny: Path, data: Path, tmp_path: Path
) -> None:
    target = tmp_path / "m.tflite"
    done = run(
        *("export", tiny, "-o", target, "--recipe", "int8", "--calibrate", data),
        *("--max-error", "1e-9", "--compare", "3"),
    )
    assert done.returncode == 7
    assert "The file misses a threshold." in done.stderr
    assert "scores: max |difference|" in done.stderr
    assert "(at most 1e-09 required), on 3 input(s)" in done.stderr
    assert not target.exists()


def test_a_plan_shows_its_recipe_and_needs_no_samples(run: Command, tiny: Path) -> None:
    done = run("plan", tiny, "--recipe", "int8", "--layer", "scores=skip", "--input-type", "uint8")
    assert (done.returncode, done.stderr) == (0, "")
    assert "inputs as uint8" in done.stdout
    assert "scores: float" in done.stdout
    assert "1. quantized-stablehlo" in done.stdout


def test_a_plan_says_that_its_chips_need_fixed_sizes(run: Command, tiny: Path) -> None:
    done = run("plan", tiny, "--aot-target", "intel:LNL")
    words = " ".join(done.stdout.replace("│", " ").split())
    assert "fix the sizes of features before" in words
    done = run("plan", tiny, "--aot-target", "intel:LNL", "--batch-size", "1")
    assert "fix the sizes" not in done.stdout


def test_a_plan_refuses_rules_for_no_layer(run: Command, tiny: Path) -> None:
    done = run("plan", tiny, "--recipe", "dynamic", "--layer", "scoers=skip")
    assert (done.returncode, done.stdout) == (4, "")
    assert "'scoers'" in done.stderr
