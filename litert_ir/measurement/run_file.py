"""The public verb that runs a LiteRT file once."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from litert_ir.conversion.target import pending_file
from litert_ir.errors import OptionsError, SamplesError, TargetError
from litert_ir.errors.paths import usable_path
from litert_ir.errors.shown import shown
from litert_ir.measurement.file_run import Array, FileRun, RunOutput
from litert_ir.measurement.fitted_inputs import RANDOM, FittedInput, Sizes
from litert_ir.measurement.named_values import Values
from litert_ir.measurement.opened_file import OpenedFile, require_time
from litert_ir.measurement.run_input import RunInput
from litert_ir.samples.array_files import NPZ
from litert_ir.samples.image_inputs import PixelScaling


def run_file(  # noqa: PLR0913  (one keyword per thing a user may say)
    file: str | os.PathLike[str],
    inputs: Values | None = None,
    *,
    random: bool = False,
    sizes: Sizes | None = None,
    signature: str | None = None,
    raw: bool = False,
    scaling: PixelScaling | str | None = None,
    output: str | os.PathLike[str] | None = None,
    timeout: float | None = None,
) -> FileRun:
    """Run a LiteRT file once by the names of its inputs, and summarize what it gives.

    The file runs in LiteRT's interpreter with XNNPACK on the CPU, in a child process unless this
    process made and compared it. `litert_ir.LiteRTFile` is for many runs.

    Args:
        file: A LiteRT file of any origin.
        inputs: Values for the inputs: a mapping by name, a list in the file's order, or the value
            of a single input. A value is an array, nested lists, a number that fills the input, or
            the path of an ``.npy`` file or of a PNG or JPEG image, which is resized to the input; a
            single ``.npz`` may hold all of them by name. An array that lacks the first dimension is
            a batch of one.
        random: Draw values for the inputs that have none; seeded.
        sizes: Sizes of dynamic dimensions by their names, and shapes by the names of inputs, for
            what the values do not decide.
        signature: The name of the signature to run; None for the first.
        raw: Take and give the integers of quantized inputs and outputs as the file stores them.
            Else all values are real ones and are quantized, but for arrays of the input's own
            integer type.
        scaling: The values of an image for the pixels 0 to 255: ``"0..255"``, ``"0..1"`` or
            ``"-1..1"``; None where the file's metadata say them, or the input takes bytes.
        output: An ``.npz`` to write the outputs to, by name.
        timeout: Seconds for the run; None for many times what such a file takes.

    Returns:
        The outputs, and a summary of them; printable.

    Raises:
        ModelSourceError: When there is no such file.
        FileRejectedError: When it does not load or run, or kills its process.
        OptionsError: When it has no such signature, there is no such scaling, ``output`` is no
            ``.npz``, or ``timeout`` is not above 0.
        SamplesError: When an input has no value, or a value does not fit its input.
        SizeError: When a size does not fit the file.
        TargetError: When ``output`` cannot be written.
        ConverterCrashed: When it does not end in time, or the process is killed from outside.

    Example:
        ``print(litert_ir.run_file("model.tflite", "image.npy"))``
    """
    target = None if output is None else _checked_output(output)
    require_time(timeout)
    opened = OpenedFile.of(file, signature, timeout)
    fitted = opened.fitted(inputs, sizes or {}, raw=raw, scaling=PixelScaling.parsed(scaling))
    if not random:
        _require_values(fitted)
    arrays = opened.results_on(fitted, raw=raw)
    if target is not None:
        _save(arrays, target)
    interface = opened.interface
    return FileRun(
        path=opened.path,
        signature=interface.signature_key,
        inputs=tuple(map(RunInput.of, fitted)),
        outputs=tuple(
            RunOutput.of(info.name, info.dtype, arrays[info.name], opened.labels_of(info.name))
            for info in interface.outputs
        ),
        arrays=arrays,
        raw=raw,
        saved=target,
    )


def _require_values(fitted: tuple[FittedInput, ...]) -> None:
    drawn = [one for one in fitted if one.source == RANDOM]
    if drawn:
        raise SamplesError(
            "Inputs of the file have no value.",
            where="inputs",
            expected="a value for each input",
            received="none for " + ", ".join(str(one).removesuffix(f", {RANDOM}") for one in drawn),
            advice="give the values, or let them be drawn: random=True (--random)",
        )


def _checked_output(output: object) -> Path:
    path = usable_path(output, lambda reason: _no_output(shown(output), reason)).absolute()
    if path.suffix != NPZ:
        raise OptionsError(
            "The outputs are written to an .npz.",
            where="output",
            expected=f"a name that ends in {NPZ}",
            received=shown(str(path)),
        )
    if not path.parent.is_dir() or path.is_dir():
        raise _no_output(str(path), "no folder of that name" if not path.is_dir() else "a folder")
    return path


def _no_output(where: str, reason: str) -> TargetError:
    return TargetError("The outputs cannot be written.", where=where, received=reason)


def _save(arrays: Mapping[str, Array], target: Path) -> None:
    """Write arrays by name; any name will do, also one that is a parameter of numpy's function."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", allowZip64=True) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
    with pending_file(target) as pending:
        pending.write(content.getvalue())
        pending.commit()
