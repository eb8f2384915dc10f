"""TensorFlow functions as pairs of LiteRT files with fixed sizes, generalized, run and compared."""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.backends import load_interpreter, load_schema, load_tensorflow
from litert_ir.backends.litert.files import packed
from tests.stablehlo.dynamic_shapes.hand_made import generalized

Array = NDArray[Any]
Shape = tuple[int | str, ...]
Sizes = Mapping[str, int]
FIRST: Sizes = {"batch": 2, "length": 7, "height": 12, "width": 28}
SECOND: Sizes = {"batch": 3, "length": 12, "height": 20, "width": 44}
LARGEST: Sizes = {"batch": 5, "length": 16, "height": 16, "width": 48}
OTHERS: tuple[Sizes, ...] = (
    {"batch": 1, "length": 4, "height": 8, "width": 4},
    FIRST,
    LARGEST,
)
"""At which the generalized file is run."""


@attrs.frozen
class Pair:
    """A function and its inputs, in which a name stands for a dynamic dimension.

    Attributes:
        function: Takes one tensor per shape; returns a tensor or a list of them.
        shapes: The inputs' shapes.
        dtypes: The inputs' element types; all float32 when empty.
    """

    function: Callable[..., Any]
    shapes: tuple[Shape, ...]
    dtypes: tuple[str, ...] = ()

    def file(self, sizes: Sizes) -> bytes:
        """The function as a LiteRT file with fixed sizes."""
        return _converted(self, tuple(sizes.items()))

    def general(self) -> bytes:
        """One file for all sizes."""
        return generalized(self.file(FIRST), self.file(SECOND))

    def inputs(self, sizes: Sizes) -> list[Array]:
        """Numbers to run the function on."""
        return [numbers(shape, dtype) for shape, dtype in zip(*self.fixed(sizes), strict=True)]

    def results(self, inputs: Sequence[Array]) -> list[Array]:
        """What TensorFlow computes."""
        found = self.function(*(load_tensorflow().constant(array) for array in inputs))
        return [np.asarray(one) for one in (found if isinstance(found, list | tuple) else [found])]

    def fixed(self, sizes: Sizes) -> tuple[list[tuple[int, ...]], list[str]]:
        """The inputs' shapes and element types for some sizes."""
        shapes = [
            tuple(sizes[dim] if isinstance(dim, str) else dim for dim in shape)
            for shape in self.shapes
        ]
        return shapes, list(self.dtypes) or ["float32"] * len(shapes)


@functools.cache
def _converted(pair: Pair, sizes: tuple[tuple[str, int], ...]) -> bytes:
    tf = load_tensorflow()
    shapes, dtypes = pair.fixed(dict(sizes))
    specs = [
        tf.TensorSpec(shape, dtype, name=f"input_{number}")
        for number, (shape, dtype) in enumerate(zip(shapes, dtypes, strict=True))
    ]
    holder = tf.Module()
    holder.function = tf.function(pair.function, input_signature=specs, autograph=False)
    concrete = holder.function.get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], holder)
    return bytes(converter.convert())


def numbers(shape: tuple[int, ...], dtype: str) -> Array:
    """Numbers that repeat themselves late, some below zero; small and positive if integers."""
    counted: Array = np.arange(math.prod(shape)).reshape(shape)
    if np.dtype(dtype).kind == "f":
        return np.asarray(np.sin(counted * 0.7) * 2, dtype)
    return np.asarray(counted % 3, dtype)


class LoadedFile:
    """A LiteRT file in the interpreter, which takes inputs of any size."""

    def __init__(self, content: bytes, *, xnnpack: bool) -> None:
        module = load_interpreter()
        kinds = module.OpResolverType
        kind = kinds.AUTO if xnnpack else kinds.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        interpreter = module.Interpreter(model_content=content, experimental_op_resolver_type=kind)
        self._signature = interpreter.get_signature_runner()

    def run(self, inputs: Sequence[Array]) -> list[Array]:
        """The outputs in the order in which the function returns them."""
        found = self._signature(**{f"input_{at}": array for at, array in enumerate(inputs)})
        return [np.asarray(found[f"output_{at}"]) for at in range(len(found))]


def check(pair: Pair) -> bytes:
    """Generalize a function and compare it with TensorFlow at all sizes; returns the file."""
    content = pair.general()
    files = [LoadedFile(content, xnnpack=xnnpack) for xnnpack in (True, False)]
    for sizes in OTHERS:
        inputs = pair.inputs(sizes)
        wanted = pair.results(inputs)
        for file in files:
            for got, expected in zip(file.run(inputs), wanted, strict=True):
                assert got.shape == expected.shape
                assert got.dtype == expected.dtype
                np.testing.assert_allclose(got, expected, rtol=2e-5, atol=1e-5)
    return content


def parsed(content: bytes) -> Any:
    """A file's object tree."""
    return load_schema().ModelT.InitFromPackedBuf(content, 0)


def repacked(content: bytes) -> bytes:
    """A file, read and written again."""
    return bytes(packed(parsed(content), len(content)))


def operators(content: bytes, graph: int = 0) -> list[str]:
    """What the operators of a file's graph do."""
    names = {number: name for name, number in vars(load_schema().BuiltinOperator).items()}
    model = parsed(content)
    codes = [max(code.builtinCode, code.deprecatedBuiltinCode) for code in model.operatorCodes]
    return [names[codes[operator.opcodeIndex]] for operator in model.subgraphs[graph].operators]
