"""Run a compiled file through LiteRT's `CompiledModel`, which calls the vendor's runtime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litert_ir.backends import load_compiled_model
from litert_ir.backends.litert.native_paths import native_path

Array = NDArray[Any]


def run_compiled(
    path: Path, dispatch_folder: Path, inputs: Sequence[Mapping[str, Array]]
) -> list[dict[str, Array]]:
    """Run a compiled file on several inputs; call it in a child process.

    The partitions that the vendor's compiler took over need the vendor's runtime: no other kernel
    runs them. The other operators run on the CPU.

    Args:
        path: The compiled file, of static shapes, with one signature.
        dispatch_folder: The folder of the vendor's dispatch library.
        inputs: Arrays by input name, of the file's own types.

    Returns:
        Arrays by output name, of the file's own types.

    Raises:
        RuntimeError: When the file does not load or run.
        ValueError: When an array is of a type that `TensorBuffer` does not take.
    """
    api = load_compiled_model()
    with api.Environment.create(dispatch_library_path=str(dispatch_folder)) as environment:
        accelerators = api.HardwareAccelerator.NPU | api.HardwareAccelerator.CPU
        with (
            native_path(path) as name,
            api.CompiledModel.from_file(
                name, hardware_accel=accelerators, environment=environment
            ) as model,
        ):
            return [_run(model, named) for named in inputs]


def _run(model: Any, inputs: Mapping[str, Array]) -> dict[str, Array]:
    (key,) = model.get_signature_list()
    details = model.get_output_tensor_details(key)
    given = {name: model.create_input_buffer_by_name(key, name) for name in inputs}
    for name, values in inputs.items():
        given[name].write(np.ascontiguousarray(values))
    taken = {name: model.create_output_buffer_by_name(key, name) for name in details}
    model.run_by_name(key, given, taken)
    return {name: _read(taken[name], detail) for name, detail in details.items()}


def _read(buffer: Any, detail: Mapping[str, Any]) -> Array:
    shape = tuple(int(size) for size in detail["shape"])
    values = buffer.read(int(np.prod(shape)), np.dtype(detail["dtype"]))
    return np.asarray(values).reshape(shape)
