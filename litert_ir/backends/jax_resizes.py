"""Let a trace of JAX say where a model resizes images.

Otherwise their sizes are in the traced matrices and indices alone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from litert_ir.backends import load_jax, load_keras
from litert_ir.backends.resize_primitive import original_resize, resize_image, resizes_kept

_FLOATS = frozenset({"float16", "bfloat16", "float32"})
_METHODS = {
    **dict.fromkeys(("linear", "bilinear", "triangle"), "linear"),
    "nearest": "nearest",
}
_LAST, _FIRST = (1, 2), (2, 3)
"""The axes of height and width of images whose channels are last, or first."""


@attrs.frozen
class _Resize:
    """A call of `jax.image.resize` with images that LiteRT can resize.

    Attributes:
        source: The images' shape.
        target: Their shape after resizing.
        axes: Those of height and width.
        method: As in `TARGETS`.
    """

    source: tuple[int, ...]
    target: tuple[int, ...]
    axes: tuple[int, int]
    method: str

    @property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """Of height and of width, the size and the size after resizing."""
        return tuple((self.source[axis], self.target[axis]) for axis in self.axes)

    def __call__(self, images: Any) -> Any:
        """Resize; halves are resized in float32, as LiteRT has no kernel for them."""
        jnp = load_jax().numpy
        height, width = (after for _, after in self.sizes)
        x = jnp.asarray(images, "float32")
        if self.axes == _FIRST:
            x = jnp.transpose(x, (0, 2, 3, 1))
        x = resize_image(x, height, width, self.method)
        if self.axes == _FIRST:
            x = jnp.transpose(x, (0, 3, 1, 2))
        return jnp.asarray(x, images.dtype)


@contextlib.contextmanager
def resizes_named(*, any_size: bool) -> Iterator[None]:
    """Trace `jax.image.resize` as calls of TensorFlow's operators, where they are the same.

    The function is replaced meanwhile.

    Args:
        any_size: Whether the trace stands for other sizes, too. Then what depends on how sizes
            compare is left as it is: the antialiasing of images that become smaller. A size that
            stays as it is is resized to, because others may not.
    """
    image, original = load_jax().image, original_resize()

    def resize(images: Any, shape: Any, method: Any, antialias: bool = True, **rest: Any) -> Any:
        found = None if rest else _resize_of(images, shape, method)
        if found is None or not _is_same(found, antialias=antialias, any_size=any_size):
            return original(images, shape, method, antialias, **rest)
        return found(images)

    image.resize = resize
    try:
        with resizes_kept():
            yield
    finally:
        image.resize = original


def _is_same(resize: _Resize, *, antialias: bool, any_size: bool) -> bool:
    """Whether LiteRT computes what JAX does.

    LiteRT multiplies positions by a rounded ratio. Where it is whole, or its inverse is, and
    nowhere else, the nearest pixel is always the same one. Linear weights hardly change.
    """
    sizes = resize.sizes
    if not any_size and all(before == after for before, after in sizes):
        return False
    if resize.method == "nearest":
        return all(after % before == 0 or before % after == 0 for before, after in sizes)
    enlarges = all(before <= after for before, after in sizes)
    return not antialias or (enlarges and not any_size)


def _resize_of(images: Any, shape: Sequence[Any], method: Any) -> _Resize | None:
    """The resizing of the images in a batch; None for other arrays, axes, types and methods."""
    source, target = tuple(images.shape), tuple(shape)
    name = _METHODS.get(str(getattr(method, "name", method)).lower())
    axes = _axes_of(source, target)
    if name is None or axes is None or str(images.dtype) not in _FLOATS:
        return None
    if not all(isinstance(size, int) and size > 0 for size in (*source, *target)):
        return None
    return _Resize(source, target, axes, name)


def _axes_of(source: tuple[Any, ...], target: tuple[Any, ...]) -> tuple[int, int] | None:
    """The axes of height and width; where the sizes do not tell, Keras' data format does."""
    if len(source) != 4 or len(target) != 4:
        return None
    changed = {axis for axis in range(4) if source[axis] != target[axis]}
    is_last = load_keras().config.image_data_format() == "channels_last"
    preferred = (_LAST, _FIRST) if is_last else (_FIRST, _LAST)
    return next((axes for axes in preferred if changed <= set(axes)), None)
