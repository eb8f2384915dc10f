"""The public verb that finds the layers of a file that depart from the Keras model."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Unpack

import attrs

from litert_ir.backends.tensorflow.graphs import remembering_graphs
from litert_ir.conversion.comparison import Comparison
from litert_ir.conversion.file_plans import FileAgainstModel, ModelCall, plan_of_file
from litert_ir.conversion.file_verification import FileComparison
from litert_ir.conversion.in_child.parent import child_where_needed
from litert_ir.conversion.plan_checks import checked_verification
from litert_ir.conversion.progress import Progress, reporting
from litert_ir.conversion.switches import check_reporting
from litert_ir.conversion.verb_keywords import ExplainArguments, filled, takes
from litert_ir.errors import OptionsError, TargetError
from litert_ir.errors.paths import usable_path
from litert_ir.errors.shown import shown
from litert_ir.explanation.bisection import Bisection, Cut
from litert_ir.explanation.explanation import Explanation
from litert_ir.explanation.measuring import LayerMeasurement
from litert_ir.explanation.part_exports import PartExports
from litert_ir.explanation.skip_search import SkipSearch
from litert_ir.model_file_verbs import checked_file, wanted_verification
from litert_ir.runtime.input_ranges import read_input_ranges
from litert_ir.samples.forms import Sample
from litert_ir.scratch.folder import ScratchFolder
from litert_ir.verification.verify import Verification

_MOST_SAMPLES = 4
"""The inputs that layers are compared on: all tensors are read for each; averages are stable."""


@takes(ExplainArguments)
def layer_errors(
    model: Any, file: str | os.PathLike[str], **given: Unpack[ExplainArguments]
) -> Explanation:
    """Find the layers of a LiteRT file that depart from its Keras model.

    The results of the model's layers are matched with the file's tensors, by the layers' names in
    the tensors' names; in files without such names, by their values. Then each layer computes from
    what the file has before it: what the file has behind it differs by the error that this layer
    adds, not by what piled up before.

    Args:
        model: A Keras 3 model, as for `plan_for`.
        file: The file: of floats, of integers, or in between, of any origin.
        **given: Its keywords; `litert_ir.conversion.verb_keywords` describes them.

    Returns:
        The error that each layer adds, in the order of the network, and which ones depart.

    Raises:
        ModelSourceError: When there is no such file.
        FileRejectedError: When this is no LiteRT file, does not run, or has inputs or outputs that
            cannot be the model's.
        OptionsError: When ``model`` is a file, or ``keep`` is given without ``bisect``.
        SamplesError: When samples do not fit, or the model accepts no random inputs.
        TargetError: When ``keep`` is no folder.
        ConverterCrashed: When a run does not end in time.
        LiteRTIRError: As `plan_for`.

    Example:
        ``layer_errors(model, "model.tflite").departing``
    """
    said = filled("layer_errors", ExplainArguments, given)
    _refuse_file(model)
    verification = wanted_verification(said["samples"], None)
    check_reporting(said["on_progress"], verbose=said["verbose"])
    keep = _checked_folder(said["keep"], bisects=said["bisect"])
    path = checked_file(file)
    with (
        reporting(said["on_progress"], verbose=said["verbose"]) as report,
        remembering_graphs(),
        child_where_needed(model, said["through"]) as child,
    ):
        report("fitting the model to the file")
        found = plan_of_file(model, path, ModelCall.of(said, verification.samples), child)
        checked = checked_verification(found.plan, verification) or verification
        verified = FileComparison(
            found=found, model=model, verification=checked, report=report, verbose=said["verbose"]
        ).verified()
        report("comparing layers")
        measurement = LayerMeasurement(found, model, _samples(found, model, checked))
        result = Explanation(
            path=path,
            verification=verified,
            layers=measurement.measured(),
            unmatched=measurement.unmatched,
            samples=len(measurement.samples),
        )
        return _advised(result, measurement, said, keep, report)


def _samples(found: FileAgainstModel, model: Any, verification: Verification) -> tuple[Sample, ...]:
    """Return the inputs to compare layers on: the first of those of the outputs."""
    comparison = Comparison(
        plan=found.plan,
        model=model,
        verification=verification,
        ranges=read_input_ranges(found.path),
    )
    return tuple(case.inputs for case in comparison.cases()[:_MOST_SAMPLES])


def _advised(
    result: Explanation,
    measurement: LayerMeasurement,
    said: Mapping[str, Any],
    keep: Path | None,
    report: Progress,
) -> Explanation:
    """Add the smallest cut and the layers to skip."""
    with ScratchFolder() as folder:
        exports = PartExports(
            precisions=measurement.found.precisions, strategies=said["strategies"], folder=folder
        )
        if said["bisect"] and result.departing:
            cut = _cut(result, measurement, exports, report)
            result = attrs.evolve(result, cut=cut and _kept(cut, keep))
        skips = SkipSearch(
            measurement=measurement, exports=exports, confirm=said["confirm"], report=report
        )
        return attrs.evolve(result, skips=skips.found(result))


def _cut(
    result: Explanation, measurement: LayerMeasurement, exports: PartExports, report: Progress
) -> Cut | None:
    for culprit in result.departing:
        wanted = measurement.result_of(culprit)
        if wanted is not None:  # an input is no part of the model
            search = Bisection(
                measurement=measurement,
                export=exports.export_part,
                folder=exports.folder,
                report=report,
            )
            return search.smallest(culprit, wanted)
    return None


def _kept(cut: Cut, keep: Path | None) -> Cut:
    if keep is None or cut.path is None:
        return attrs.evolve(cut, path=None)
    target = keep / "cut.tflite"
    shutil.copyfile(cut.path, target)
    return attrs.evolve(cut, path=target)


def _refuse_file(model: object) -> None:
    if isinstance(model, str | os.PathLike):
        raise OptionsError(
            "The layers of a file are compared with those of a Keras model.",
            where="model",
            expected="a Keras model, as keras.saving.load_model returns it",
            received=shown(model),
            advice="litert_ir.tensor_errors(float_file, quantized_file, samples) compares two "
            "files",
        )


def _checked_folder(keep: Any, *, bisects: bool) -> Path | None:
    if keep is None:
        return None
    if not bisects:
        raise OptionsError(
            "Only the file of the smallest cut can be kept.",
            where="keep",
            expected="bisect=True (--bisect) beside it",
            received="none",
        )
    path = usable_path(keep, lambda reason: _no_folder(shown(keep), reason)).absolute()
    if not (path.is_dir() and os.access(path, os.W_OK | os.X_OK)):
        raise _no_folder(str(path), "")
    return path


def _no_folder(where: str, reason: str) -> TargetError:
    return TargetError(
        "There is no folder to write the file to.",
        where=where,
        expected="an existing, writable folder",
        received=reason,
    )
