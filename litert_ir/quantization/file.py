"""Quantize a LiteRT file by a recipe, in the child process, on samples if the recipe needs any."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from operator import length_hint
from pathlib import Path
from typing import Any

import attrs

from litert_ir.backends.litert.file_quantizer import Ranges
from litert_ir.backends.model_failures import brief
from litert_ir.errors import ConversionError, SamplesError
from litert_ir.ir.quantization import Quantization
from litert_ir.isolation.time_limits import quantization_s, watched_running_s
from litert_ir.isolation.worker import shared_worker
from litert_ir.quantization import child_steps
from litert_ir.runtime.counting import Counted
from litert_ir.runtime.interface_reader import read_interface
from litert_ir.samples.forms import NamedSample
from litert_ir.scratch.folder import ScratchFolder

_CHUNK_BYTES = 64 << 20
_CHUNK_SAMPLES = 32
"""The number of samples sent to the child at once: it bounds memory and the steps of progress."""


@attrs.define
class KnownRanges:
    """The ranges of activations over the same samples, by the file that was calibrated.

    Recipes that prepare a file alike share its ranges.
    """

    _by_file: dict[bytes, Ranges] = attrs.field(factory=dict, init=False)

    def of(self, path: Path, calibrate: Callable[[], Ranges]) -> Ranges:
        """Return a file's ranges: known ones, else those that the function finds."""
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").digest()
        if content not in self._by_file:
            self._by_file[content] = calibrate()
        return self._by_file[content]


def quantize_file(  # noqa: PLR0913  (one keyword per thing a caller may say)
    source: Path,
    target: Path,
    recipe: Quantization,
    samples: Iterable[NamedSample] | None = None,
    *,
    layers: Iterable[str] | None = None,
    metadata: bytes | None = None,
    known_ranges: KnownRanges | None = None,
    on_progress: Callable[[str], None] = lambda _: None,
) -> None:
    """Quantize a float LiteRT file; the files that it carries behind its tables are left out.

    Args:
        source: The float file, which is not changed.
        target: The path of the quantized file; the write is not atomic.
        recipe: The recipe.
        samples: Typical inputs, if the recipe needs calibration; read once. More and more typical
            samples give better ranges: LiteRT's guides name 100 to 500.
        layers: The paths of the Keras model's layers, which the recipe's rules match; None where
            the model is unknown, so that the rules match the file's own name scopes.
        metadata: The quantized file's metadata in TFLite's schema; None for those of the source.
        known_ranges: The ranges of other recipes of the file on the same samples, and of this one
            from then on.
        on_progress: Called with a short text as each phase begins, and with a `Counted` one as
            calibration advances.

    Raises:
        OptionsError: When a rule matches no operator of the file.
        SamplesError: When the recipe needs samples and there are none.
        FileRejectedError: When the source is not a LiteRT file with a signature, or is damaged.
        ConverterCrashed: When native code crashes on the file, or takes too long.
        ConversionError: When the quantizer fails.
    """
    signature = read_interface(source).signature_key
    paths = None if layers is None else tuple(layers)
    found = KnownRanges() if known_ranges is None else known_ranges
    limit = quantization_s(source.stat().st_size)
    with ScratchFolder() as folder:
        scratch = folder / "float.tflite"
        prepared = _in_child(limit, child_steps.prepare, source.absolute(), scratch, recipe, paths)
        ranges: Ranges | None = None
        if recipe.needs_calibration:
            ranges = found.of(
                prepared.path,
                lambda: _ranges(prepared.path, signature, samples or (), on_progress),
            )
        on_progress("quantizing")
        arguments = prepared, target.absolute(), recipe, ranges, metadata
        _in_child(limit, child_steps.quantize, *arguments)


def warm_up() -> None:
    """Let the child process import the quantizer in the background."""
    shared_worker().start(child_steps.PRELOAD)


def _in_child(time_limit_s: float, function: Callable[..., Any], *args: Any) -> Any:
    return shared_worker().call(
        function,
        *args,
        time_limit_s=time_limit_s,
        task="quantizing the file",
        translate=_failure,
    )


def _ranges(
    path: Path,
    signature: str,
    samples: Iterable[NamedSample],
    on_progress: Callable[[str], None],
) -> Ranges:
    ranges: Ranges = {}
    count, hint = 0, length_hint(samples, -1)
    total = None if hint < 0 else hint
    for chunk in _chunks(samples):
        on_progress(Counted("calibrating", count, total))
        elements = (sum(array.size for array in named.values()) for named in chunk)
        limit = watched_running_s(path.stat().st_size, elements)
        ranges = _in_child(limit, child_steps.calibrate, path, signature, chunk, ranges)
        count += len(chunk)
    on_progress(Counted("calibrating", count, total))
    if not count:
        raise SamplesError(
            "There are no samples to calibrate on.",
            expected="some samples of the data that the model will process",
            received="none",
        )
    return ranges


def _chunks(samples: Iterable[NamedSample]) -> Iterator[list[NamedSample]]:
    chunk: list[NamedSample] = []
    size = 0
    for sample in samples:
        chunk.append(dict(sample))
        size += sum(array.nbytes for array in sample.values())
        if size >= _CHUNK_BYTES or len(chunk) >= _CHUNK_SAMPLES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _failure(error: Exception) -> ConversionError:
    if isinstance(error, OSError):
        return ConversionError(
            "The quantized file cannot be written, or its source cannot be read.",
            where=error.filename or "",
            received=brief(error),
            advice="free space in the target's folder, and in the one for temporary files (TMPDIR)",
        )
    return ConversionError("LiteRT's quantizer failed on the file.", received=brief(error))
