"""Check that a recipe's rules match layers of the model."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

from litert_ir.backends.keras.layers import layer_paths
from litert_ir.errors import OptionsError
from litert_ir.ir.quantization import Quantization

_SHOWN = 12


def check_rules(recipe: Quantization, model: Any) -> None:
    """Look up each rule's pattern among the layers, before anything is traced.

    Raises:
        OptionsError: For patterns that no layer matches, with the nearest layer paths.
    """
    if not recipe.layers:
        return
    paths = [path for path, _ in layer_paths(model)]
    missing = [
        rule.pattern for rule in recipe.layers if not any(rule.matches(path) for path in paths)
    ]
    if missing:
        raise OptionsError(
            "A quantization rule matches no layer of the model.",
            where=f"layers of model {model.name!r}",
            expected="a pattern of layer paths such as " + ", ".join(_nearest(missing[0], paths)),
            received=", ".join(map(repr, missing)),
        )


def _nearest(pattern: str, paths: Sequence[str]) -> list[str]:
    return difflib.get_close_matches(pattern, paths, n=3, cutoff=0.5) or list(paths[:_SHOWN])
