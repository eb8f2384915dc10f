"""A file of any origin, opened to run one of its signatures on inputs that are fitted to it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
from numpy.typing import NDArray

from litert_ir.errors import FileRejectedError, OptionsError
from litert_ir.errors.advice import advise
from litert_ir.errors.setting_names import SIZES
from litert_ir.errors.shown import shown
from litert_ir.ir.metadata import Metadata
from litert_ir.ir.tensor import DType, TensorSpec
from litert_ir.measurement.fitted_inputs import FittedInput, Sizes, fitted_inputs
from litert_ir.measurement.named_values import Values, values_by_name
from litert_ir.metadata.metadata_reader import read_metadata
from litert_ir.runtime.existing_file import existing_file
from litert_ir.runtime.interface_reader import FileInterface, signature_number
from litert_ir.runtime.runner import LiteRTFile
from litert_ir.samples.image_inputs import PixelScaling
from litert_ir.samples.image_samples import image_values
from litert_ir.verification.file_inputs import FileInputs, inputs_of


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
        file = LiteRTFile(existing_file(path), signature=signature, timeout=timeout)
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
        self,
        given: Values | None,
        sizes: Sizes,
        *,
        raw: bool = False,
        scaling: PixelScaling | None = None,
    ) -> tuple[FittedInput, ...]:
        """Fit values to the inputs; those that are not given are random.

        Args:
            given: The values.
            sizes: The sizes of dynamic dimensions that the values leave open.
            raw: Whether integers of quantized inputs are given as the file stores them.
            scaling: The values for the pixels 0 to 255; None where the file's metadata say them.

        Raises:
            SamplesError: When a value does not fit its input.
            SizeError: When a size does not fit the file.
            FileRejectedError: When an input is of a type that cannot be given.
        """
        names = [info.name for info in self.interface.inputs]
        specs = inputs_of(self.interface).inputs

        def image(name: str, path: Path) -> NDArray[Any]:
            return self._image(specs[names.index(name)], path, scaling)

        values = {} if given is None else values_by_name(names, given, image)
        scales = {name: self.file.input_scale(name) for name in names}
        return fitted_inputs(specs, scales, values, sizes, raw=raw)

    def labels_of(self, output: str) -> tuple[str, ...]:
        """The names of the classes of an output; empty where the file's metadata have none."""
        described = (each for each in self._metadata.outputs if each.name == output)
        return next((each.labels for each in described), ())

    @property
    def _metadata(self) -> Metadata:
        """The file's description of its first signature; an empty one where it has none."""
        try:
            found = None if self.number else read_metadata(self.path)
        except FileRejectedError:  # damaged metadata do not keep a file from running
            found = None
        return Metadata() if found is None else found.metadata

    def _with_size_advice(
        self, error: FileRejectedError, inputs: Sequence[FittedInput]
    ) -> FileRejectedError:
        """Advise on sizes where the file leaves some open and accepts them only when it runs."""
        open_sizes = any(None in info.shape[1:] for info in self.interface.inputs)
        if error.advice or not open_sizes:
            return error
        shapes = ", ".join(f"{one.name} {tuple(one.values.shape)}" for one in inputs)
        advice = advise(
            "if it does not take these sizes ({shapes}), say others: {sizes}",
            shapes=shapes,
            sizes=SIZES.to("{...}", "NAME=N"),
        )
        return error.evolve(advice=advice)

    def _image(self, spec: TensorSpec, path: Path, scaling: PixelScaling | None) -> NDArray[Any]:
        """Read an image as real values; as bytes for an input of bytes that nothing is said of."""
        taker = _DescribedInputs((spec,), self._metadata)
        described = [each for each in taker.metadata.inputs if each.name == spec.name]
        said = scaling is not None or any(each.normalization for each in described)
        if spec.dtype is not DType.UINT8 or said:
            spec = spec if spec.dtype.is_floating else attrs.evolve(spec, dtype=DType.FLOAT32)
        return image_values(path, taker, spec, scaling)

    def results_on(
        self, inputs: Sequence[FittedInput], *, raw: bool = False
    ) -> dict[str, NDArray[Any]]:
        """Run once, and return the outputs by name.

        Args:
            inputs: The inputs.
            raw: Whether to leave the integers of quantized outputs as they are.

        Raises:
            FileRejectedError: When it does not run, or kills its process.
            ConverterCrashed: When it does not end in time, or the process is killed from outside.
        """
        try:
            results = self.file.run({one.name: one.values for one in inputs})
        except FileRejectedError as error:
            raise self._with_size_advice(error, inputs) from error
        if raw:
            return results
        return {name: self.file.dequantize(name, values) for name, values in results.items()}


@attrs.frozen
class _DescribedInputs(FileInputs):
    """The inputs of a file, with what its metadata say of them."""

    metadata: Metadata


def require_time(timeout: float | None) -> None:
    """Require a timeout of some time.

    Raises:
        OptionsError: When it is not above 0.
    """
    if timeout is not None and not timeout > 0:
        raise OptionsError(
            "This is a number of seconds above 0.",
            where="timeout",
            expected="such as 60",
            received=shown(timeout),
        )
