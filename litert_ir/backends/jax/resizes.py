"""Keep a model's resizing of images visible in a trace of JAX.

Otherwise the sizes are in the traced matrices and indices alone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from litert_ir.backends import load_jax, load_keras
from litert_ir.backends.jax.nearest_samples import nearest_places
from litert_ir.backends.jax.resize_primitive import original_resize, resize_linearly, resizes_kept

_LINEAR = frozenset({"linear", "bilinear", "trilinear", "triangle"})
_NEAREST = "nearest"
_FLOATS = frozenset({"float16", "bfloat16", "float32"})
_LAST, _FIRST = (1, 2), (2, 3)
"""The axes of height and width of images whose channels are last, or first."""


@attrs.frozen
class _Resize:
    """A call of `jax.image.resize` with a batch of images.

    Attributes:
        source: The images' shape.
        target: Their shape after resizing.
        axes: Those of height and width.
    """

    source: tuple[int, ...]
    target: tuple[int, ...]
    axes: tuple[int, int]

    @property
    def keeps_all(self) -> bool:
        """Tell whether every size stays the same."""
        return self.source == self.target

    @property
    def enlarges(self) -> bool:
        """Tell whether no size becomes smaller."""
        return all(self.source[axis] <= self.target[axis] for axis in self.axes)

    def nearest(self, images: Any) -> Any:
        """Take the nearest rows and columns."""
        for axis in self.axes:
            places = nearest_places(self.source[axis], self.target[axis])
            images = load_jax().numpy.take(images, places, axis=axis, mode="clip")
        return images

    def linear(self, images: Any) -> Any:
        """Interpolate in float32, as LiteRT has no kernel for halves.

        The weights of LiteRT and JAX are equal but for rounding, at the borders, too.
        """
        jnp = load_jax().numpy
        x = jnp.asarray(images, "float32")
        if self.axes == _FIRST:
            x = jnp.transpose(x, (0, 2, 3, 1))
        x = resize_linearly(x, *(self.target[axis] for axis in self.axes))
        if self.axes == _FIRST:
            x = jnp.transpose(x, (0, 3, 1, 2))
        return jnp.asarray(x, images.dtype)


@contextlib.contextmanager
def resizes_named(*, any_size: bool) -> Iterator[None]:
    """Trace `jax.image.resize` in a form that holds for other sizes, where LiteRT has one.

    The function is replaced meanwhile.

    Args:
        any_size: Whether the trace stands for other sizes, too. Then what depends on how sizes
            compare is left as it is: the antialiasing of images that become smaller. A size that
            stays as it is is resized to, because others may not.

    Whole numbers are interpolated as JAX does it: models round the results, so that a difference
    in the last bit would become one of a whole number.
    """
    image, original = load_jax().image, original_resize()

    def resize(images: Any, shape: Any, method: Any, antialias: bool = True, **rest: Any) -> Any:
        name = str(getattr(method, "name", method)).lower()
        found = _resize_of(images, shape)
        if found is None or (found.keeps_all and not any_size):
            return original(images, shape, method, antialias, **rest)
        if name == _NEAREST:
            return found.nearest(images)
        is_plain = not antialias or (found.enlarges and not any_size)
        if name in _LINEAR and is_plain and str(images.dtype) in _FLOATS:
            return found.linear(images)
        return original(images, shape, method, antialias, **rest)

    image.resize = resize
    try:
        with resizes_kept():
            yield
    finally:
        image.resize = original


def _resize_of(images: Any, shape: Sequence[Any]) -> _Resize | None:
    """The resizing of a batch of images; None for other arrays and axes."""
    source, target = tuple(images.shape), tuple(shape)
    if len(source) != 4 or len(target) != 4:
        return None
    if not all(isinstance(size, int) and size > 0 for size in (*source, *target)):
        return None
    axes = _axes_of(source, target)
    return None if axes is None else _Resize(source, target, axes)


def _axes_of(source: tuple[int, ...], target: tuple[int, ...]) -> tuple[int, int] | None:
    """The axes of height and width; where the sizes do not tell, Keras' data format does."""
    changed = {axis for axis in range(4) if source[axis] != target[axis]}
    is_last = load_keras().config.image_data_format() == "channels_last"
    preferred = (_LAST, _FIRST) if is_last else (_FIRST, _LAST)
    return next((axes for axes in preferred if changed <= set(axes)), None)
