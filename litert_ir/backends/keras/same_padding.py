"""Mark in a trace the operations for which a model pads by ``SAME``.

StableHLO has padding as numbers. Those of ``SAME`` depend on the padded sizes: the numbers for one
size do not tell ``SAME`` from a padding that is fixed. So operations are traced in a scope that
marks them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from litert_ir.backends import load_jax

PADDED_SAME = "padded_same"
"""The innermost scope of operations that pad by ``SAME``."""

_PADDING = {"conv_general_dilated": 3, "reduce_window": 5}
"""The functions of `jax.lax` that pad, with the position of their argument ``padding``."""


@contextlib.contextmanager
def same_padding_named() -> Iterator[None]:
    """Trace operations of `jax.lax` that pad by ``SAME`` in a scope of that name.

    Functions of `jax.lax` are replaced meanwhile.
    """
    lax = load_jax().lax
    originals = {name: getattr(lax, name) for name in _PADDING}
    try:
        for name, position in _PADDING.items():
            setattr(lax, name, _naming(originals[name], position))
        yield
    finally:
        for name, original in originals.items():
            setattr(lax, name, original)


def _naming(function: Any, position: int) -> Any:
    def call(*args: Any, **kwargs: Any) -> Any:
        padding = kwargs.get("padding", args[position] if len(args) > position else None)
        if not (isinstance(padding, str) and padding.upper() == "SAME"):
            return function(*args, **kwargs)
        with load_jax().named_scope(PADDED_SAME):
            return function(*args, **kwargs)

    return call
