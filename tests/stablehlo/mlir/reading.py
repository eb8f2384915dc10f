"""Reads modules in the child process for tests: it loads LiteRT's MLIR."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from litert_ir.stablehlo.mlir.bindings import mlir_context, parse, printed
from litert_ir.stablehlo.mlir.dimension_numbers import (
    ConvolutionDimensions,
    DotDimensions,
    GatherDimensions,
    ScatterDimensions,
)
from litert_ir.stablehlo.mlir.enumerations import direction_of, fft_kind, is_total_order
from litert_ir.stablehlo.mlir.locations import scope_of
from litert_ir.stablehlo.mlir.values import constant_array, properties
from litert_ir.stablehlo.mlir.walk import operations

_DIMENSIONS: dict[str, Any] = {
    "stablehlo.convolution": ConvolutionDimensions,
    "stablehlo.dot_general": DotDimensions,
    "stablehlo.gather": GatherDimensions,
    "stablehlo.scatter": ScatterDimensions,
}


def dimensions(text: str) -> list[Any]:
    """The dimension numbers of the operations of a module that have some, in order."""
    with mlir_context():
        module = parse(text)
        ops = operations(module)
        return [_DIMENSIONS[op.name].of(op) for op in ops if op.name in _DIMENSIONS]


def dot_attribute(wanted: DotDimensions) -> str:
    """The attribute of dimension numbers, printed."""
    with mlir_context():
        return str(wanted.attribute())


def directions(text: str) -> list[tuple[str, str]]:
    """The names of the comparisons of a module, and their directions."""
    with mlir_context():
        module = parse(text)
        ops = [op for op in operations(module) if op.name.endswith("compare")]
        return [(op.name, direction_of(op)) for op in ops]


def total_orders(text: str) -> list[bool]:
    """Which comparisons of a module are in total order."""
    with mlir_context():
        module = parse(text)
        ops = [op for op in operations(module) if op.name == "stablehlo.compare"]
        return [is_total_order(op) for op in ops]


def transforms(text: str) -> list[str]:
    """The kinds of the Fourier transforms of a module."""
    with mlir_context():
        module = parse(text)
        return [fft_kind(op) for op in operations(module) if op.name == "stablehlo.fft"]


def properties_printed(text: str) -> list[dict[str, str]]:
    """The properties and attributes of the TensorFlow ops of a module; each is left as it was."""
    with mlir_context():
        module = parse(text)
        before = printed(module)
        ops = [op for op in operations(module) if op.name.startswith("tf.")]
        found = [{name: str(item) for name, item in properties(op).items()} for op in ops]
        assert printed(module) == before
        return found


def scopes(text: str) -> list[str]:
    """The scopes of the constants of a module."""
    with mlir_context():
        module = parse(text)
        ops = operations(module)
        return [scope_of(op) for op in ops if op.name == "stablehlo.constant"]


def constants(text: str) -> list[NDArray[Any]]:
    """The elements of the constants of a module."""
    with mlir_context():
        module = parse(text)
        ops = operations(module)
        return [np.array(constant_array(op)) for op in ops if op.name == "stablehlo.constant"]


def again(text: str) -> str:
    """A module of TensorFlow's, parsed and printed for TensorFlow."""
    with mlir_context():
        return printed(parse(text))
