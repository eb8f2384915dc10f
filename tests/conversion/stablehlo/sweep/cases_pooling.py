"""Cases of pooling layers."""

from __future__ import annotations

from typing import Any

from keras import layers, ops

from tests.conversion.stablehlo.sweep.case import Case, layer, op
from tests.conversion.stablehlo.sweep.drawing import floats

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


def _pooling(kinds: dict[int, tuple[Any, ...]], suffix: str, *sizes: Any, **options: Any) -> Any:
    """A case of each kind."""
    return [
        _case(kind, _INPUTS[rank], suffix, sizes, options)
        for rank, both in kinds.items()
        for kind in both
    ]


def _case(kind: Any, given: Any, suffix: str, sizes: Any, options: Any) -> Case:
    return layer(f"{kind.__name__}{suffix}", lambda: kind(*sizes, **options), given)


CASES = (
    *_pooling(_POOLING, "", 2),
    *_pooling(_POOLING, "_same", 3, strides=2, padding="same"),
    *_pooling(_POOLING, "_strided", 3, strides=1),
    *_pooling(_GLOBAL, ""),
    *_pooling({2: _GLOBAL[2]}, "_keepdims", keepdims=True),
    *_pooling({2: _POOLING[2]}, "_channels_first", 2, data_format="channels_first"),
    *_pooling({2: _GLOBAL[2]}, "_channels_first", data_format="channels_first"),
    *_pooling(_ADAPTIVE, "", 3),
    *_pooling({2: _ADAPTIVE[2]}, "_oblong", (2, 4)),
    op("ops_max_pool", lambda x: ops.max_pool(x, 2, padding="same"), floats(7, 7, 3)),
    op("ops_average_pool", lambda x: ops.average_pool(x, 3, strides=2), floats(7, 7, 3)),
    op("ops_adaptive_pool", lambda x: ops.adaptive_average_pool(x, 2), floats(6, 6, 3)),
    op("ops_adaptive_max_pool", lambda x: ops.adaptive_max_pool(x, 2), floats(6, 6, 3)),
)
