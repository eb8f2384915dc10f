"""The sample code in Python is run, and computes what the model computes."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_interpreter
from tests.sample_code.sample_files import (
    METADATA,
    NAMES,
    classifier,
    normalized,
    pixels,
    sample_file,
    several_inputs,
)


def code_of(name: str, folder: Path) -> dict[str, Any]:
    """The functions of the sample code of a file, which finds the file beside it."""
    path = folder / "code.py"
    path.write_text(lir.sample_code(sample_file(name), "python").code, "utf-8")
    return runpy.run_path(str(path))


def quantization(path: Path, side: int) -> tuple[float, int]:
    """The scale and zero point of the only input (0) or output (1)."""
    interpreter = load_interpreter().Interpreter(model_path=str(path))
    details = (interpreter.get_input_details(), interpreter.get_output_details())[side]
    scale, zero_point = details[0]["quantization"]
    return float(scale), int(zero_point)


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_by_itself(name: str, tmp_path: Path) -> None:
    path = tmp_path / "code.py"
    path.write_text(lir.sample_code(sample_file(name), "python").code, "utf-8")
    found = subprocess.run(
        [sys.executable, str(path)],
        cwd=sample_file(name).parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    lines = [line for line in found.stdout.splitlines() if not line.startswith("INFO")]
    if name == "several":
        assert lines == ["sum float32 (1, 2)", "let int32 (1, 4)"]
    else:
        assert lines[0] == "scores float32 (1, 3)"
        assert lines[1].strip("[]'") in METADATA.outputs[0].labels


@pytest.mark.parametrize(("name", "count"), [("fixed", 1), ("dynamic", 3)])
def test_it_normalizes_pixels_and_runs_any_of_the_sizes(
    name: str, count: int, tmp_path: Path
) -> None:
    code = code_of(name, tmp_path)
    images = pixels(count)
    results = code["run"](code["load"](str(sample_file(name))), images)
    expected = np.asarray(classifier()(normalized(images)))
    np.testing.assert_allclose(results["scores"], expected, atol=1e-5)


@pytest.mark.parametrize("name", ["uint8", "int16"])
def test_it_quantizes_and_dequantizes(name: str, tmp_path: Path) -> None:
    code = code_of(name, tmp_path)
    images = pixels(2)
    path = sample_file(name)
    results = code["run"](code["load"](str(path)), images)
    scale, zero_point = quantization(path, 0)
    limits = np.iinfo(name)
    steps = np.clip(np.round(normalized(images) / scale) + zero_point, limits.min, limits.max)
    integers = lir.LiteRTFile(path).run({"images": steps.astype(name)})["scores"]
    scale, zero_point = quantization(path, 1)
    expected = (integers.astype(np.float32) - zero_point) * scale
    assert results["scores"].dtype == np.float32
    np.testing.assert_allclose(results["scores"], expected, atol=1e-6)
    np.testing.assert_allclose(expected, classifier()(normalized(images)), atol=0.05)


def test_it_takes_several_inputs_of_names_that_are_no_identifiers(tmp_path: Path) -> None:
    code = code_of("several", tmp_path)
    tokens = np.arange(16).reshape(2, 8) % 10
    mask = tokens % 3 > 0
    weights = np.array([[1, 2], [3, 4]], np.float32)
    model = code["load"](str(sample_file("several")))
    results = code["run"](model, tokens_1=tokens, in2=mask, w=weights)
    expected = several_inputs()([tokens, mask, weights])
    np.testing.assert_allclose(results["sum"], expected["sum"], rtol=1e-5)
    np.testing.assert_array_equal(results["let"], expected["let"])


def test_it_reads_the_labels_that_the_file_carries(tmp_path: Path) -> None:
    code = code_of("dynamic", tmp_path)
    labels = code["labels_of"](code["SCORES_LABELS"], sample_file("dynamic"))
    assert tuple(labels[:3]) == METADATA.outputs[0].labels
