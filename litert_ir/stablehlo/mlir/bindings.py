"""LiteRT's own MLIR: parse and print modules, run the converter's passes, write a flatbuffer.

Importing this module loads the converter's native library. Only the child process of
`litert_ir.isolation` does: a crash in the library must not end the user's process, and
TensorFlow brings an MLIR of its own.
"""

from __future__ import annotations

import contextlib
import functools
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ParamSpec, TypeVar

from litert_converter import converter_api_ext as converter
from litert_converter.mlir import ir, passmanager
from litert_converter.mlir.dialects import stablehlo
from litert_converter.model_utils_ext import get_dense_elements_attr_bytes

from litert_ir.stablehlo.mlir.boolean_constants import packed, unpacked
from litert_ir.stablehlo.mlir.interfaces import Attribute, Module

__all__ = [
    "MLIRError",
    "cached_in_context",
    "copied",
    "element_bytes",
    "empty_module",
    "evaluated",
    "flatbuffer",
    "ir",
    "legalize_to_tfl",
    "mlir_context",
    "parse",
    "printed",
    "run_passes",
    "stablehlo",
]

MLIRError = ir.MLIRError
"""The error of parsing and passes; its text holds the diagnostics."""

SIGNATURE_KEY = "serving_default"

P = ParamSpec("P")
R = TypeVar("R")

_WITHOUT_BINDINGS = ("chlo", "tf", "tfl")


def _stop_searching_for_bindings() -> None:
    """Stop MLIR from searching for a dialect's Python module at each access to an operation.

    The import system caches modules that it finds, but no failures: each access would search the
    disk again.
    """
    for dialect in _WITHOUT_BINDINGS:
        name = f"{ir.__package__}.dialects.{dialect}"
        sys.modules.setdefault(name, types.ModuleType(name))


_stop_searching_for_bindings()


@contextlib.contextmanager
def mlir_context() -> Iterator[None]:
    """A context with the converter's dialects, and an unknown location; both are current.

    Ops of dialects that the converter does not know (TensorFlow's) are kept as they are.
    """
    context = ir.Context()
    converter.prepare_mlir_context(context)
    _forget()
    try:
        with context, ir.Location.unknown():
            yield
    finally:
        _forget()


_CACHES: list[Callable[[], None]] = []


def cached_in_context(function: Callable[P, R]) -> Callable[P, R]:
    """Cache a function's results until `mlir_context` ends.

    It is for functions of types and attributes, which are unique in a context, and keep it alive.
    """
    cached = functools.cache(function)
    _CACHES.append(cached.cache_clear)
    return functools.wraps(function)(cached)  # type: ignore[return-value]


def _forget() -> None:
    for clear in _CACHES:
        clear()


def parse(text: str) -> Module:
    """Parse a module of TensorFlow, JAX or LiteRT, with its locations."""
    module: Module = ir.Module.parse(unpacked(text))
    return module


def empty_module() -> Module:
    """A module without functions."""
    module: Module = ir.Module.create()
    return module


def copied(module: Module) -> Module:
    """Copy a module."""
    copy: Any = module.operation.clone()
    view: Module = copy.opview
    return view


def printed(module: Module) -> str:
    """Print a module for TensorFlow's parser, with locations."""
    return packed(str(module.operation.get_asm(enable_debug_info=True)))


def run_passes(module: Module, pipeline: str) -> None:
    """Run generic passes such as ``inline,symbol-dce`` on a module, in place."""
    passmanager.PassManager.parse(f"builtin.module({pipeline})").run(module.operation)


def evaluated(module: Module, inputs: Sequence[Attribute] = ()) -> list[Attribute]:
    """Evaluate a module's ``main`` by StableHLO's reference interpreter; results are attributes.

    Args:
        module: Holds operations of StableHLO alone.
        inputs: The values of main's arguments, as attributes.
    """
    return list(stablehlo.eval_module(module, list(inputs)))


def element_bytes(attribute: Attribute) -> bytes:
    """The elements of a `DenseElementsAttr` in row-major order; a byte for each boolean or int4.

    Of a splat it is one element.
    """
    return bytes(get_dense_elements_attr_bytes(attribute))


def legalize_to_tfl(module: Module, inputs: Sequence[str], outputs: Sequence[str]) -> None:
    """Run the converter's passes from StableHLO to the TFL dialect, in place.

    Args:
        module: Has one public function ``main``.
        inputs: The names of its arguments in the file's signature.
        outputs: The names of its results.
    """
    converter.set_signature(module.operation, SIGNATURE_KEY, list(inputs), list(outputs))
    config = converter.ConvertToTFLConfig()
    config.model_origin_framework = "UNSET"
    config.unsafe_fuse_dynamic_shaped_broadcast = True
    config.canonicalizing_inf_as_min_max_float = False
    converter.run_convert_to_tfl_passes(module, passmanager.PassManager(), config)


def flatbuffer(module: Module) -> bytes:
    """The bytes of a LiteRT file; external constants stay references."""
    return bytes(converter.export_flatbuffer_to_bytes(module.operation))
