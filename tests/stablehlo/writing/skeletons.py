"""A real LiteRT file, and skeletons made from it: its big buffers taken out."""

from __future__ import annotations

import functools
import math
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
import flatbuffers
import numpy as np
from numpy.typing import NDArray

import litert_ir as lir
from litert_ir.backends import load_keras, load_schema
from litert_ir.conversion.protocol import Content
from litert_ir.stablehlo.weights.expressions import Parameter, WeightExpr
from tests.conversion.exports import STRATEGIES

Array = NDArray[Any]
BIG = 256
"""Bytes from which on a buffer of the small models here is taken out."""


@attrs.frozen(eq=False)
class Skeleton:
    """A file without its big weights.

    Attributes:
        content: The file; its external buffers have indices of ``arrays`` as offsets.
        arrays: The weights.
    """

    content: bytes
    arrays: tuple[Array, ...]

    @property
    def weights(self) -> tuple[WeightExpr, ...]:
        """Each weight as a variable by itself."""
        return tuple(
            Parameter(index, array.shape, array.dtype.name)
            for index, array in enumerate(self.arrays)
        )

    def variable(self, index: int) -> Array:
        return self.arrays[index]


def pack(model: Any) -> bytes:
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def unpack(content: bytes) -> Any:
    return load_schema().ModelT.InitFromPackedBuf(content, 0)


def skeleton_of(content: bytes, edit: Callable[[Any], None] = lambda _: None) -> Skeleton:
    """Take the big weights out of a file; tensors that share a buffer share the weight.

    Args:
        content: The file.
        edit: Changes the skeleton's tables, after its weights are external.
    """
    schema, model = load_schema(), unpack(content)
    arrays: dict[int, Array] = {}
    model.externalBuffers = []
    for tensor in model.subgraphs[0].tensors:
        data = model.buffers[tensor.buffer].data
        if data is not None and len(data) >= BIG and tensor.type == schema.TensorType.FLOAT32:
            arrays.setdefault(tensor.buffer, np.array(data).view(np.float32).reshape(tensor.shape))
            tensor.externalBuffer = 1 + list(arrays).index(tensor.buffer)
    for index, buffer in enumerate(arrays):
        external = schema.ExternalBufferT()
        external.id, external.offset, external.length = index + 1, index, 1
        model.externalBuffers.append(external)
        model.buffers[buffer].data = None
    for tensor in model.subgraphs[0].tensors:
        tensor.buffer = 0 if tensor.externalBuffer else tensor.buffer
    edit(model)
    return Skeleton(pack(model), tuple(arrays.values()))


@functools.cache
def original(name: str = "mixed") -> bytes:
    """A converted Keras model."""
    load_keras().utils.set_random_seed(7)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tflite"
        lir.export(_BUILDERS[name](), path, strategies=(STRATEGIES["concrete-function"],))
        return path.read_bytes()


def _mixed_model() -> Any:
    """Convolutions and dense layers, two of the latter of one shape; ids look rows up."""
    keras = load_keras()
    layers = keras.layers
    image, ids = keras.Input((8, 8, 3), name="image"), keras.Input((4,), name="ids", dtype="int32")
    x = layers.Conv2D(16, 3, strides=2, activation="relu")(image)
    x = layers.DepthwiseConv2D(3, padding="same")(x)
    x = layers.Dense(32, activation="tanh")(layers.Flatten()(x))
    x = layers.Dense(32)(layers.Dense(32)(x))
    rows = layers.Embedding(50, 32)(ids)
    return keras.Model([image, ids], layers.Add()([x, layers.GlobalMaxPooling1D()(rows)]))


def _lookup_model() -> Any:
    keras = load_keras()
    ids = keras.Input((4,), name="ids", dtype="int32", batch_size=1)
    rows = keras.layers.Embedding(50, 16)(ids)
    return keras.Model(ids, keras.layers.Dense(8)(rows))


_BUILDERS: Mapping[str, Callable[[], Any]] = {"mixed": _mixed_model, "lookup": _lookup_model}


def joined(content: Content) -> bytes:
    return b"".join(content.pieces())


def run(content: bytes | Path, first_id: int = 0) -> Mapping[str, Array]:
    """The outputs of a file, for inputs that depend on their shapes and the first id alone."""
    if isinstance(content, bytes):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.tflite"
            path.write_bytes(content)
            return run(path, first_id)
    file = lir.LiteRTFile(content)
    inputs = {}
    for info in file.inputs:
        shape = [size or 2 for size in info.shape]
        values = np.arange(math.prod(shape)).reshape(shape)
        ids = (first_id + values % 50).astype(np.int32)
        inputs[info.name] = ids if info.dtype == "int32" else np.sin(values, dtype="f4")
    return file.run(inputs)
