"""Run a LiteRT file again and again on one input, with nothing between the runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litert_ir.runtime.interpreter import (
    Array,
    check_inputs,
    checked_interface_by_name,
    interpreter_blamed,
    new_interpreter,
    runner_of,
)


class RepeatedRuns:
    """A LiteRT file, loaded in the interpreter with XNNPACK on the CPU, whose inputs are set once.

    Some files crash the interpreter, or make it run forever: use this class in a child process.

    Args:
        path: The file; it is mapped into memory, not copied.
        signature: The name of a signature; None for the first.
        threads: The number of threads.

    Attributes:
        copies: Whether each run copies inputs and outputs: the interpreter runs the signatures of
            other subgraphs than the first in no other way.

    Raises:
        FileRejectedError: When the interpreter does not load the file, or when it needs TF Select.
        OptionsError: When the file has no such signature.
    """

    def __init__(self, path: Path, *, signature: str | None, threads: int) -> None:
        self._path = path
        self._interface = checked_interface_by_name(path, signature)
        self.copies = self._interface.subgraph != 0
        self._given: Mapping[str, Array] = {}
        with interpreter_blamed(path, "does not load"):
            self._interpreter = new_interpreter(path, threads=threads)
            runner = runner_of(self._interpreter, self._interface)
            details = runner.get_input_details()
        self._places = {name: entry["index"] for name, entry in details.items()}
        # The interpreter refuses to be called directly while a runner of it is alive.
        self._runner: Any = runner if self.copies else None

    def set_inputs(self, inputs: Mapping[str, Array]) -> None:
        """Set the inputs of all runs; dynamic dimensions take the sizes of the arrays.

        Raises:
            ValueError: When a name is missing or unknown, or an array does not fit.
            FileRejectedError: When the file cannot be prepared for these sizes.
        """
        check_inputs(self._interface, inputs)
        self._given = inputs
        if self.copies:
            return
        with interpreter_blamed(self._path, "fails to prepare"):
            for name, values in inputs.items():
                self._interpreter.resize_tensor_input(self._places[name], values.shape)
            self._interpreter.allocate_tensors()
            for name, values in inputs.items():
                self._interpreter.set_tensor(self._places[name], values)

    def run(self) -> None:
        """Run once.

        Raises:
            FileRejectedError: When an operator fails.
        """
        with interpreter_blamed(self._path, "fails to run"):
            if self.copies:
                self._runner(**self._given)
            else:
                self._interpreter.invoke()
