"""Set up the process around the frameworks: their settings, their output, and the module path."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping

from litert_ir.backends.devices import start_devices
from litert_ir.cli.keras_backend import VARIABLE, chosen_backend
from litert_ir.cli.own_modules import current_folder, importable_last
from litert_ir.isolation.native_output import NativeOutput, captured_native_output, redirected

QUIET: Mapping[str, str] = {
    "TF_CPP_MIN_LOG_LEVEL": "2",  # no info, no warnings from TensorFlow's native code
    "CUDA_VISIBLE_DEVICES": "-1",  # converting needs no GPU, and looking for one is noisy
    "JAX_PLATFORMS": "cpu",
    "GRPC_VERBOSITY": "ERROR",
}
"""Variables that are set unless the user has set them."""


@contextlib.contextmanager
def framework_environment(*, with_own_modules: bool = False) -> Iterator[None]:
    """Import Keras and its backend under fixed settings, with only the result on stdout.

    Environment variables, `sys.path` and `sys.stdout` are as before afterwards. The output of the
    model's code and the frameworks goes to stderr.

    Args:
        with_own_modules: Whether the user named modules, so that those of the current folder are
            importable. They come behind all installed ones: the folder may hold downloads, which
            must not run in place of a framework.
    """
    unset = {name: value for name, value in QUIET.items() if name not in os.environ}
    with (
        _variables({VARIABLE: chosen_backend(), **unset}),
        importable_last(current_folder() if with_own_modules else []),
        _stdout_to_stderr(),
    ):
        yield


def start_frameworks(*, verbose: bool) -> None:
    """Import Keras, and let TensorFlow look for devices, which logs at every log level.

    Args:
        verbose: Whether to let the messages through; an error lets them through as well.

    Raises:
        MissingDependencyError: When Keras, or the backend that it is to run on, is not installed.
    """
    noise = NativeOutput()
    try:
        with captured_native_output(passed_through=verbose) as noise:
            start_devices()
    except ImportError:
        sys.stderr.write(noise.text)
        raise


@contextlib.contextmanager
def _stdout_to_stderr() -> Iterator[None]:
    """Redirect Python's stdout and descriptor 1, which native code and child processes write to."""
    with redirected(1, 2), contextlib.redirect_stdout(sys.stderr):
        yield


@contextlib.contextmanager
def _variables(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
