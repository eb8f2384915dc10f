"""Cases of normalization layers and functions."""

from __future__ import annotations

from typing import Any

from keras import Sequential, layers, ops

from tests.stablehlo.sweep.case import each, layer, op
from tests.stablehlo.sweep.drawing import between, floats

_BATCH, _LAYER, _GROUP = (
    layers.BatchNormalization,
    layers.LayerNormalization,
    layers.GroupNormalization,
)


def _between_dense() -> Any:
    norm = layers.BatchNormalization()
    return Sequential([layers.Dense(6), norm, layers.Activation("relu"), layers.Dense(3)])


def _batch_normalized(x: Any) -> Any:
    mean, variance = ops.moments(x, axes=[1], keepdims=False)
    return ops.stack([mean, variance], axis=-1)


LAYERS = (
    layer("batch_norm", _BATCH, floats(5)),
    layer("batch_norm_images", _BATCH, floats(4, 4, 5)),
    layer("batch_norm_axis_1", lambda: _BATCH(axis=1), floats(3, 4, 5)),
    layer("batch_norm_plain", lambda: _BATCH(center=False, scale=False), floats(5)),
    layer("batch_norm_between_dense", _between_dense, floats(5)),
    layer("layer_norm", _LAYER, floats(4, 5)),
    layer("layer_norm_axis_1", lambda: _LAYER(axis=1), floats(4, 5)),
    layer("layer_norm_axes", lambda: _LAYER(axis=(1, 2)), floats(4, 5)),
    layer("layer_norm_middle_axes", lambda: _LAYER(axis=(1, 2)), floats(3, 4, 5)),
    layer("layer_norm_plain", lambda: _LAYER(center=False, scale=False), floats(4, 5)),
    layer("rms_norm", layers.RMSNormalization, floats(4, 5)),
    layer("rms_norm_axes", lambda: layers.RMSNormalization(axis=(1, 2)), floats(4, 5)),
    layer("group_norm", lambda: _GROUP(groups=2), floats(4, 4, 6)),
    layer("group_norm_of_instances", lambda: _GROUP(groups=-1), floats(4, 4, 6)),
    layer("group_norm_of_one_group", lambda: _GROUP(groups=1), floats(4, 6)),
    layer("group_norm_axis_1", lambda: _GROUP(groups=2, axis=1), floats(4, 3, 3)),
    layer("unit_norm", layers.UnitNormalization, floats(4, 5)),
    layer("unit_norm_axes", lambda: layers.UnitNormalization(axis=(1, 2)), floats(4, 5)),
    layer("spectral_norm", lambda: layers.SpectralNormalization(layers.Dense(4)), floats(5)),
    layer(
        "spectral_norm_big", lambda: layers.SpectralNormalization(layers.Dense(160)), floats(160)
    ),
    layer(
        "spectral_norm_conv",
        lambda: layers.SpectralNormalization(layers.Conv2D(4, 3)),
        floats(6, 6, 3),
    ),
    layer(
        "feature_normalization",
        lambda: layers.Normalization(mean=[0.1, 0.2, 0.3], variance=[0.5, 1.0, 2.0]),
        floats(4, 3),
    ),
    layer(
        "feature_normalization_inverted",
        lambda: layers.Normalization(mean=0.3, variance=2.0, invert=True, axis=None),
        floats(4, 3),
    ),
    layer("rescaling", lambda: layers.Rescaling(1 / 127.5, offset=-1.0), between(0, 255, 4, 4, 3)),
    layer(
        "rescaling_channels",
        lambda: layers.Rescaling([0.1, 0.2, 0.3], offset=[1.0, 2.0, 3.0]),
        floats(4, 4, 3),
    ),
)
NORMS = {
    "default": lambda x: ops.norm(x, axis=-1),
    "order_1": lambda x: ops.norm(x, ord=1, axis=-1, keepdims=True),
    "order_inf": lambda x: ops.norm(x, ord=float("inf"), axis=-1),
    "frobenius": lambda x: ops.norm(x, ord="fro", axis=(1, 2)),
}
FUNCTIONS = (
    op("ops_normalize", lambda x: ops.normalize(x, axis=-1), floats(4, 5)),
    op("ops_normalize_order_1", lambda x: ops.normalize(x, axis=1, order=1), floats(4, 5)),
    each("ops_norms", NORMS, floats(4, 5)),
    op("ops_moments", _batch_normalized, floats(6, 4)),
    op("ops_rms_normalization", lambda x: ops.rms_normalization(x, axis=-1), floats(4, 5)),
    op("ops_layer_normalization", lambda x: ops.layer_normalization(x, axis=-1), floats(4, 5)),
    op(
        "ops_batch_normalization",
        lambda x: ops.batch_normalization(x, ops.ones((5,)) * 0.3, ops.ones((5,)) * 2.0, axis=-1),
        floats(4, 5),
    ),
)
CASES = (*LAYERS, *FUNCTIONS)
