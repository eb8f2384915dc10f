"""Run a LiteRT file through `CompiledModel` on the CPU, on memory of this process."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.backends import load_compiled_model
from litert_ir.backends.litert.native_paths import native_path

Array = NDArray[Any]

_ALIGNMENT = 64
"""The alignment in bytes below which `TensorBuffer.create_from_host_memory` copies."""

UNWRITTEN = 0xFF
"""The byte that fills an output before the run: floats of such bytes are NaN."""


@attrs.frozen
class Layout:
    """The known layout of an output.

    Attributes:
        shape: Its sizes.
        dtype: Its element type in the file, by numpy name.
    """

    shape: tuple[int, ...]
    dtype: str


def run_on_host_memory(
    path: Path, signature: str, inputs: Mapping[str, Array], outputs: Mapping[str, Layout]
) -> dict[str, Array]:
    """Run a file once; call it in a child process, as it runs native code.

    Outputs are views of bytes, which can be of every element type, and of every size: buffers that
    `CompiledModel` makes are as large as it takes an output to be before the run.

    Args:
        path: The file.
        signature: The key of its signature.
        inputs: Arrays by input name, of the file's own types.
        outputs: By output name.

    Returns:
        Arrays by output name; what nobody has written is of bytes `UNWRITTEN`.

    Raises:
        RuntimeError: When `CompiledModel` does not load or run the file.
    """
    api = load_compiled_model()
    results = {name: _unwritten(layout) for name, layout in outputs.items()}
    with (
        native_path(path) as file,
        contextlib.closing(api.CompiledModel.from_file(file)) as model,
    ):
        _resize(model, signature, inputs)
        given = {name: model.create_input_buffer_by_name(signature, name) for name in inputs}
        for name, values in inputs.items():
            given[name].write(np.frombuffer(values.tobytes(), np.uint8))
        wrap = api.TensorBuffer.create_from_host_memory
        model.run_by_name(signature, given, {name: wrap(each) for name, each in results.items()})
    return {
        name: values.view(outputs[name].dtype).reshape(outputs[name].shape)
        for name, values in results.items()
    }


def _resize(model: Any, signature: str, inputs: Mapping[str, Array]) -> None:
    details = model.get_input_tensor_details(signature)
    for name, values in inputs.items():
        if tuple(details[name]["shape"]) != values.shape:
            model.resize_input_tensor_by_name(signature, name, values.shape)


def _unwritten(layout: Layout) -> NDArray[np.uint8]:
    """Memory for an output."""
    size = np.dtype(layout.dtype).itemsize * int(np.prod(layout.shape))
    memory = np.full(size + _ALIGNMENT, UNWRITTEN, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    return memory[start : start + size]
