"""Run a LiteRT file by the names of its inputs and outputs, isolated from this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from typing_extensions import override

from litert_ir.errors import FileRejectedError
from litert_ir.errors.paths import usable_path
from litert_ir.errors.shown import shown
from litert_ir.ir.tensor import shape_text
from litert_ir.isolation.place import is_child
from litert_ir.reports.plain_data import plain
from litert_ir.reports.report import Report
from litert_ir.reports.table import Table
from litert_ir.runtime.accepted_files import is_accepted
from litert_ir.runtime.file_process import FileProcess
from litert_ir.runtime.interface_reader import TensorInfo
from litert_ir.runtime.interface_scales import InterfaceScale
from litert_ir.runtime.interpreter import (
    Array,
    LoadedFile,
    check_inputs,
    checked_interface_by_name,
)


class LiteRTFile(Report):
    """A LiteRT file, loaded in the real interpreter (`ai_edge_litert`) with XNNPACK on the CPU.

    Some files crash the interpreter together with its process, or make it run forever. A file that
    this process did not export and compare itself is therefore loaded in a child process of its
    own, which takes some tenths of a second, and a millisecond or two for each run. The state that
    the file keeps between runs stays in the child. If the child has ended, the next run loads the
    file again and that state is lost.

    Args:
        path: The file; it is mapped into memory, not copied.
        keep_tensors: Preserve all intermediate tensors, for `tensor`; it takes their memory.
        signature: The name of the signature to run; None for the first. A file without signatures
            runs its first subgraph, by the names of the tensors there.
        isolated: Whether to load it in a child process; None for all files except those that this
            process wrote and compared, and that have not changed since. False is for files that are
            known to be sound.
        timeout: Seconds that a run in the child may take, the child's start included if it is
            needed; None for many times the usual time of such a file.

    Raises:
        FileNotFoundError: When there is no such file.
        ValueError: When the timeout is not above 0.
        OptionsError: When the file has no such signature.
        FileRejectedError: When the path is invalid or a folder, when the interpreter does not load
            the file or crashes on it, or when it needs TF Select: no Python package has a runtime
            with the Flex delegate (TensorFlow's wheels lost it in 2.20,
            https://github.com/google-ai-edge/LiteRT/issues/6458).
        ConverterCrashed: When loading it does not end in time, or the child is killed.

    Example:
        ``LiteRTFile("model.tflite").run({"images": images})["predictions"]``
    """

    def __init__(
        self,
        path: str | Path,
        *,
        keep_tensors: bool = False,
        signature: str | None = None,
        isolated: bool | None = None,
        timeout: float | None = None,
    ) -> None:
        self.path = usable_path(path, lambda reason: _no_file(shown(path), reason))
        if self.path.is_dir():
            raise _no_file(str(self.path), "a folder")
        self.interface = checked_interface_by_name(self.path, signature)
        if timeout is not None and not timeout > 0:
            raise ValueError(f"timeout is a number of seconds above 0, received {timeout!r}")
        safe_here = is_child() or is_accepted(self.path)
        apart = not safe_here if isolated is None else isolated
        self._loaded: LoadedFile | FileProcess = (
            FileProcess(
                self.path,
                self.interface,
                keep_tensors=keep_tensors,
                signature=signature,
                timeout=timeout,
            )
            if apart
            else LoadedFile(self.path, keep_tensors=keep_tensors, signature=signature)
        )

    @property
    def headline(self) -> str:
        """The file's name, and the tensors that it takes and gives."""
        taken, given = (", ".join(map(str, side)) for side in (self.inputs, self.outputs))
        return f"{self.path.name}: {taken} -> {given}"

    @override
    def tables(self) -> tuple[Table, ...]:
        """Return the inputs and the outputs."""
        sides = (("input", self.inputs), ("output", self.outputs))
        rows = [
            (side, info.name, _shape_text(info), info.dtype)
            for side, each in sides
            for info in each
        ]
        return (Table("", ("", "name", "shape", "type"), rows),)

    @override
    def to_data(self) -> dict[str, Any]:
        """Return the path and the interface in JSON's types."""
        return {
            "path": plain(self.path),
            "inputs": plain(self.inputs),
            "outputs": plain(self.outputs),
        }

    @property
    def is_isolated(self) -> bool:
        """Return whether the file is loaded in a child process."""
        return isinstance(self._loaded, FileProcess)

    @property
    def inputs(self) -> tuple[TensorInfo, ...]:
        """The file's inputs, in order."""
        return self.interface.inputs

    @property
    def outputs(self) -> tuple[TensorInfo, ...]:
        """The file's outputs, in order."""
        return self.interface.outputs

    def run(self, inputs: Mapping[str, Array] | Sequence[Array] | Array) -> dict[str, Array]:
        """Run once; dynamic dimensions take the sizes of the arrays.

        Args:
            inputs: One array per input, of the file's own element types: by name, as a list in the
                file's order, or the array alone where the file has one input.

        Returns:
            One array per output, by name, in the file's order and element types.

        Raises:
            ValueError: When a name is missing or unknown, or an array has another rank, type or
                static size; also when a size is out of its bounds or sizes of dimensions with one
                name differ, if the file has these metadata.
            FileRejectedError: When an operator fails, or kills the child process.
            ConverterCrashed: When it does not end in time, or the child is killed from outside.
        """
        named = self._by_name(inputs)
        check_inputs(self.interface, named)
        return self._loaded.run(named)

    def _by_name(self, inputs: Any) -> Any:
        """Return arrays by the names of the inputs; what is in no known form stays as it is."""
        names = [info.name for info in self.inputs]
        if isinstance(inputs, list | tuple) and len(inputs) == len(names):
            return dict(zip(names, inputs, strict=True))
        if len(names) == 1 and hasattr(inputs, "shape") and hasattr(inputs, "dtype"):
            return {names[0]: inputs}
        return inputs

    def quantize(self, name: str, values: Array) -> Array:
        """Quantize real values for input ``name``; floats stay as they are."""
        return self._loaded.input_scales[name].quantize(values)

    def dequantize(self, name: str, values: Array) -> Array:
        """Dequantize integers of output ``name``; floats stay as they are."""
        return self._loaded.output_scales[name].dequantize(values)

    def input_scale(self, name: str) -> InterfaceScale:
        """Return the quantization of input ``name``."""
        return self._loaded.input_scales[name]

    def tensor(self, index: int, subgraph: int = 0) -> Array:
        """Return the value of a tensor after the last run.

        Unless all tensors are kept, only inputs, outputs and constants have one.

        Raises:
            ValueError: When the tensor has none.
        """
        return self._loaded.tensor(index, subgraph)

    def real_tensor(self, index: int, subgraph: int = 0) -> Array | None:
        """Return the real values of a tensor's integers; floats stay as they are.

        Returns:
            The values; None unless the scales are per tensor or per slice along one axis.

        Raises:
            ValueError: When the tensor has none.
        """
        return self._loaded.real_tensor(index, subgraph)


def _shape_text(info: TensorInfo) -> str:
    """Return the shape, with the names and bounds of dynamic dimensions where the file has them."""
    if info.dims is not None:
        return shape_text(info.dims)
    return f"({', '.join('?' if size is None else str(size) for size in info.shape)})"


def _no_file(where: str, reason: str) -> FileRejectedError:
    return FileRejectedError(
        "There is no LiteRT file here.", where=where, expected="a .tflite file", received=reason
    )
