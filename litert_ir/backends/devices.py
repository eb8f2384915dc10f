"""The devices of the framework that Keras runs on."""

from __future__ import annotations

from litert_ir.backends import backend_name, load_tensorflow
from litert_ir.ir.backend import ConvertibleBackend


def start_devices() -> None:
    """Let TensorFlow, where Keras runs on it, look for devices, which makes native code print.

    Raises:
        MissingDependencyError: When Keras, or its framework, is not installed.
    """
    if backend_name() == ConvertibleBackend.TENSORFLOW.value:
        load_tensorflow().config.list_logical_devices()
