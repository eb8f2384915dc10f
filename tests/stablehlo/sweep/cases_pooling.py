"""Cases of pooling layers."""

from __future__ import annotations

from typing import Any

from keras import layers, ops

from tests.stablehlo.sweep.case import Case, model, op
from tests.stablehlo.sweep.drawing import floats

_INPUTS = {1: floats(9, 3), 2: floats(9, 8, 3), 3: floats(6, 5, 4, 2)}
_POOLING = {
    1: (layers.MaxPooling1D, layers.AveragePooling1D),
    2: (layers.MaxPooling2D, layers.AveragePooling2D),
    3: (layers.MaxPooling3D, layers.AveragePooling3D),
}
_GLOBAL = {
    1: (layers.GlobalMaxPooling1D, layers.GlobalAveragePooling1D),
    2: (layers.GlobalMaxPooling2D, layers.GlobalAveragePooling2D),
    3: (layers.GlobalMaxPooling3D, layers.GlobalAveragePooling3D),
}
_ADAPTIVE = {
    1: (layers.AdaptiveMaxPooling1D, layers.AdaptiveAveragePooling1D),
    2: (layers.AdaptiveMaxPooling2D, layers.AdaptiveAveragePooling2D),
    3: (layers.AdaptiveMaxPooling3D, layers.AdaptiveAveragePooling3D),
}


def _pooling(name: str, kinds: dict[int, Any], *sizes: Any, **options: Any) -> list[Case]:
    """A case for each rank, of both kinds."""
    return [
        _both(f"{name}_{rank}d", both, _INPUTS[rank], sizes, options)
        for rank, both in kinds.items()
    ]


def _both(name: str, kinds: tuple[Any, ...], given: Any, sizes: Any, options: Any) -> Case:
    return model(name, lambda x: [kind(*sizes, **options)(x) for kind in kinds], given)


CASES = (
    *_pooling("pooling", _POOLING, 2),
    *_pooling("pooling_same", _POOLING, 3, strides=2, padding="same"),
    *_pooling("pooling_strided", _POOLING, 3, strides=1),
    *_pooling("pooling_channels_first", {2: _POOLING[2]}, 2, data_format="channels_first"),
    *_pooling("pooling_global", _GLOBAL),
    *_pooling("pooling_global_keepdims", {2: _GLOBAL[2]}, keepdims=True),
    *_pooling("pooling_global_channels_first", {2: _GLOBAL[2]}, data_format="channels_first"),
    *_pooling("pooling_adaptive", _ADAPTIVE, 3),
    *_pooling("pooling_adaptive_oblong", {2: _ADAPTIVE[2]}, (2, 4)),
    op("ops_max_pool", lambda x: ops.max_pool(x, 2, strides=2), floats(7, 7, 3)),
    op("ops_average_pool", lambda x: ops.average_pool(x, 3, strides=2), floats(7, 7, 3)),
    op("ops_adaptive_pool", lambda x: ops.adaptive_average_pool(x, 2), floats(6, 6, 3)),
    op("ops_adaptive_max_pool", lambda x: ops.adaptive_max_pool(x, 2), floats(6, 6, 3)),
)
