"""Run a LiteRT file by the names of its inputs and outputs."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litert_ir.backends import load_interpreter
from litert_ir.errors import FileRejectedError
from litert_ir.errors.paths import usable_path
from litert_ir.errors.shown import shown
from litert_ir.ir.dimensions import size_faults
from litert_ir.ir.tensor import admits
from litert_ir.runtime.interface_reader import TensorInfo, read_interface

Array = NDArray[Any]


class LiteRTFile:
    """A LiteRT file, loaded in the real interpreter (`ai_edge_litert`) with XNNPACK on the CPU.

    Args:
        path: The file; it is mapped into memory, not copied.
        keep_tensors: Keep what all operators compute, for `tensor`; it takes their memory.

    Raises:
        FileNotFoundError: When there is no such file.
        FileRejectedError: When nothing can have such a name, or it is a folder, when the
            interpreter does not load it, or when it needs TF Select:
            no Python package has a runtime with the Flex delegate (TensorFlow's wheels lost
            it in 2.20, https://github.com/google-ai-edge/LiteRT/issues/6458).

    Example:
        ``LiteRTFile("model.tflite").run({"images": images})["predictions"]``
    """

    def __init__(self, path: str | Path, *, keep_tensors: bool = False) -> None:
        self.path = usable_path(path, lambda reason: _no_file(shown(path), reason))
        if self.path.is_dir():
            raise _no_file(str(self.path), "a folder")
        self.interface = read_interface(self.path)
        refuse_flex(self.interface.flex_ops, self.path)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that keeping tensors is for debugging only
                interpreter = load_interpreter().Interpreter(
                    model_path=str(self.path), experimental_preserve_all_tensors=keep_tensors
                )
            self._signature = interpreter.get_signature_runner(self.interface.signature_key)
        except (ValueError, RuntimeError) as error:
            raise FileRejectedError(
                "The LiteRT interpreter does not load the file.",
                where=str(self.path),
                received=str(error),
            ) from error
        self._interpreter = interpreter
        self._scales: dict[int, list[dict[str, Any]]] = {}

    @property
    def inputs(self) -> tuple[TensorInfo, ...]:
        """What the file takes, in order."""
        return self.interface.inputs

    @property
    def outputs(self) -> tuple[TensorInfo, ...]:
        """What the file gives, in order."""
        return self.interface.outputs

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Run once; dynamic dimensions take the sizes of the arrays.

        Args:
            inputs: One array per input, by name, of the file's own element types.

        Returns:
            One array per output, by name, in the file's order and element types.

        Raises:
            ValueError: When a name is missing or unknown, or an array does not fit: its rank,
                type, or sizes; where the file knows bounds, a size out of them, and unequal
                sizes of dimensions with one name.
            FileRejectedError: When an operator fails.
        """
        expected = {info.name for info in self.inputs}
        if set(inputs) != expected:
            raise ValueError(f"expected inputs {sorted(expected)}, received {sorted(inputs)}")
        for info in self.inputs:
            _check_fits(info, inputs[info.name])
        _check_sizes(self.inputs, inputs)
        try:
            results = self._signature(**inputs)
        except RuntimeError as error:
            raise FileRejectedError(
                "The LiteRT interpreter fails to run the file.",
                where=str(self.path),
                received=str(error),
            ) from error
        return {info.name: np.asarray(results[info.name]) for info in self.outputs}

    def quantize(self, name: str, values: Array) -> Array:
        """Real values as the integers that input ``name`` stands for; floats stay as they are."""
        details = self._signature.get_input_details()[name]
        scale, zero_point = details["quantization"]
        dtype = np.dtype(details["dtype"])
        if not scale or not np.issubdtype(dtype, np.integer):
            return values
        limits = np.iinfo(dtype)
        steps = np.round(values / scale) + zero_point
        return np.asarray(np.clip(steps, limits.min, limits.max), dtype=dtype)

    def dequantize(self, name: str, values: Array) -> Array:
        """The real values that the integers of output ``name`` stand for."""
        scale, zero_point = self._signature.get_output_details()[name]["quantization"]
        if not scale or not np.issubdtype(values.dtype, np.integer):
            return values
        return np.asarray((values.astype(np.float32) - zero_point) * scale, dtype=np.float32)

    def tensor(self, index: int, subgraph: int = 0) -> Array:
        """The value of a tensor after the last run.

        Unless all tensors are kept, only inputs, outputs and constants have one.

        Raises:
            ValueError: When the tensor has none.
        """
        return np.asarray(self._interpreter.get_tensor(index, subgraph))

    def real_tensor(self, index: int, subgraph: int = 0) -> Array | None:
        """The real values that a tensor's integers stand for; floats stay as they are.

        Returns:
            None where the scales are neither one for all nor one for each slice along an axis.
        """
        values = self.tensor(index, subgraph)
        parameters = self._quantization(subgraph)[index]
        scales, zero_points = parameters["scales"], parameters["zero_points"]
        if not scales.size or not np.issubdtype(values.dtype, np.integer):
            return values
        axis = parameters["quantized_dimension"]
        if scales.size not in (1, values.shape[axis] if values.ndim else 1):
            return None
        if zero_points.size != scales.size:
            return None  # as of scales for blocks within a slice
        shape = [1] * values.ndim
        if scales.size > 1:
            shape[axis] = -1
        wide = np.float32 if values.itemsize <= 2 else np.float64
        zeros, steps = (part.astype(wide).reshape(shape) for part in (zero_points, scales))
        return np.asarray((values.astype(wide) - zeros) * steps)

    def _quantization(self, subgraph: int) -> list[dict[str, Any]]:
        """The scales of each tensor; asking for them takes as long as a small model's run."""
        if subgraph not in self._scales:
            self._scales[subgraph] = [
                details["quantization_parameters"]
                for details in self._interpreter.get_tensor_details(subgraph)
            ]
        return self._scales[subgraph]


def _no_file(where: str, reason: str) -> FileRejectedError:
    return FileRejectedError(
        "There is no LiteRT file here.", where=where, expected="a .tflite file", received=reason
    )


def refuse_flex(ops: tuple[str, ...], path: Path) -> None:
    """Refuse a file that no Python package can run.

    Raises:
        FileRejectedError: When there are ops of TensorFlow's in it.
    """
    if ops:
        raise FileRejectedError(
            "The file needs the Flex delegate, which no Python package has, so it cannot be run "
            "and compared here.",
            where=str(path),
            expected="LiteRT builtins only",
            received=", ".join(ops),
            advice="verify=False (--no-verify) accepts the file without running it; run it on a "
            "device whose runtime has the Flex delegate",
        )


def _check_fits(info: TensorInfo, array: Array) -> None:
    if not admits(info.shape, array.shape) or str(array.dtype) != info.dtype:
        raise ValueError(
            f"input {info.name!r} takes {info.shape} {info.dtype}, "
            f"received {array.shape} {array.dtype}"
        )


def _check_sizes(infos: Sequence[TensorInfo], arrays: Mapping[str, Array]) -> None:
    known = ((info.name, info.dims, arrays[info.name].shape) for info in infos)
    faults = list(size_faults((name, dims, shape) for name, dims, shape in known if dims))
    if faults:
        raise ValueError("; ".join(faults))
