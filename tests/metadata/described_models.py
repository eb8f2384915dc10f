"""A small classifier of images, and what there is to say of it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import litert_ir as lir
from litert_ir.backends import load_keras

LABELS = ("cat", "dog", "größe")
METADATA = lir.Metadata(
    name="Pets",
    description="Tells cats from dogs",
    version="1.2",
    author="Ada",
    license="Apache-2.0",
    inputs=(
        lir.InputMetadata(
            "images",
            description="A photo",
            normalization=lir.Normalization([123.675, 116.28, 103.53], [58.395, 57.12, 57.375]),
            bounds=lir.Bounds(-2.5, 2.75),
            color_space=lir.ColorSpace.RGB,
        ),
    ),
    outputs=(lir.OutputMetadata("scores", labels=LABELS, bounds=lir.Bounds(0, 1)),),
)


@functools.cache
def classifier() -> Any:
    """A model from images of 8x8 pixels to the scores of three classes."""
    keras = load_keras()
    keras.utils.set_random_seed(0)
    images = keras.Input((8, 8, 3), name="images")
    x = keras.layers.Conv2D(4, 3, activation="relu")(images)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(images, keras.layers.Dense(3, activation="softmax", name="scores")(x))


def described(path: Path, **request: Any) -> lir.ExportResult:
    """Export the classifier with its metadata."""
    given: Mapping[str, Any] = {"metadata": METADATA, **request}
    return lir.export(classifier(), path, **given)


def read(path: Path) -> lir.FileMetadata:
    """The metadata of a file that has some."""
    found = lir.read_metadata(path)
    assert found is not None
    return found
