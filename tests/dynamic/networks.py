"""Networks of images: backbones without a fixed size, segmentation, detection."""

from __future__ import annotations

from typing import Any

import numpy as np

from litert_ir.backends import load_keras
from litert_ir.testing.models import settle_batch_norm
from tests.dynamic.dynamic_case import DynamicCase, Shapes, with_offsets
from tests.dynamic.own_layers import ResizedTo

keras = load_keras()
layers = keras.layers

LARGE: tuple[Shapes, ...] = (((1, 97, 131, 3),), ((2, 64, 75, 3),))
USUAL: tuple[Shapes, ...] = (((1, 37, 53, 3),), ((3, 64, 41, 3),))


def convolved(x: Any, filters: int, strides: int = 1, **options: Any) -> Any:
    convolution = layers.Conv2D(filters, 3, strides, "same", activation="relu", **options)
    return convolution(x)


def settled(model: Any) -> Any:
    """The network with statistics that keep its values of order one in every layer."""
    with_offsets(model)
    settle_batch_norm(model, np.random.default_rng(0).standard_normal((2, 96, 96, 3)))
    return model


def mobile_net() -> Any:
    return settled(
        keras.applications.MobileNet((None, None, 3), 0.25, weights=None, include_top=False)
    )


def mobile_net_v2() -> Any:
    return settled(
        keras.applications.MobileNetV2(
            (None, None, 3), 0.35, include_top=False, weights=None, pooling="avg"
        )
    )


def efficient_net() -> Any:
    return settled(
        keras.applications.EfficientNetB0(
            weights=None, include_top=False, input_shape=(None, None, 3), pooling="avg"
        )
    )


def pyramid_pooling() -> Any:
    """DeepLab's head: dilated branches, and an image's mean on every pixel of a feature map."""
    image = keras.Input((None, None, 3), name="image")
    features = convolved(convolved(image, 6, 2), 6, 2)
    branches = [layers.Conv2D(4, 1)(features)]
    branches += [convolved(features, 4, dilation_rate=rate) for rate in (2, 4)]
    mean = layers.Conv2D(4, 1)(layers.GlobalAveragePooling2D(keepdims=True)(features))
    branches.append(ResizedTo("bilinear")(mean, features))
    x = layers.Conv2D(3, 1)(layers.Concatenate()(branches))
    return keras.Model(image, ResizedTo("bilinear")(x, image))


def mean_by_reshape() -> Any:
    """The same mean, from `Reshape`, repeated by a broadcast."""
    image = keras.Input((None, None, 3), name="image")
    features = convolved(image, 4, 2)
    mean = layers.Reshape((1, 1, 4))(layers.GlobalAveragePooling2D()(features))
    return keras.Model(image, layers.Conv2D(2, 1)(layers.Add()([features, mean])))


def u_net(padding: str) -> Any:
    """A U-Net: with valid pools, sizes have to be multiples of four."""
    image = keras.Input((None, None, 3), name="image")
    first = convolved(image, 4)
    second = convolved(layers.MaxPooling2D(2, padding=padding)(first), 6)
    x = convolved(layers.MaxPooling2D(2, padding=padding)(second), 8)
    for skip in (second, first):
        x = layers.UpSampling2D(2)(x)
        x = convolved(layers.Concatenate()([x, skip]), skip.shape[-1])
    return keras.Model(image, layers.Conv2D(2, 1, activation="sigmoid")(x))


def resizing_u_net() -> Any:
    """A U-Net that resizes to its skips, so that it takes images of every size."""
    image = keras.Input((None, None, 3), name="image")
    first = convolved(image, 4)
    second = convolved(layers.MaxPooling2D(2)(first), 6)
    x = convolved(layers.MaxPooling2D(2)(second), 8)
    for skip in (second, first):
        x = ResizedTo("nearest")(x, skip)
        x = convolved(layers.Concatenate()([x, skip]), skip.shape[-1])
    return keras.Model(image, layers.Conv2D(2, 1, activation="sigmoid")(x))


def feature_pyramid() -> Any:
    """A feature pyramid: every level has the sum of itself and the next one, made larger."""
    image = keras.Input((None, None, 3), name="image")
    levels = [convolved(convolved(image, 4, 2), 4)]
    for _ in range(2):
        levels.append(convolved(levels[-1], 4, 2))
    found = [layers.Conv2D(4, 1)(levels[-1])]
    for level in reversed(levels[:-1]):
        larger = ResizedTo("bilinear")(found[-1], level)
        found.append(layers.Add()([layers.Conv2D(4, 1)(level), larger]))
    return keras.Model(image, found)


def super_resolution() -> Any:
    """Twice the size, with the interpolated image added."""
    image = keras.Input((None, None, 3), name="image")
    x = convolved(convolved(image, 6), 6)
    x = layers.Conv2DTranspose(3, 4, strides=2, padding="same")(x)
    larger = layers.UpSampling2D(2, interpolation="bilinear")(image)
    return keras.Model(image, layers.Add()([x, larger]))


def anchor_boxes() -> Any:
    """A detector's head: all boxes of all places of two maps, in one list."""
    image = keras.Input((None, None, 3), name="image")
    fine = convolved(image, 4, 4)
    coarse = convolved(fine, 4, 2)
    boxes = [
        layers.Reshape((-1, 4))(layers.Conv2D(8, 3, padding="same")(x)) for x in (fine, coarse)
    ]
    return keras.Model(image, layers.Concatenate(axis=1)(boxes))


FOURS: tuple[Shapes, ...] = (((1, 36, 52, 3),), ((3, 64, 44, 3),))

NETWORKS = (
    DynamicCase("network-mobile-net", mobile_net, LARGE, largest=150, slow=True),
    DynamicCase("network-mobile-net-v2", mobile_net_v2, LARGE, largest=150, slow=True),
    DynamicCase("network-efficient-net", efficient_net, LARGE, largest=150, slow=True),
    DynamicCase("network-pyramid-pooling", pyramid_pooling, USUAL),
    DynamicCase("network-mean-by-reshape", mean_by_reshape, USUAL),
    DynamicCase("network-u-net-of-fours", lambda: u_net("valid"), FOURS),
    DynamicCase("network-u-net-same-pools", lambda: u_net("same"), FOURS),
    DynamicCase("network-u-net-resizing", resizing_u_net, USUAL),
    DynamicCase("network-feature-pyramid", feature_pyramid, USUAL),
    DynamicCase("network-super-resolution", super_resolution, USUAL),
    DynamicCase("network-anchor-boxes", anchor_boxes, USUAL),
)
