"""Hand the values of plain `tf.Variable`s to a child process; Keras' files do not hold them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ml_dtypes  # noqa: F401  (registers bfloat16 with numpy)
import numpy as np

from litert_ir.backends.keras.held_variables import HeldVariable, held_variables
from litert_ir.backends.keras.variables import array_of

_FOLDER, _LISTED = "held_variables", "held_variables.json"


def save_held(model: Any, folder: Path) -> None:
    """Write the values beside a model's weights, one at a time.

    Args:
        model: The model.
        folder: The folder of the saved model.

    Raises:
        OSError: When the disk is full.
    """
    held = held_variables(model)
    (folder / _LISTED).write_text(json.dumps([_described(item) for item in held]), encoding="utf-8")
    (folder / _FOLDER).mkdir()
    for place, item in enumerate(held):
        array_of(item).tofile(folder / _FOLDER / str(place))


def restore_held(model: Any, folder: Path) -> bool:
    """Give a loaded model's variables the values of the saved one's.

    Args:
        model: The loaded model.
        folder: The folder of the saved model.

    Returns:
        Whether it has the same variables, in the same places.
    """
    held = held_variables(model)
    wanted = json.loads((folder / _LISTED).read_text(encoding="utf-8"))
    if [_described(item) for item in held] != wanted:
        return False
    for place, item in enumerate(held):
        values = np.fromfile(folder / _FOLDER / str(place), dtype=np.dtype(item.dtype))
        item.value.assign(values.reshape(item.shape))
    return True


def _described(item: HeldVariable) -> list[Any]:
    return [item.path, item.dtype, list(item.shape)]
