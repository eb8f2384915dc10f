"""Running files where they can do no harm: the same results, and crashes as rejections."""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_schema
from litert_ir.errors import ConverterCrashed, FileRejectedError
from litert_ir.runtime.isolated import prepare, run_isolated
from tests.conversion.exports import Array, exported, random_inputs
from tests.conversion.quantized import images, quantized
from tests.conversion.stubs import edited, returning

X = np.ones((2, 4), np.float32)


def fatal() -> bytes:
    """A file whose graph is a loop's condition, and holds that loop: preparing it never ends."""
    schema = load_schema()

    def edit(model: Any) -> None:
        (graph,) = model.subgraphs
        model.subgraphs.append(copy.deepcopy(graph))
        loop = graph.operators[0]
        loop.inputs = loop.inputs[:1]
        loop.builtinOptions = schema.WhileOptionsT(condSubgraphIndex=0, bodySubgraphIndex=1)
        loop.builtinOptionsType = schema.BuiltinOptions.WhileOptions
        code = model.operatorCodes[loop.opcodeIndex]
        code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.WHILE

    return edited(exported("single").content, edit)


@pytest.fixture
def fatal_file(tmp_path: Path) -> Path:
    path = tmp_path / "fatal.tflite"
    path.write_bytes(fatal())
    return path


def assert_same(found: Mapping[str, Array], expected: Mapping[str, Array]) -> None:
    assert list(found) == list(expected)
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values, strict=True)


@pytest.mark.parametrize("trait", ["single", "dict", "nested", "mixed-dtypes"])
def test_results_are_those_of_this_process(trait: str) -> None:
    export = exported(trait)
    inputs = [random_inputs(export.plan, batch) for batch in (1, 4)]
    for found, feed in zip(run_isolated(export.file.path, inputs), inputs, strict=True):
        assert_same(found, export.file.run(feed))


def test_integer_files_take_and_give_real_values() -> None:
    file = quantized("int8").file
    (found,) = run_isolated(file.path, [{"image": images()[0]}])
    (codes,) = file.run({"image": file.quantize("image", images()[0])}).values()
    assert_same(found, {"scores": file.dequantize("scores", codes)})
    assert found["scores"].dtype == np.float32


def test_no_inputs_give_no_results() -> None:
    assert run_isolated(exported("single").file.path, []) == []


def test_relative_paths_are_those_of_this_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare()
    (tmp_path / "here.tflite").write_bytes(exported("single").content)
    monkeypatch.chdir(tmp_path)
    assert len(run_isolated(Path("here.tflite"), [{"features": X}])) == 1
    with pytest.raises(FileNotFoundError, match=r"there\.tflite"):
        run_isolated(Path("there.tflite"), [{"features": X}])


def test_a_file_that_kills_the_interpreter_is_rejected(fatal_file: Path) -> None:
    with pytest.raises(FileRejectedError, match="crashes on the file") as caught:
        run_isolated(fatal_file, [{"features": X}])
    assert caught.value.where == str(fatal_file)
    assert "died of SIGSEGV while running the file" in caught.value.received
    assert isinstance(caught.value.__cause__, ConverterCrashed)
    assert len(run_isolated(exported("single").file.path, [{"features": X}])) == 1


def test_a_file_that_does_not_load_is_rejected_as_in_this_process(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(b"PK\x03\x04 a .keras file, renamed")
    with pytest.raises(FileRejectedError) as ours:
        lir.LiteRTFile(path)
    with pytest.raises(FileRejectedError) as theirs:
        run_isolated(path, [{"features": X}])
    assert str(theirs.value) == str(ours.value)


def test_arrays_that_do_not_fit_are_the_callers_fault() -> None:
    with pytest.raises(ValueError, match=r"'features' takes \(None, 4\) float32") as caught:
        run_isolated(exported("single").file.path, [{"features": X[:, :2]}])
    assert not isinstance(caught.value, FileRejectedError)


def test_after_a_crash_the_next_strategy_is_tried(tmp_path: Path) -> None:
    export = exported("single")
    result = lir.export(
        export.model,
        tmp_path / "model.tflite",
        strategies=(returning(fatal(), "fatal"), returning(export.content, "sound")),
    )
    assert result.strategy == "sound"
    assert (tmp_path / "model.tflite").read_bytes() == export.content
    first, _ = result.attempts
    assert isinstance(first.error, FileRejectedError)
    assert "SIGSEGV" in str(first)


LOADING = """
import sys
from pathlib import Path
import numpy as np
from litert_ir.runtime.isolated import run_isolated
(results,) = run_isolated(Path(sys.argv[1]), [{"features": np.ones((2, 4), np.float32)}])
native = ("ai_edge_litert.interpreter", "ai_edge_litert._pywrap", "tensorflow")
print(*(name for name in sys.modules if name.startswith(native)))
"""


def test_this_process_does_not_load_the_interpreter() -> None:
    run = subprocess.run(
        [sys.executable, "-c", LOADING, str(exported("single").file.path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert run.stdout == "\n"
