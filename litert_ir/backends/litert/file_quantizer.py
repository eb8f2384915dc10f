"""LiteRT's quantizer for files (`litert_quantizer`), guarded against its known defects.

It runs in the child process, as it runs the file that it calibrates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from litert_ir.backends import load_quantizer
from litert_ir.backends.litert.files import mapped_to_edit

Entry = Mapping[str, Any]
"""One line of a recipe in the quantizer's own form: operators, algorithm and settings."""

Ranges = dict[str, dict[str, NDArray[Any]]]
"""The smallest and the largest value of each tensor, by its name."""

_THREADS = 2
"""The threads of the calibrating interpreter: those of the smallest machine that we measure on."""


class Calibrator:
    """Runs a float file on samples, and records the range of each of its tensors.

    The ranges are the smallest and the largest values seen. The quantizer's default is a moving
    average, which clips what only few samples reach: inputs of which two in a hundred samples are
    three times as large lose a third of their range.

    Args:
        path: The file; its tensors have different names.
        ranges: The ranges of earlier samples.
    """

    def __init__(self, path: str, ranges: Ranges) -> None:
        library = load_quantizer("calibrator")
        self._calibrator = library.Calibrator(
            Path(path).read_bytes(),  # of a path, it would leave a descriptor open; see `quantized`
            num_threads=_THREADS,
            mode=library.CalibrationMode.CALIBRATION_PROFILER_BASED,
            qsv_update_func=load_quantizer("utils.qsv_utils").min_max_update,
        )
        self._calibrator.load_model_qsvs(ranges)

    def add(self, signature: str, samples: Sequence[Mapping[str, NDArray[Any]]]) -> Ranges:
        """Run on more samples.

        Args:
            signature: The key of the file's signature.
            samples: Arrays by the names of the signature's inputs.

        Returns:
            The ranges over all samples up to now.
        """
        # In this mode, the recipe is not looked at: all tensors are watched.
        unused = load_quantizer("recipe_manager").RecipeManager()
        self._calibrator.calibrate({signature: list(samples)}, unused)
        ranges: Ranges = self._calibrator.get_model_qsvs()
        return ranges


def quantized(path: str, entries: Sequence[Entry], ranges: Ranges | None) -> bytearray:
    """Quantize a file.

    Args:
        path: A float file whose tensors have different names.
        entries: The recipe; where several entries are for an operator, the last one counts that
            its kernel can do.
        ranges: From a `Calibrator`, where the recipe has integer activations.
    """
    # Of a path, litert_quantizer 0.11 leaves a descriptor open, which keeps a removed file on the
    # disk: `get_file_contents` of ai_edge_litert/tools/mmap_utils.py (2.3).
    source = mapped_to_edit(Path(path))
    quantizer = load_quantizer("quantizer").Quantizer(source, [dict(entry) for entry in entries])
    result = quantizer.quantize(ranges, enable_progress_bar=False, enable_progress_report=False)
    content: bytearray = result.quantized_model
    return content


def scope_of(operator: Any, tensors: Sequence[Any]) -> str:
    """The text that the regular expressions of a recipe are searched in, for one operator."""
    scope: str = load_quantizer("utils.tfl_flatbuffer_utils").get_op_scope(operator, tensors)
    return scope
