"""Run a file without signatures by the names of its tensors, in the interpreter of this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
from numpy.typing import NDArray

from litert_ir.runtime.interface_reader import FileInterface, TensorInfo

Details = dict[str, Any]


@attrs.frozen
class UnsignedRunner:
    """The first subgraph of a file, with the methods of the interpreter's runner of a signature.

    Attributes:
        interpreter: The interpreter that has loaded the file.
        interface: The names of the subgraph's inputs and outputs, in its order.
    """

    interpreter: Any
    interface: FileInterface

    def __call__(self, **inputs: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Run once; dynamic dimensions take the sizes of the arrays."""
        places = {name: entry["index"] for name, entry in self.get_input_details().items()}
        for name, values in inputs.items():
            self.interpreter.resize_tensor_input(places[name], values.shape)
        self.interpreter.allocate_tensors()
        for name, values in inputs.items():
            self.interpreter.set_tensor(places[name], values)
        self.interpreter.invoke()
        return {
            name: self.interpreter.get_tensor(entry["index"])
            for name, entry in self.get_output_details().items()
        }

    def get_input_details(self) -> Mapping[str, Details]:
        """Return the interpreter's details of each input."""
        return _by_name(self.interface.inputs, self.interpreter.get_input_details())

    def get_output_details(self) -> Mapping[str, Details]:
        """Return the interpreter's details of each output."""
        return _by_name(self.interface.outputs, self.interpreter.get_output_details())


def _by_name(infos: Sequence[TensorInfo], details: Sequence[Details]) -> Mapping[str, Details]:
    return {info.name: entry for info, entry in zip(infos, details, strict=True)}
