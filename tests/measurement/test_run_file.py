"""Running a file once: values in, a summary and the arrays out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras
from litert_ir.errors import (
    FileRejectedError,
    ModelSourceError,
    OptionsError,
    SamplesError,
    TargetError,
)
from litert_ir.measurement.file_run import RunOutput
from tests.conversion.exports import exported, random_inputs
from tests.conversion.quantized import conv_model, images, quantized
from tests.conversion.stubs import with_dimensions
from tests.runtime.foreign_files import two_signatures, unsigned

X = np.arange(8, dtype=np.float32).reshape(2, 4)


def test_outputs_are_those_of_the_file() -> None:
    export = exported("dict")
    inputs = random_inputs(export.plan, 2)
    result = lir.run_file(export.file.path, inputs)
    for name, values in export.file.run(inputs).items():
        np.testing.assert_array_equal(result.arrays[name], values)
    assert [output.name for output in result.outputs] == ["scores", "embedding"]
    scores = result.outputs[0]
    values = result.arrays["scores"]
    assert (scores.least, scores.greatest) == (values.min(), values.max())
    assert scores.mean == pytest.approx(values.mean())
    assert scores.values == tuple(map(tuple, values.tolist()))
    assert "embedding" in str(result)


def test_the_data_are_json() -> None:
    result = lir.run_file(exported("single").file.path, X)
    data = json.loads(result.to_json())
    assert data["inputs"] == [
        {"name": "features", "shape": [2, 4], "dtype": "float32", "source": "given"}
    ]
    assert np.shape(data["outputs"][0]["values"]) == result.arrays["scores"].shape
    assert "arrays" not in data


def test_values_without_a_source_are_asked_for_or_drawn() -> None:
    path = exported("single").file.path
    with pytest.raises(SamplesError, match="have no value") as caught:
        lir.run_file(path)
    assert "features (1, 4) float32" in caught.value.received
    assert "random=True" in caught.value.advice
    first, second = (lir.run_file(path, random=True, sizes={"batch": 3}) for _ in range(2))
    np.testing.assert_array_equal(first.arrays["scores"], second.arrays["scores"])
    assert first.inputs[0].shape == (3, 4)
    assert first.inputs[0].source == "random"


def test_outputs_are_saved_by_name(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    result = lir.run_file(
        exported("single").file.path, tmp_path / "x.npy", output=tmp_path / "out.npz"
    )
    with np.load(tmp_path / "out.npz") as saved:
        assert saved.files == ["scores"]
        np.testing.assert_array_equal(saved["scores"], result.arrays["scores"])
    assert result.saved == tmp_path / "out.npz"
    assert result.inputs[0].source == "x.npy"


def test_integers_stand_for_real_values_unless_raw() -> None:
    file = quantized("int8").file
    image = images()[0]
    stored = file.run({"image": file.quantize("image", image)})["scores"]
    real = lir.run_file(file.path, image)
    assert real.outputs[0].dtype == "int8"
    np.testing.assert_array_equal(real.arrays["scores"], file.dequantize("scores", stored))
    assert "shown as the real values" in str(real)
    raw = lir.run_file(file.path, file.quantize("image", image).tolist(), raw=True)
    np.testing.assert_array_equal(raw.arrays["scores"], stored)
    assert "shown as the real values" not in str(raw)


def test_files_of_other_tools_run(tmp_path: Path) -> None:
    path = tmp_path / "two.tflite"
    path.write_bytes(two_signatures())
    result = lir.run_file(path, [[1, 2, 3, 4]], signature="double")
    assert result.arrays["y"].tolist() == [[2, 4, 6, 8]]
    assert "[[2., 4., 6., 8.]]" in str(result)
    with pytest.raises(OptionsError, match="no signature of this name"):
        lir.run_file(path, 1, signature="doubled")
    path.write_bytes(unsigned())
    found = lir.run_file(path, random=True, sizes={"tensor": (2, 3)})
    assert [output.shape for output in found.outputs] == [(2, 4), (2, 2)]
    assert found.signature == ""


def test_scores_have_their_first_classes() -> None:
    scores = np.array([[0.1, 0.6, 0.3], [0.9, 0.1, 0.0]], np.float32)
    output = RunOutput.of("scores", "float32", scores, ())
    assert [str(each) for each in output.classes] == ["1: 0.6", "2: 0.3", "0: 0.1"]
    named = RunOutput.of("logits", "float32", 3 * scores, ("cat", "dog", "hen"))
    assert [each.label for each in named.classes] == ["dog", "hen", "cat"]
    assert RunOutput.of("logits", "float32", 3 * scores, ()).classes == ()


def test_values_that_are_no_numbers_are_counted() -> None:
    odd = np.array([[1.0, np.nan, np.inf, 3.0]], np.float32)
    output = RunOutput.of("y", "float32", odd, ())
    assert (output.least, output.mean, output.greatest, output.not_finite) == (1, 2, 3, 2)
    empty = RunOutput.of("y", "float32", np.zeros((0, 4), np.float32), ())
    assert (empty.least, empty.mean, empty.values) == (None, None, ())


@pytest.mark.parametrize("name", ["out.npy", "out", "out.npz/in.npz"])
def test_other_targets_are_refused_before_the_file_runs(name: str, tmp_path: Path) -> None:
    with pytest.raises((OptionsError, TargetError)):
        lir.run_file("no.tflite", output=tmp_path / name)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "no.tflite", tmp_path):
        with pytest.raises(ModelSourceError, match="no LiteRT file here"):
            lir.run_file(path)
    (tmp_path / "text.tflite").write_text("a text")
    with pytest.raises(FileRejectedError, match="not a LiteRT file"):
        lir.run_file(tmp_path / "text.tflite")


def image_at(path: Path, size: int = 20) -> np.ndarray[Any, Any]:
    """Write an image, and return its pixels."""
    pixels = np.random.default_rng(0).integers(0, 256, (size, size, 3), np.uint8)
    pillow = pytest.importorskip("PIL.Image")
    pillow.fromarray(pixels).save(path)
    return pixels


def test_images_are_values(tmp_path: Path) -> None:
    pixels = image_at(tmp_path / "cat.png", size=16).astype(np.float32)
    file = quantized("float").file
    for scaling, values in (("0..1", pixels / 255), ("-1..1", pixels / 127.5 - 1)):
        found = lir.run_file(file.path, tmp_path / "cat.png", scaling=scaling)
        expected = file.run({"image": values[None]})["scores"]
        np.testing.assert_allclose(found.arrays["scores"], expected, rtol=1e-4, atol=1e-5)
        assert found.inputs[0].source == "cat.png"
    with pytest.raises(SamplesError, match="Nothing says what values"):
        lir.run_file(file.path, tmp_path / "cat.png")
    with pytest.raises(OptionsError, match="no such scaling"):
        lir.run_file(file.path, tmp_path / "cat.png", scaling="0..2")


def test_images_are_quantized_or_are_the_bytes_themselves(tmp_path: Path) -> None:
    pixels = image_at(tmp_path / "cat.png", size=16)
    for kind in ("int8", "uint8"):
        file = quantized(kind).file
        real = lir.run_file(file.path, tmp_path / "cat.png", scaling="0..1")
        stored = file.quantize("image", pixels[None].astype(np.float32) / 255)
        expected = file.dequantize("scores", file.run(stored)["scores"])
        np.testing.assert_allclose(real.arrays["scores"], expected, atol=0.02)
    found = lir.run_file(quantized("uint8").file.path, tmp_path / "cat.png")
    bytes_in = quantized("uint8").file.run(pixels[None])["scores"]
    expected = quantized("uint8").file.dequantize("scores", bytes_in)
    np.testing.assert_array_equal(found.arrays["scores"], expected)


def test_metadata_name_classes_and_scale_images(tmp_path: Path) -> None:
    labels = tuple(f"class {number}" for number in range(10))
    metadata = lir.Metadata(
        inputs=lir.InputMetadata(name="image", normalization=lir.Normalization(0.0, 255.0)),
        outputs=lir.OutputMetadata(name="scores", labels=labels),
    )
    path = tmp_path / "labelled.tflite"
    lir.export(conv_model(), path, metadata=metadata)
    pixels = image_at(tmp_path / "cat.png", size=16)
    found = lir.run_file(path, tmp_path / "cat.png")
    expected = lir.run_file(path, pixels[None].astype(np.float32) / 255).arrays["scores"]
    np.testing.assert_allclose(found.arrays["scores"], expected, rtol=1e-4, atol=1e-5)
    assert [each.label for each in found.outputs[0].classes] == [
        labels[index] for index in np.argsort(-expected[0])[:5]
    ]
    assert found.headline.startswith("scores: ")
    assert found.outputs[0].classes[0].label in str(found)


def test_sizes_that_the_file_does_not_take_are_advised_on(tmp_path: Path) -> None:
    keras = load_keras()
    x = keras.Input((None, 8), name="x")
    model = keras.Model(x, keras.layers.Conv1D(2, 5, padding="valid", name="steps")(x))
    path = tmp_path / "steps.tflite"
    lir.export(model, path)
    path.write_bytes(with_dimensions(path.read_bytes(), None))  # as of other tools
    found = lir.run_file(path, random=True)
    assert found.inputs[0].shape == (1, 16, 8)
    with pytest.raises(FileRejectedError) as caught:
        lir.run_file(path, np.zeros((1, 2, 8)))
    assert "sizes={...}" in caught.value.advice
    assert "x (1, 2, 8)" in caught.value.advice
