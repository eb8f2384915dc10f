"""Convert an input signature to a form that another process can read, on any Keras backend."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from typing import Any

from litert_ir.backends.keras.tensors import without_framework
from litert_ir.errors import Problem, SignatureError
from litert_ir.ir.path import Path
from litert_ir.lowering.nesting import INPUT_SIGNATURE


def portable(value: Any, path: Path = INPUT_SIGNATURE) -> Any:
    """Replace tensors by arrays, and symbols by ones without their history.

    Args:
        value: The user's input signature; see `litert_ir.plan_for`.
        path: The path of the value.

    Raises:
        SignatureError: When something in it cannot be pickled.
    """
    if isinstance(value, Mapping):
        return {key: portable(item, path.child(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        items = [portable(item, path.child(index)) for index, item in enumerate(value)]
        return items if isinstance(value, list) else tuple(items)
    leaf = without_framework(value)
    try:
        pickle.dumps(leaf)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        problem = Problem(str(path), "a tensor spec or an example array", str(error))
        raise SignatureError("input_signature is not valid:", [problem]) from error
    return leaf
