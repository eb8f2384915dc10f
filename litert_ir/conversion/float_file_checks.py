"""Check that a float file can be quantized as it is asked for, before any work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from litert_ir.conversion.request import check_searchable
from litert_ir.errors import FileRejectedError, ModelSourceError, OptionsError, TargetError
from litert_ir.errors.advice import advise
from litert_ir.errors.paths import usable_path
from litert_ir.errors.setting_names import CALIBRATION, RECIPE, Wording
from litert_ir.errors.shown import shown
from litert_ir.ir.parse_options import parse_recipe
from litert_ir.ir.quantization import AutoQuantization, Quantization
from litert_ir.runtime.interface_reader import FileInterface
from litert_ir.runtime.interpreter import checked_interface
from litert_ir.runtime.tensor_table import read_tensors
from litert_ir.samples.samples import Source
from litert_ir.verification.verify import Verification


def checked_recipe(
    quantization: Any,
    search: AutoQuantization | None,
    verify: bool | Verification,
    calibration: Source | None,
) -> Quantization:
    """Return the recipe; of a search the rules that every try keeps.

    Args:
        quantization: As it was given.
        search: The request to search the recipe; None where there is none.
        verify: Whether and how to compare.
        calibration: Samples to calibrate on; None for none.

    Raises:
        OptionsError: When the recipe quantizes nothing, or something that it needs is missing.
    """
    if search is not None:
        check_searchable(search, verify, calibration, CALIBRATION)
        return Quantization(layers=search.layers)
    recipe = parse_recipe(quantization)
    if recipe is None or not recipe.quantizes:
        raise OptionsError(
            "The recipe quantizes nothing.",
            where="quantization",
            expected="a precision such as 'int8' or 'dynamic', or rules for some layers",
            received="none" if recipe is None else recipe.precision.value,
            advice=advise(
                "pass {recipe}, or {rules}",
                recipe=RECIPE.to(),
                rules=Wording("rules for layers", "rules for layers (--layer PATTERN=NAME)"),
            ),
        )
    if recipe.needs_calibration and calibration is None:
        raise OptionsError(
            "Integer arithmetic needs samples to find the activations' ranges.",
            where="calibration",
            expected="samples of what the file will see",
            received="none",
            advice=advise(
                "pass {samples}, or a recipe such as 'dynamic'",
                samples=CALIBRATION.to("...", "DATA"),
            ),
        )
    return recipe


def checked_path(source: object, target: Path) -> Path:
    """Return the absolute path of a source that is there, and is not the target.

    Raises:
        ModelSourceError: When there is no source.
        TargetError: When the target is the source.
    """
    path = usable_path(source, lambda reason: _no_source(shown(source), reason)).absolute()
    if not path.is_file():
        raise _no_source(str(path))
    if target.exists() and target.samefile(path):
        raise TargetError(
            "The quantized file would replace the float one, which cannot be made from it again.",
            where=str(target),
            expected="another file than the source",
            received=str(path),
            advice="write beside it, and replace it yourself once the result is good enough",
        )
    return path


def _no_source(where: str, reason: str = "") -> ModelSourceError:
    return ModelSourceError(
        "There is no file to quantize here.",
        where=where,
        expected="a .tflite file",
        received=reason,
    )


def checked_source(path: Path) -> FileInterface:
    """Return the interface of a file in float.

    Raises:
        FileRejectedError: When the file is none that runs here, or is quantized already.
    """
    interface = checked_interface(path)
    small = [t for t in read_tensors(path).tensors if t.is_quantized or t.is_half_weight]
    if small:
        raise FileRejectedError(
            "The file is quantized already.",
            where=str(path),
            expected="a float32 file",
            received=f"{len(small)} tensors in fewer bits, such as {small[0].name} "
            f"({small[0].dtype})",
            advice="quantize the float32 file that it was made from",
        )
    return interface
