"""A file of any origin, opened to run one of its signatures on inputs that are fitted to it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
from numpy.typing import NDArray

from litert_ir.errors import ModelSourceError
from litert_ir.errors.paths import usable_path
from litert_ir.errors.shown import shown
from litert_ir.measurement.fitted_inputs import FittedInput, Sizes, fitted_inputs
from litert_ir.measurement.named_values import Values, values_by_name
from litert_ir.runtime.interface_reader import FileInterface, signature_number
from litert_ir.runtime.runner import LiteRTFile
from litert_ir.verification.file_inputs import inputs_of


@attrs.frozen
class OpenedFile:
    """A file that is loaded, in a child process where it is not known to be sound.

    Attributes:
        file: The file.
        number: The number of its signature.
    """

    file: LiteRTFile
    number: int

    @classmethod
    def of(
        cls, path: str | os.PathLike[str], signature: str | None, timeout: float | None = None
    ) -> OpenedFile:
        """Open a file.

        Args:
            path: The file.
            signature: The name of a signature; None for the first.
            timeout: Seconds for each run; None for many times what such a file takes.

        Raises:
            ModelSourceError: When there is no such file.
            FileRejectedError: When it does not load.
            OptionsError: When it has no such signature.
        """
        file = LiteRTFile(_existing(path), signature=signature, timeout=timeout)
        return cls(file, signature_number(file.path, file.interface.signature_key))

    @property
    def path(self) -> Path:
        """The file's path."""
        return self.file.path

    @property
    def interface(self) -> FileInterface:
        """The signature that runs."""
        return self.file.interface

    def fitted(
        self, given: Values | None, sizes: Sizes, *, raw: bool = False
    ) -> tuple[FittedInput, ...]:
        """Fit values to the inputs; those that are not given are random.

        Raises:
            SamplesError: When a value does not fit its input.
            SizeError: When a size does not fit the file.
            FileRejectedError: When an input is of a type that cannot be given.
        """
        names = [info.name for info in self.interface.inputs]
        values = {} if given is None else values_by_name(names, given)
        specs = inputs_of(self.interface).inputs
        scales = {name: self.file.input_scale(name) for name in names}
        return fitted_inputs(specs, scales, values, sizes, raw=raw)

    def labels_of(self, _output: str) -> tuple[str, ...]:
        """The names of the classes of an output; empty where the file has none."""
        return ()

    def results_on(
        self, inputs: Sequence[FittedInput], *, raw: bool = False
    ) -> dict[str, NDArray[Any]]:
        """Run once, and return the outputs by name.

        Args:
            inputs: The inputs.
            raw: Whether to leave the integers of quantized outputs as they are.
        """
        results = self.file.run({one.name: one.values for one in inputs})
        if raw:
            return results
        return {name: self.file.dequantize(name, values) for name, values in results.items()}

    def outputs_on(self, inputs: Sequence[FittedInput]) -> tuple[NDArray[Any], ...]:
        """Run once, and return the outputs in the signature's order, of the file's own types."""
        results = self.results_on(inputs, raw=True)
        return tuple(results[info.name] for info in self.interface.outputs)


def _existing(path: object) -> Path:
    found = usable_path(path, lambda reason: _no_file(shown(path), reason))
    if not found.is_file():
        raise _no_file(str(found), "a folder" if found.is_dir() else "nothing")
    return found


def _no_file(where: str, received: str) -> ModelSourceError:
    return ModelSourceError(
        "There is no LiteRT file here.", where=where, expected="a .tflite file", received=received
    )
