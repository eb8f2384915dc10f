"""Files in child processes of their own: results, state, crashes, and which files need none."""

from __future__ import annotations

import gc
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_tensorflow
from litert_ir.errors import FileRejectedError
from litert_ir.runtime.accepted_files import is_accepted
from litert_ir.runtime.file_process import FileProcess
from litert_ir.runtime.tensor_table import read_tensors
from tests.conversion.exports import exported
from tests.conversion.quantized import images, quantized
from tests.runtime.test_isolated import X, fatal


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A file that this process exported and somebody copied."""
    return Path(shutil.copyfile(exported("single").file.path, tmp_path / "copy.tflite"))


def process_of(file: lir.LiteRTFile) -> int:
    loaded = file._loaded
    assert isinstance(loaded, FileProcess)
    assert loaded._worker.pid is not None
    return loaded._worker.pid


def test_results_are_those_of_this_process(copied: Path) -> None:
    apart, here = lir.LiteRTFile(copied), lir.LiteRTFile(copied, isolated=False)
    assert (apart.is_isolated, here.is_isolated) == (True, False)
    for x in (X, -X, np.ones((5, 4), np.float32)):
        found, expected = apart.run({"features": x}), here.run({"features": x})
        assert list(found) == list(expected)
        for name, values in expected.items():
            np.testing.assert_array_equal(found[name], values, strict=True)


def test_integers_and_tensors_are_those_of_this_process(tmp_path: Path) -> None:
    path = Path(shutil.copyfile(quantized("int8").file.path, tmp_path / "copy.tflite"))
    apart = lir.LiteRTFile(path, keep_tensors=True)
    here = lir.LiteRTFile(path, keep_tensors=True, isolated=False)
    codes = apart.quantize("image", images()[0])
    np.testing.assert_array_equal(codes, here.quantize("image", images()[0]), strict=True)
    found, expected = (file.run({"image": codes})["scores"] for file in (apart, here))
    np.testing.assert_array_equal(found, expected, strict=True)
    scores = apart.dequantize("scores", found)
    np.testing.assert_array_equal(scores, here.dequantize("scores", found), strict=True)
    for tensor in read_tensors(path).tensors:
        values = apart.real_tensor(tensor.index)
        assert values is not None
        np.testing.assert_array_equal(values, here.real_tensor(tensor.index))
    np.testing.assert_array_equal(apart.tensor(0), here.tensor(0), strict=True)


def test_files_that_this_process_compared_are_run_here(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    lir.export(exported("single").model, path)
    assert not lir.LiteRTFile(path).is_isolated
    assert lir.LiteRTFile(path, isolated=True).is_isolated
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    assert lir.LiteRTFile(path).is_isolated, "somebody may have changed it"


@pytest.mark.parametrize("keeps_times", [False, True])
def test_a_change_right_after_the_export_is_seen(tmp_path: Path, keeps_times: bool) -> None:
    path = tmp_path / "model.tflite"
    lir.export(exported("single").model, path)
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(before.st_size // 2)
        file.write(b"\xff")
    if keeps_times:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not is_accepted(path)


def test_a_file_that_was_not_compared_is_run_apart(tmp_path: Path) -> None:
    lir.export(exported("single").model, tmp_path / "model.tflite", verify=False)
    assert lir.LiteRTFile(tmp_path / "model.tflite").is_isolated


def test_a_file_of_which_the_interpreter_dies_is_rejected(tmp_path: Path, copied: Path) -> None:
    sound = lir.LiteRTFile(copied)
    expected = sound.run({"features": X})["scores"]
    path = tmp_path / "fatal.tflite"
    path.write_bytes(fatal())
    with pytest.raises(FileRejectedError, match="crashes on the file") as caught:
        lir.LiteRTFile(path).run({"features": X})
    assert "SIGSEGV" in caught.value.received
    np.testing.assert_array_equal(sound.run({"features": X})["scores"], expected)


def test_a_child_that_is_killed_is_replaced(copied: Path) -> None:
    file = lir.LiteRTFile(copied)
    expected = file.run({"features": X})["scores"]
    process = process_of(file)
    os.kill(process, signal.SIGKILL)
    np.testing.assert_array_equal(file.run({"features": X})["scores"], expected)
    assert process_of(file) != process
    os.kill(process_of(file), signal.SIGKILL)
    with pytest.raises(ValueError, match="run the file again"):
        file.tensor(0)


def write_sum(path: Path) -> None:
    """A file that adds up what it sees."""
    tf = load_tensorflow()
    module = tf.Module()
    module.total = tf.Variable(tf.zeros((2,)))

    def serve(x: Any) -> Any:
        return {"y": module.total.assign_add(x)}

    module.serve = tf.function(serve, input_signature=[tf.TensorSpec((2,), name="x")])
    function = module.serve.get_concrete_function()
    path.write_bytes(tf.lite.TFLiteConverter.from_concrete_functions([function], module).convert())


def test_what_a_file_keeps_stays_from_run_to_run(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    write_sum(path)
    first, second = lir.LiteRTFile(path), lir.LiteRTFile(path)
    ones = {"x": np.ones(2, np.float32)}
    seen = [float(first.run(ones)["y"][0]) for _ in range(3)]
    assert seen == [1, 2, 3]
    assert float(second.run(ones)["y"][0]) == 1
    assert process_of(first) != process_of(second)


def test_a_child_serves_one_file_after_the_other(copied: Path) -> None:
    processes = set()
    for _ in range(5):
        file = lir.LiteRTFile(copied)
        processes.add(process_of(file))
        del file
        gc.collect()
    assert len(processes) == 1


def test_paths_are_those_of_the_start(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(copied.parent)
    file = lir.LiteRTFile(copied.name)
    monkeypatch.chdir("/")
    os.kill(process_of(file), signal.SIGKILL)
    assert file.run({"features": X})["scores"].shape == (2, 3)


def test_arrays_that_do_not_fit_are_the_callers_fault(copied: Path) -> None:
    with pytest.raises(ValueError, match=r"'features' takes") as caught:
        lir.LiteRTFile(copied).run({"features": X[:, :2]})
    assert not isinstance(caught.value, FileRejectedError)
