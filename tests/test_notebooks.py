"""A notebook in a real kernel: results render as tables, and phases show below the cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat.v4
import pytest
from nbclient import NotebookClient

V4: Any = nbformat.v4
"""Its functions have no types."""

CELLS = (
    """
import keras
import litert_ir as lir

inputs = keras.Input((3,), name="features")
model = keras.Model(inputs, keras.layers.Dense(2, name="scores")(inputs), name="tiny")
""",
    "lir.plan_for(model)",
    "result = lir.export(model, 'tiny.tflite')",
    "result",
    "result.parity",
    "lir.LiteRTFile('tiny.tflite')",
    "lir.inspect('tiny.tflite')",
    "lir.export(model, 'quiet.tflite', verbose=False).path.name",
)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> list[list[Any]]:
    """The outputs of each cell."""
    folder: Path = tmp_path_factory.mktemp("notebook")
    notebook = V4.new_notebook(cells=[V4.new_code_cell(text) for text in CELLS])
    client = NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": folder}}
    )
    client.execute()
    return [cell.outputs for cell in notebook.cells]


def html_of(outputs: list[Any]) -> str:
    (shown,) = (each for each in outputs if each.output_type == "execute_result")
    return str(shown.data["text/html"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cell", "texts"),
    [
        (1, ("tiny", "features", "stablehlo")),
        (3, ("tiny.tflite agrees with the Keras model", "scores")),
        (4, ("agrees with the Keras model", "max |difference|")),
        (5, ("features", "scores")),
        (6, ("FULLY_CONNECTED",)),
    ],
)
def test_results_are_tables(outputs: list[list[Any]], cell: int, texts: tuple[str, ...]) -> None:
    shown = html_of(outputs[cell])
    assert shown.count("<table") >= 1
    assert [text for text in texts if text not in shown] == []


@pytest.mark.slow
def test_progress_shows_where_it_is_not_turned_off(outputs: list[list[Any]]) -> None:
    assert [each.output_type for each in outputs[2]] == ["display_data"]
    (quiet,) = outputs[7]
    assert quiet.data["text/plain"] == "'quiet.tflite'"
