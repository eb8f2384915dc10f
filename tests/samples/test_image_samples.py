"""Images as samples: their order, size, channels and scaling, and what is refused."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from operator import length_hint
from pathlib import Path
from typing import Any

import attrs
import keras
import keras_hub
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import litert_ir as lir
from litert_ir.errors import LiteRTIRError, OptionsError, SamplesError
from litert_ir.ir.metadata import InputMetadata, Metadata, Normalization
from litert_ir.samples.image_files import read_pixels, resized
from litert_ir.samples.image_inputs import ImageInput, PixelScaling, preparation_for
from litert_ir.samples.image_samples import image_values
from litert_ir.samples.samples import Samples
from litert_ir.samples.sizes import SampleSizes

DRAW = np.random.default_rng(0)


def picture(path: Path, height: int = 6, width: int = 9, mode: str = "RGB") -> np.ndarray:
    """Write an image of random pixels; those of a JPEG differ from what is returned."""
    shape = (height, width, *((len(mode),) if len(mode) > 1 else ()))
    pixels = DRAW.integers(0, 256, shape, np.uint8)
    Image.fromarray(pixels, mode).save(path)
    return pixels


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Images of several sizes and kinds, written in another order than that of their names."""
    found = tmp_path / "images"
    found.mkdir()
    picture(found / "b.png", 12, 5)
    picture(found / "c.JPEG", 8, 8)
    picture(found / "a.png", 4, 4, "RGBA")
    picture(found / "d.jpg", 3, 7, "L")
    (found / ".hidden").touch()
    (found / "Thumbs.db").touch()
    return found


def taker(shape: tuple[Any, ...], dtype: str = "float32", **dims: Any) -> lir.ExportPlan:
    """The plan of a model that returns its images."""
    images = keras.Input(batch_shape=shape, dtype=dtype, name="images")
    model = keras.Model(images, keras.layers.Activation("relu")(images))
    return lir.plan_for(model, **dims)


def values(folder: Path, plan: lir.ExportPlan, scaling: str | None = None) -> list[np.ndarray]:
    samples = Samples(plan, lir.samples_from(folder, scaling=scaling), finite=True)
    samples.check()
    return [array for (array,) in samples]


def test_each_image_is_a_sample_in_the_order_of_names(folder: Path) -> None:
    plan = taker((None, 4, 4, 3))
    found = values(folder, plan, "0..255")
    assert [array.shape for array in found] == [(1, 4, 4, 3)] * 4
    assert [file.name for file in lir.samples_from(folder).files] == [  # type: ignore[union-attr]
        *("a.png", "b.png", "c.JPEG", "d.jpg")
    ]
    np.testing.assert_array_equal(found[0][0], np.asarray(Image.open(folder / "a.png"))[..., :3])
    assert length_hint(Samples(plan, lir.samples_from(folder, scaling="0..1"))) == 4


def test_they_are_those_of_keras_own_reader(folder: Path) -> None:
    ours = values(folder, taker((None, 7, 5, 3)), "0..255")
    for name in ("Thumbs.db", ".hidden", "d.jpg"):  # Keras refuses, or decodes JPEG by itself
        (folder / name).unlink()
    (folder / "c.JPEG").unlink()
    theirs = keras.utils.image_dataset_from_directory(
        folder, labels=None, image_size=(7, 5), batch_size=1, shuffle=False, verbose=False
    )
    for one, other in zip(ours, theirs, strict=False):
        np.testing.assert_allclose(one, other, atol=1e-3)


SIDES = st.tuples(st.integers(1, 40), st.integers(1, 40))


@given(SIDES, SIDES, st.sampled_from((1, 3)), st.integers(0, 2**32 - 1))
def test_resizing_is_that_of_keras(
    size: tuple[int, int], wanted: tuple[int, int], channels: int, seed: int
) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (*size, channels), np.uint8)
    expected = keras.ops.image.resize(
        keras.ops.convert_to_tensor(pixels.astype(np.float32)),
        wanted,
        interpolation="bilinear",
        antialias=False,
        data_format="channels_last",
    )
    np.testing.assert_allclose(resized(pixels, *wanted), expected, atol=2e-3)


@pytest.mark.parametrize(
    ("scaling", "low", "high"), [("0..255", 0, 255), ("0..1", 0, 1), ("-1..1", -1, 1)]
)
def test_scalings(tmp_path: Path, scaling: str, low: float, high: float) -> None:
    Image.fromarray(np.array([[0, 255]], np.uint8), "L").save(tmp_path / "a.png")
    (found,) = values(tmp_path, taker((None, 1, 2, 1)), scaling)
    np.testing.assert_allclose(found.ravel(), [low, high])


def test_the_scaling_is_asked_for(folder: Path) -> None:
    with pytest.raises(SamplesError, match="what values the model takes for pixels") as caught:
        values(folder, taker((None, 4, 4, 3)))
    assert caught.value.expected == "the scaling of pixels: 0..255, 0..1, -1..1"
    assert "samples_from(..., scaling='0..255')" in caught.value.advice
    with pytest.raises(OptionsError, match="no such scaling"):
        lir.samples_from(folder, scaling="0-1")


def test_bytes_take_pixels_as_they_are(folder: Path) -> None:
    (first, *_) = values(folder, taker((None, 4, 4, 3), "uint8"))
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first[0], np.asarray(Image.open(folder / "a.png"))[..., :3])
    with pytest.raises(SamplesError, match="type of the input does not hold"):
        values(folder, taker((None, 4, 4, 3), "uint8"), "0..1")


def test_metadata_tell_the_normalization_for_each_channel(folder: Path) -> None:
    normalization = Normalization((10.0, 20.0, 30.0), (2.0, 4.0, 8.0))
    plan = attrs.evolve(
        taker((None, 4, 4, 3)),
        metadata=Metadata(inputs=InputMetadata("images", normalization=normalization)),
    )
    (first, *_) = values(folder, plan)
    pixels = np.asarray(Image.open(folder / "a.png"), np.float32)[..., :3]
    np.testing.assert_allclose(first[0], (pixels - [10, 20, 30]) / [2, 4, 8], rtol=1e-6)
    (said, *_) = values(folder, plan, "0..1")
    np.testing.assert_allclose(said[0], pixels / 255, rtol=1e-6)
    assert preparation_for(plan, plan.inputs[0], None).normalization == normalization


@pytest.mark.parametrize(
    ("shape", "channels"),
    [((None, 4, 4, 1), 1), ((None, 4, 4, 4), 4), ((None, 1, 4, 4), 1), ((None, 3, 4, 4), 3)],
)
def test_channels_and_their_place_are_the_plan_s(
    folder: Path, shape: tuple[int | None, ...], channels: int
) -> None:
    (first, *_) = values(folder, taker(shape), "0..255")
    with Image.open(folder / "a.png") as image:
        expected = np.asarray(image.convert({1: "L", 3: "RGB", 4: "RGBA"}[channels]))
    expected = expected.reshape(4, 4, channels)
    if shape[3] == 4 and channels != 4:
        expected = np.moveaxis(expected, -1, 0)
    np.testing.assert_array_equal(first[0], expected)


def test_grey_images_may_have_no_axis_of_channels(folder: Path) -> None:
    (first, *_) = values(folder, taker((None, 4, 4)), "0..255")
    np.testing.assert_array_equal(first, read_pixels(folder / "a.png", 1)[None, ..., 0])


def test_dynamic_sizes_take_images_in_their_own(folder: Path) -> None:
    shapes = [array.shape for array in values(folder, taker((None, None, None, 3)), "0..1")]
    assert shapes == [(1, 4, 4, 3), (1, 12, 5, 3), (1, 8, 8, 3), (1, 3, 7, 3)]


def test_bounds_of_dynamic_sizes_are_kept() -> None:
    height = lir.DynamicDim("height", minimum=3, maximum=20, multiple_of=4)
    shape = (lir.DynamicDim("batch"), height, lir.DynamicDim("width"), 3)
    spec = lir.TensorSpec(name="images", shape=shape, dtype=lir.DType.FLOAT32)
    found = [ImageInput.of(spec).size_for(size, size) for size in (1, 4, 7, 99)]
    assert found == [(4, 1), (4, 4), (4, 7), (20, 99)]


def test_a_fixed_batch_takes_as_many_images_at_once(folder: Path) -> None:
    found = values(folder, taker((3, 4, 4, 3)), "0..1")
    assert [array.shape for array in found] == [(3, 4, 4, 3)]
    with pytest.raises(SamplesError, match="fewer images than one batch"):
        values(folder, taker((5, 4, 4, 3)), "0..1")


def test_one_image_is_one_sample(folder: Path) -> None:
    plan = taker((None, 4, 4, 3))
    (found,) = values(folder / "b.png", plan, "-1..1")
    spec = plan.inputs[0]
    same = image_values(folder / "b.png", plan, spec, PixelScaling.SIGNED)
    np.testing.assert_array_equal(found, same)


def test_images_alone_are_the_pixels_by_file(folder: Path) -> None:
    found = {name: array for sample in lir.samples_from(folder) for name, array in sample.items()}
    assert list(found) == ["a.png", "b.png", "c.JPEG", "d.jpg"]
    assert found["b.png"].shape == (1, 12, 5, 3)


def broken(content: bytes) -> Callable[[Path], Any]:
    return lambda folder: (folder / "bad.png").write_bytes(content)


def truncated(folder: Path) -> None:
    picture(folder / "bad.png", 64, 64)
    whole = (folder / "bad.png").read_bytes()
    (folder / "bad.png").write_bytes(whole[: len(whole) // 2])


def deep(folder: Path) -> None:
    Image.fromarray(np.full((4, 4), 3000, np.uint16)).save(folder / "bad.png")


def gigantic(folder: Path) -> None:
    Image.new("1", (20_000, 10_000)).save(folder / "bad.png")


def a_folder(folder: Path) -> None:
    (folder / "bad.png").mkdir()


BROKEN: dict[str, Callable[[Path], Any]] = {
    "empty": broken(b""),
    "text": broken(b"no image at all"),
    "start of a PNG": broken(b"\x89PNG\r\n\x1a\nnothing"),
    "start of a JPEG": broken(b"\xff\xd8\xff\xe0nothing"),
    "truncated": truncated,
    "deep": deep,
    "gigantic": gigantic,
    "a folder": a_folder,
}


@pytest.mark.parametrize("fault", BROKEN)
def test_broken_images_are_named(folder: Path, fault: str) -> None:
    BROKEN[fault](folder)
    with warnings.catch_warnings(action="error"), pytest.raises(SamplesError) as caught:
        values(folder, taker((None, 4, 4, 3)), "0..1")
    assert caught.value.where == str(folder / "bad.png")


@pytest.mark.parametrize("name", ["labels.txt", "x.npy", "more", "e.webp"])
def test_mixed_folders_are_refused(folder: Path, name: str) -> None:
    (folder / name).mkdir() if name == "more" else (folder / name).touch()
    with pytest.raises(SamplesError, match="images, and something else") as caught:
        lir.samples_from(folder)
    assert name in caught.value.received


def test_folders_of_folders_are_named(folder: Path) -> None:
    with pytest.raises(SamplesError, match="no samples") as caught:
        lir.samples_from(folder.parent)
    assert caught.value.received == "images"


def test_a_scaling_is_for_images_alone(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((2, 3), np.float32))
    with pytest.raises(OptionsError, match="no images"):
        lir.samples_from(tmp_path / "x.npy", scaling="0..1")


@pytest.mark.parametrize("shape", [(None, 4), (None, 4, 4, 2), (None, 4, 4, 3, 3)])
def test_inputs_that_take_no_images_are_told(folder: Path, shape: tuple[int | None, ...]) -> None:
    with pytest.raises(SamplesError, match="takes no images"):
        values(folder, taker(shape), "0..1")


def test_several_inputs_need_arrays(folder: Path) -> None:
    one, other = (keras.Input((4, 4, 3), name=name) for name in ("one", "other"))
    plan = lir.plan_for(keras.Model([one, other], one + other))
    with pytest.raises(SamplesError, match="single input"):
        values(folder, plan, "0..1")


def test_pillow_is_asked_for_before_any_work(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lir.backends.packages.Package, "is_installed", False)
    with pytest.raises(LiteRTIRError, match="pillow") as caught:
        lir.samples_from(folder)
    assert "pip install 'pillow>=11.0'" in caught.value.advice


def test_an_export_calibrates_and_compares_on_them(folder: Path, tmp_path: Path) -> None:
    images = keras.Input((8, 8, 3), name="images")
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(8, 3)(images))
    samples = lir.samples_from(folder, scaling="0..1")
    result = lir.export(
        keras.Model(images, keras.layers.Dense(4)(x)),
        tmp_path / "model.tflite",
        quantization="int8",
        representative_dataset=samples,
        verify=lir.Verification(samples=samples, tolerance=lir.Tolerance(variation=9, scale=9)),
    )
    assert result.parity is not None
    assert result.plan.recipe.needs_calibration


CONVERTERS: dict[str, dict[str, Any]] = {
    "as it is": {"crop_to_aspect_ratio": False},
    "scaled": {"scale": 1 / 255, "crop_to_aspect_ratio": False},
    "for each channel": {
        "scale": [1 / 58, 1 / 57, 1 / 56],
        "offset": [-2.1, -2.0, -1.8],
        "crop_to_aspect_ratio": True,
    },
    "padded": {"offset": -1.0, "crop_to_aspect_ratio": False, "pad_to_aspect_ratio": True},
    "smoothed": {"interpolation": "bicubic", "antialias": True, "scale": 1 / 127.5, "offset": -1},
}


@pytest.mark.parametrize("way", CONVERTERS)
def test_a_task_s_images_are_those_of_its_preprocessor(folder: Path, way: str) -> None:
    task = image_classifier(CONVERTERS[way])
    plan = lir.plan_for(task)
    assert lir.ExportPlan.from_json(plan.to_json()) == plan
    assert "(preprocessor.image_converter)" in str(plan)
    for found, file in zip(values(folder, plan), sorted(folder.glob("[a-d].*")), strict=True):
        expected = task.preprocessor(read_pixels(file, 3)[None].astype(np.float32))
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-3)
    (said, *_) = values(folder, plan, "0..255")
    assert said.max() > 2


def test_a_converter_with_a_way_of_its_own_tells_nothing(folder: Path) -> None:
    class Own(keras_hub.layers.ImageConverter):  # type: ignore[misc]  # it has no type stubs
        def call(self, inputs: Any) -> Any:
            return super().call(inputs) ** 2

    task = image_classifier({"crop_to_aspect_ratio": False}, Own)
    with pytest.raises(SamplesError, match="what values the model takes"):
        values(folder, lir.plan_for(task))


def image_classifier(converter: dict[str, Any], cls: Any = keras_hub.layers.ImageConverter) -> Any:
    """A task for images of ``(16, 12)`` with a small backbone."""
    models = keras_hub.models
    backbone = models.VGGBackbone(stackwise_num_repeats=[1], stackwise_num_filters=[2])
    preprocessor = models.ImageClassifierPreprocessor(cls(image_size=(16, 12), **converter))
    return models.ImageClassifier(backbone, num_classes=2, preprocessor=preprocessor)


def test_metadata_in_a_file_tell_the_normalization(folder: Path, tmp_path: Path) -> None:
    """When it is quantized, and its model is not at hand."""
    images = keras.Input((8, 8, 3), name="images")
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(8, 3)(images))
    model = keras.Model(images, keras.layers.Dense(4)(x))
    described = InputMetadata("images", normalization=Normalization(127.5, 127.5))
    source, plain = tmp_path / "model.tflite", tmp_path / "plain.tflite"
    lir.export(model, source, metadata=Metadata(inputs=described), verify=False)
    lir.export(model, plain, verify=False)
    samples = lir.samples_from(folder)
    quantize = functools.partial(
        lir.quantize_file, target=tmp_path / "q.tflite", quantization="dynamic"
    )
    found = quantize(source, calibration=samples).parity
    said = quantize(plain, calibration=lir.samples_from(folder, scaling="-1..1")).parity
    assert found is not None
    assert said is not None
    assert found.outputs[0].max_abs_error == said.outputs[0].max_abs_error
    with pytest.raises(SamplesError, match="what values the model takes"):
        quantize(plain, calibration=samples)


def test_planning_sees_the_sizes_of_images_whatever_their_scaling(folder: Path) -> None:
    seen = SampleSizes.of(lir.samples_from(folder))
    assert seen(taker((None, None, None, 3)).signature) == (((1, 4, 4, 3),),)
