"""Without a package the rest works, and what needs it says which command installs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.backends.jax.process import SETTINGS
from tests.installs.bare_python import answers, python_without

NO_TENSORFLOW = "tensorflow is not installed: pip install 'tensorflow>=2.21,<2.22'"
NO_CONVERTER = "litert-converter is not installed: pip install 'litert-converter>=0.5,<0.6'"
NO_QUANTIZER = "litert-quantizer is not installed: pip install 'litert-quantizer>=0.11,<0.12'"
OVER_TENSORFLOW = ("direct", "concrete-function", "saved-model")


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that has neither TensorFlow, nor LiteRT's quantizer, nor matplotlib."""
    lacking = ("tensorflow", "litert-quantizer", "matplotlib")
    return python_without(lacking, tmp_path_factory.mktemp("without_tensorflow") / "python")


@pytest.fixture(scope="module")
def without_tensorflow(python: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Keras is on JAX."""
    return answers(python, "without_tensorflow", SETTINGS, tmp_path_factory.mktemp("on_jax"))


@pytest.fixture(scope="module")
def without_converter(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Linux on aarch64 is like; Keras is on TensorFlow."""
    folder = tmp_path_factory.mktemp("without_converter")
    python = python_without(("litert-converter",), folder / "python")
    return answers(python, "without_converter", {"KERAS_BACKEND": "tensorflow"}, folder)


def test_a_model_on_jax_is_exported_without_tensorflow(without_tensorflow: dict[str, Any]) -> None:
    assert without_tensorflow["route"] == [
        ["stablehlo", None],
        *([name, NO_TENSORFLOW] for name in OVER_TENSORFLOW),
    ]
    assert without_tensorflow["attempts"] == [["stablehlo", "accepted", ""]]
    assert without_tensorflow["loaded"] == ["jax"]


def test_what_needs_tensorflow_is_refused_before_any_work(
    without_tensorflow: dict[str, Any],
) -> None:
    assert without_tensorflow["direct"] == [["direct", "refused", NO_TENSORFLOW]]
    assert without_tensorflow["in child"] == [["direct-in-child", "refused", NO_TENSORFLOW]]
    assert "a child process with Keras on TensorFlow" in without_tensorflow["through tensorflow"]
    assert "pip install 'tensorflow>=2.21,<2.22'" in without_tensorflow["through tensorflow"]


def test_keras_on_tensorflow_says_what_it_lacks_and_what_it_could_run_on(
    python: Path, tmp_path: Path
) -> None:
    found = answers(python, "keras_on_tensorflow", {"KERAS_BACKEND": "tensorflow"}, tmp_path)
    assert found["keras"].splitlines() == [
        "The package 'tensorflow' is not installed.",
        "  where:    importing keras (KERAS_BACKEND=tensorflow)",
        "  received: No module named 'tensorflow'",
        "  to do:    pip install 'tensorflow>=2.21,<2.22'; or set KERAS_BACKEND=jax, which is "
        "installed",
    ]


def test_without_tensorflow_the_command_line_runs_keras_on_jax(
    without_tensorflow: dict[str, Any],
) -> None:
    printed = without_tensorflow["command"]
    assert "(jax backend)" in printed
    assert printed.endswith("exit 0")


def test_without_the_quantizer_no_file_is_quantized_by_it(
    without_tensorflow: dict[str, Any],
) -> None:
    refused = {name: reason for name, _, reason in without_tensorflow["quantized"]}
    assert all(reason.endswith(NO_QUANTIZER) for reason in refused.values())
    assert list(refused) == ["stablehlo", *OVER_TENSORFLOW]
    assert "pip install 'litert-quantizer>=0.11,<0.12'" in without_tensorflow["quantize a file"]


def test_without_matplotlib_a_picture_is_refused(without_tensorflow: dict[str, Any]) -> None:
    assert "pip install 'matplotlib>=3.10'" in without_tensorflow["plot"]


def test_without_the_converter_the_other_strategies_work(without_converter: dict[str, Any]) -> None:
    assert without_converter["route"] == [
        ["stablehlo", NO_CONVERTER],
        *([name, None] for name in OVER_TENSORFLOW),
    ]
    taken = [["stablehlo", "refused", NO_CONVERTER], ["direct", "accepted", ""]]
    assert without_converter["attempts"] == taken
    assert without_converter["quantized"][-1] == ["quantized-direct", "accepted", ""]


def test_without_the_runtime_there_are_plans_and_no_files(
    without_converter: dict[str, Any],
) -> None:
    assert without_converter["plan"] == without_converter["route"]
    assert "The package 'ai-edge-litert' is not installed." in without_converter["export"]
    assert "pip install 'ai-edge-litert>=2.3'" in without_converter["export"]
