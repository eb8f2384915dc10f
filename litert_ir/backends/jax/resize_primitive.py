"""A primitive of JAX that keeps an image's resizing whole in StableHLO.

`jax.image.resize` computes matrices of weights, or indices, which do not extrapolate to other
sizes. LiteRT has an operator for its linear method.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from typing import Any

import numpy as np

from litert_ir.backends import load_jax

_TARGET = "tf.ResizeBilinear"
_SAMPLING = {"align_corners": False, "half_pixel_centers": True}
_keeps: ContextVar[bool] = ContextVar("keeps_resizes", default=False)


@contextlib.contextmanager
def resizes_kept() -> Iterator[None]:
    """Lower the primitive to a custom call.

    JAX keeps traces of inner functions for the process: outside of this context, it lowers those
    with the primitive to what `jax.image.resize` does.
    """
    token = _keeps.set(True)
    try:
        yield
    finally:
        _keeps.reset(token)


def resize_linearly(images: Any, height: int, width: int) -> Any:
    """Resize float32 images of shape ``(batch, height, width, channels)`` linearly."""
    return _primitive().bind(images, height=height, width=width)


def original_resize() -> Any:
    """`jax.image.resize` as JAX defines it."""
    return _original(load_jax())


@functools.cache
def _original(jax: Any) -> Any:
    return jax.image.resize


@functools.cache
def _primitive() -> Any:
    """The primitive; `jax.vmap` and `jax.grad` see it as `jax.image.resize`."""
    jax = load_jax()
    ad, batching, mlir = (
        importlib.import_module(f"jax.interpreters.{name}") for name in ("ad", "batching", "mlir")
    )
    primitive = importlib.import_module("jax.extend.core").Primitive("resize_linearly")
    primitive.def_impl(_as_jax_does)
    primitive.def_abstract_eval(_abstract)
    mlir.register_lowering(primitive, _lowered)
    batching.primitive_batchers[primitive] = lambda values, axes, **params: (
        jax.vmap(functools.partial(_as_jax_does, **params), in_axes=axes)(*values),
        0,
    )
    ad.primitive_jvps[primitive] = lambda values, tangents, **params: jax.jvp(
        functools.partial(_as_jax_does, **params),
        tuple(values),
        tuple(map(ad.instantiate_zeros, tangents)),
    )
    return primitive


def _as_jax_does(images: Any, *, height: int, width: int) -> Any:
    batch, _, _, channels = images.shape
    return original_resize()(images, (batch, height, width, channels), "linear", antialias=False)


def _abstract(images: Any, *, height: int, width: int) -> Any:
    batch, _, _, channels = images.shape
    return images.update(shape=(batch, height, width, channels))


def _lowered(context: Any, images: Any, **params: Any) -> Any:
    mlir = importlib.import_module("jax.interpreters.mlir")
    if not _keeps.get():
        return mlir.lower_fun(_as_jax_does, multiple_results=False)(context, images, **params)
    (result,) = context.avals_out
    return _custom_call(mlir.ir, images, result.shape)


def _custom_call(ir: Any, images: Any, shape: Sequence[int]) -> Any:
    """The call of TensorFlow's operator, with its attributes."""
    attributes = {name: ir.BoolAttr.get(value) for name, value in _SAMPLING.items()}
    sizes = ir.Operation.create(
        "stablehlo.constant",
        results=[ir.RankedTensorType.get([2], ir.IntegerType.get_signless(32))],
        attributes={"value": ir.DenseElementsAttr.get(np.asarray(shape[1:3], "int32"))},
    )
    call = ir.Operation.create(
        "stablehlo.custom_call",
        results=[ir.RankedTensorType.get(shape, ir.F32Type.get())],
        operands=[images, sizes.result],
        attributes={"call_target_name": ir.StringAttr.get(_TARGET), **attributes},
    )
    return call.results
