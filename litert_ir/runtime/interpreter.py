"""Run a LiteRT file in the interpreter of this process, by the names of its inputs and outputs."""

from __future__ import annotations

import contextlib
import struct
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litert_ir.backends import load_interpreter
from litert_ir.backends.litert.native_paths import native_path
from litert_ir.backends.model_failures import brief
from litert_ir.errors import FileRejectedError
from litert_ir.errors.advice import advise
from litert_ir.errors.interruption import reraise_interruption
from litert_ir.errors.setting_names import UNVERIFIED
from litert_ir.errors.shown import shown
from litert_ir.ir.dimensions import size_faults
from litert_ir.ir.tensor import admits
from litert_ir.runtime.interface_reader import (
    FileInterface,
    TensorInfo,
    read_interface,
    read_interface_by_name,
)
from litert_ir.runtime.interface_scales import InterfaceScale
from litert_ir.runtime.unsigned_runner import UnsignedRunner

Array = NDArray[Any]

_FAILURES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    RuntimeError,
    SystemError,
    TypeError,
    ValueError,
    struct.error,
)
"""The interpreter's errors on invalid files, from Python and from C++."""


class LoadedFile:
    """A LiteRT file, loaded in the real interpreter (`ai_edge_litert`) with XNNPACK on the CPU.

    Some files crash the interpreter, or make it run forever: use this class in a child process, or
    for files that are known to be sound.

    Args:
        path: The file; it is mapped into memory, not copied.
        keep_tensors: Preserve all intermediate tensors, for `tensor`; it takes their memory.
        signature: The name of a signature; None for the first.
        threads: The number of threads; None for the interpreter's default, which is 1.

    Attributes:
        interface: Its inputs and outputs.
        input_scales: The quantization of each input.
        output_scales: The quantization of each output.

    Raises:
        FileNotFoundError: When there is no such file.
        FileRejectedError: When the interpreter does not load it, or when it needs TF Select.
    """

    def __init__(
        self,
        path: Path,
        *,
        keep_tensors: bool = False,
        signature: str | None = None,
        threads: int | None = None,
    ) -> None:
        self.path = path
        self.interface = checked_interface_by_name(path, signature)
        with interpreter_blamed(path, "does not load"):
            self._interpreter = new_interpreter(path, keep_tensors=keep_tensors, threads=threads)
            runner = runner_of(self._interpreter, self.interface)
            self.input_scales = _scales(runner.get_input_details())
            self.output_scales = _scales(runner.get_output_details())
        self._signature = runner
        self._scales: dict[int, list[dict[str, Any]]] = {}

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Run once; see `litert_ir.LiteRTFile.run`.

        Raises:
            ValueError: When a name is missing or unknown, or an array does not fit.
            FileRejectedError: When an operator fails.
        """
        check_inputs(self.interface, inputs)
        with interpreter_blamed(self.path, "fails to run"):
            results = self._signature(**inputs)
            return {info.name: np.asarray(results[info.name]) for info in self.interface.outputs}

    def quantize(self, name: str, values: Array) -> Array:
        """Quantize real values for input ``name``; floats stay as they are."""
        return self.input_scales[name].quantize(values)

    def dequantize(self, name: str, values: Array) -> Array:
        """Dequantize integers of output ``name``; floats stay as they are."""
        return self.output_scales[name].dequantize(values)

    def tensor(self, index: int, subgraph: int = 0) -> Array:
        """Return the value of a tensor after the last run; see `litert_ir.LiteRTFile.tensor`.

        Raises:
            ValueError: When the tensor has none.
        """
        return np.asarray(self._interpreter.get_tensor(index, subgraph))

    def real_tensor(self, index: int, subgraph: int = 0) -> Array | None:
        """Return the real values of a tensor's integers; floats stay as they are.

        Returns:
            The values; None unless the scales are per tensor or per slice along one axis.
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
            return None  # such as blockwise scales
        shape = [1] * values.ndim
        if scales.size > 1:
            shape[axis] = -1
        wide = np.float32 if values.itemsize <= 2 else np.float64
        zeros, steps = (part.astype(wide).reshape(shape) for part in (zero_points, scales))
        return np.asarray((values.astype(wide) - zeros) * steps)

    def _quantization(self, subgraph: int) -> list[dict[str, Any]]:
        """Return each tensor's quantization; reading it takes as long as a small model's run."""
        if subgraph not in self._scales:
            self._scales[subgraph] = [
                details["quantization_parameters"]
                for details in self._interpreter.get_tensor_details(subgraph)
            ]
        return self._scales[subgraph]


def load_runtime() -> None:
    """Import the interpreter, which takes time and memory that are not those of any file."""
    load_interpreter()


def new_interpreter(path: Path, *, keep_tensors: bool = False, threads: int | None = None) -> Any:
    """Load a file into a new interpreter.

    Raises:
        Exception: Any of the interpreter's errors; see `interpreter_blamed`.
    """
    with warnings.catch_warnings(), native_path(path) as name:
        warnings.simplefilter("ignore")  # the warning that keeping tensors is for debugging
        return load_interpreter().Interpreter(
            model_path=name,
            experimental_preserve_all_tensors=keep_tensors,
            num_threads=threads,
        )


@contextlib.contextmanager
def interpreter_blamed(path: Path, what: str) -> Iterator[None]:
    """Turn the interpreter's errors into an error about the file.

    Args:
        path: The file.
        what: The failure, such as ``does not load``.

    Raises:
        FileRejectedError: When the block raises any of the interpreter's errors.
    """
    try:
        yield
    except FileRejectedError:
        raise
    except _FAILURES as error:
        reraise_interruption(error)
        raise FileRejectedError(
            f"The LiteRT interpreter {what} the file.",
            where=str(path),
            received=str(error) or brief(error),
        ) from error


def runner_of(interpreter: Any, interface: FileInterface) -> Any:
    """Return the interpreter's runner of a signature, or one like it where there is none."""
    if not interface.signature_key:
        interpreter.allocate_tensors()
        return UnsignedRunner(interpreter, interface)
    return interpreter.get_signature_runner(interface.signature_key)


def checked_interface(path: Path) -> FileInterface:
    """Read the interface of a file that may be run here.

    Raises:
        FileNotFoundError: When there is no such file.
        FileRejectedError: When this is not a LiteRT file, or it needs the Flex delegate.
    """
    interface = read_interface(path)
    refuse_flex(interface.flex_ops, path)
    return interface


def checked_interface_by_name(path: Path, signature: str | None) -> FileInterface:
    """Read the interface of a file of any origin that may be run here; see `LoadedFile`.

    Raises:
        FileNotFoundError: When there is no such file.
        FileRejectedError: When this is not a LiteRT file, or it needs the Flex delegate.
        OptionsError: When the file has no such signature.
    """
    interface = read_interface_by_name(path, signature)
    refuse_flex(interface.flex_ops, path)
    return interface


def refuse_flex(ops: tuple[str, ...], path: Path) -> None:
    """Reject a file that no Python package can run.

    Raises:
        FileRejectedError: When it has TensorFlow ops.
    """
    if ops:
        raise FileRejectedError(
            "The file needs the Flex delegate, which no Python package has, so it cannot be run "
            "and compared here.",
            where=str(path),
            expected="LiteRT builtins only",
            received=", ".join(ops),
            advice=advise(
                "{unverified} accepts the file without running it; run it on a device whose "
                "runtime has the Flex delegate",
                unverified=UNVERIFIED,
            ),
        )


def check_inputs(interface: FileInterface, inputs: Any) -> None:
    """Require one array per input of the file, of its shape and type.

    Raises:
        ValueError: When a name is missing or unknown, or an array does not fit.
    """
    expected = {info.name for info in interface.inputs}
    if not isinstance(inputs, Mapping) or set(inputs) != expected:
        received = sorted(inputs, key=shown) if isinstance(inputs, Mapping) else inputs
        raise ValueError(f"expected inputs {sorted(expected)}, received {shown(received)}")
    for info in interface.inputs:
        _check_fits(info, inputs[info.name])
    _check_sizes(interface.inputs, inputs)


def _scales(details: Mapping[str, dict[str, Any]]) -> dict[str, InterfaceScale]:
    return {name: InterfaceScale.of(entry) for name, entry in details.items()}


def _check_fits(info: TensorInfo, array: Array) -> None:
    if not (hasattr(array, "shape") and hasattr(array, "dtype")):
        raise ValueError(f"input {info.name!r} takes an array, received {shown(array)}")
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
