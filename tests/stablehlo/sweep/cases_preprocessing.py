"""Cases of preprocessing layers: categories, images at inference, sound."""

from __future__ import annotations

from typing import Any

from keras import Sequential, layers

from tests.stablehlo.sweep.case import Case, layer, op
from tests.stablehlo.sweep.drawing import between, floats, integers

_IMAGE = between(0, 255, 8, 8, 3)


def _augmentation() -> Any:
    """Layers that change images only while training."""
    light = (layers.RandomBrightness(0.1), layers.RandomContrast(0.1), layers.RandomInvert())
    moving = (layers.RandomFlip(), layers.RandomRotation(0.1), layers.RandomShear(0.1, 0.1))
    shifts = (layers.RandomTranslation(0.1, 0.1), layers.RandomZoom(0.1))
    bent = (layers.RandomPerspective(), layers.RandomElasticTransform())
    rest = (layers.RandomErasing(), layers.RandomGaussianBlur())
    return Sequential([*light, *moving, *shifts, *bent, *rest])


def _drawing_augmentation() -> Any:
    """Layers that draw random numbers, and so update their seed, at inference too."""
    colors = (layers.RandomColorDegeneration(0.5), layers.RandomSaturation(0.5))
    sharp = (layers.RandomSharpness(0.5), layers.RandomPosterization(4))
    return Sequential([*colors, *sharp, layers.RandomHue(0.1), layers.RandomGrayscale()])


def _equalized(x: Any) -> Any:
    return layers.Equalization()(x)


def _lookup(name: str, **options: Any) -> Case:
    return layer(
        f"integer_lookup{name}",
        lambda: layers.IntegerLookup(vocabulary=[3, 5, 7, 9], **options),
        integers(10, 5, dtype="int64"),
    )


CATEGORIES = (
    layer(
        "discretization",
        lambda: layers.Discretization(bin_boundaries=[-1.0, 0.0, 0.5, 1.0]),
        floats(6),
    ),
    layer(
        "discretization_one_hot",
        lambda: layers.Discretization(bin_boundaries=[-0.5, 0.5], output_mode="one_hot"),
        floats(1),
    ),
    layer("category_multi_hot", lambda: layers.CategoryEncoding(num_tokens=6), integers(6, 4)),
    layer(
        "category_one_hot",
        lambda: layers.CategoryEncoding(num_tokens=6, output_mode="one_hot"),
        integers(6, 1),
    ),
    layer(
        "category_count",
        lambda: layers.CategoryEncoding(num_tokens=6, output_mode="count"),
        integers(6, 4),
    ),
    _lookup(""),
    _lookup("_multi_hot", output_mode="multi_hot"),
    layer("hashing", lambda: layers.Hashing(num_bins=7), integers(100, 5)),
    layer(
        "hashed_crossing",
        lambda: layers.HashedCrossing(num_bins=7),
        *(integers(9, 1), integers(9, 1)),
    ),
    layer(
        "string_lookup", lambda: layers.StringLookup(vocabulary=["a"]), floats(5, dtype="string")
    ),
    layer(
        "text_vectorization",
        lambda: layers.TextVectorization(vocabulary=["a"]),
        floats(1, dtype="string"),
    ),
)
IMAGES = (
    layer("augmentation_at_inference", _augmentation, _IMAGE),
    layer("augmentation_that_draws_numbers", _drawing_augmentation, _IMAGE),
    layer("color_jitter_at_inference", lambda: layers.RandomColorJitter(seed=1), _IMAGE),
    layer("rand_augment_at_inference", layers.RandAugment, _IMAGE),
    layer("aug_mix_at_inference", layers.AugMix, _IMAGE),
    layer("mix_up_at_inference", layers.MixUp, _IMAGE),
    layer("cut_mix_at_inference", layers.CutMix, _IMAGE),
    layer("auto_contrast", layers.AutoContrast, _IMAGE),
    layer("solarization", lambda: layers.Solarization(threshold_factor=0.5, seed=1), _IMAGE),
    op("equalization", _equalized, _IMAGE),
    layer(
        "local_equalization",
        lambda: layers.ContrastLimitedAdaptiveHistogramEqualization(tile_grid_size=(2, 2)),
        _IMAGE,
    ),
    layer(
        "pipeline",
        lambda: layers.Pipeline([layers.Rescaling(1 / 255), layers.CenterCrop(6, 6)]),
        _IMAGE,
    ),
)
SOUND = (
    layer("mel_spectrogram_by_default", layers.MelSpectrogram, floats(2048)),
    layer(
        "mel_spectrogram",
        lambda: layers.MelSpectrogram(fft_length=64, sequence_stride=32, num_mel_bins=8),
        floats(256),
    ),
    layer(
        "stft_spectrogram",
        lambda: layers.STFTSpectrogram(mode="magnitude", frame_length=32, frame_step=16),
        floats(128, 1),
    ),
)
CASES = (*CATEGORIES, *IMAGES, *SOUND)
