"""A plugin of pytest for Keras' own tests: they export through litert_ir, and what did so is kept.

The environment variable ``EXPORTS`` names the file for the strategies, one line for each export.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Any

import keras

import litert_ir as lir


def pytest_configure() -> None:
    lir.install()
    export = keras.Model.export

    @functools.wraps(export)
    def recording(*args: Any, **kwargs: Any) -> Any:
        result = export(*args, **kwargs)
        if kwargs.get("format") == "litert":
            with Path(os.environ["EXPORTS"]).open("a", encoding="utf-8") as file:
                file.write(f"{getattr(result, 'strategy', 'Keras')}\n")
        return result

    keras.Model.export = recording
