"""What the README shows is true: its Python examples run, one after the other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from litert_ir.backends import load_keras
from litert_ir.cli.task_table import tasks_markdown
from litert_ir.hub.default_registry import REGISTRY
from litert_ir.hub.overview import task_rows
from litert_ir.hub.support import read_support
from tests.aot.files import needs_plugins
from tests.hub.tiny_tasks import bert_classifier

README = Path(__file__).parent.parent / "README.md"


def python_blocks() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.M | re.S)


def image_classifier() -> Any:
    keras = load_keras()
    images = keras.Input((8, 8, 3), name="images")
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 3)(images))
    return keras.Model(images, keras.layers.Dense(5, name="predictions")(x))


def series_classifier() -> Any:
    keras = load_keras()
    x = keras.Input((None, 8), name="x")
    steps = keras.layers.Conv1D(4, 5, strides=2, padding="same")(x)
    return keras.Model(x, keras.layers.Dense(3)(keras.layers.GlobalMaxPooling1D()(steps)))


@needs_plugins
def test_the_examples_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    images = np.random.default_rng(0).standard_normal((2, 8, 8, 3)).astype(np.float32)
    task = bert_classifier(sequence_length=12)
    scope: dict[str, Any] = {"model": image_classifier(), "images": images, "task": task}
    scope["series"] = series_classifier()
    blocks = python_blocks()
    assert len(blocks) == 7
    for block in blocks:
        exec(compile(block, str(README), "exec"), scope)
    assert {path.name for path in tmp_path.iterdir()} == {
        "model.tflite",
        "series.tflite",
        "small.tflite",
        "int8.tflite",
        "mixed.tflite",
        "one.tflite",
        "errors.png",
        "chip.tflite",
        "chip.intel-LNL-cpu.tflite",
        "task.tflite",
        "short.tflite",
    }
    outcomes = [(attempt.strategy, attempt.outcome.value) for attempt in scope["result"].attempts]
    assert outcomes == [("only-static", "refused"), ("concrete-function", "accepted")]
    shown = capsys.readouterr().out
    assert "ExportPlan" in shown
    assert "sequence_length 12 (preprocessor.sequence_length)" in shown
    assert "(batch=?, length=32..512:8, 8) float32" in shown
    assert "only-static: refused: an input has a dynamic dimension" in shown


def test_the_table_of_tasks_is_that_of_the_command() -> None:
    _, _, after = README.read_text(encoding="utf-8").partition("tasks --markdown -->\n")
    shown, _, _ = after.partition("\n<!-- end -->")
    assert shown == tasks_markdown(task_rows(REGISTRY, read_support()))
