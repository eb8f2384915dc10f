"""The public verb for a LiteRT file beside its Keras model: verify it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Unpack

import attrs

from litert_ir.backends.packages import INTERPRETER
from litert_ir.backends.tensorflow.graphs import remembering_graphs
from litert_ir.conversion.file_plans import ModelCall, plan_of_file
from litert_ir.conversion.file_verification import FileComparison, FileVerification
from litert_ir.conversion.in_child.parent import child_where_needed
from litert_ir.conversion.plan_checks import checked_verification
from litert_ir.conversion.progress import reporting
from litert_ir.conversion.switches import check_reporting
from litert_ir.conversion.verb_keywords import VerifyArguments, filled, takes
from litert_ir.errors import OptionsError
from litert_ir.errors.shown import shown
from litert_ir.runtime.existing_file import existing_file
from litert_ir.runtime.interpreter import checked_interface_by_name
from litert_ir.samples.samples import check_source
from litert_ir.verification.verify import Verification, check_comparable


@takes(VerifyArguments)
def verify(
    model: Any, file: str | os.PathLike[str], **given: Unpack[VerifyArguments]
) -> FileVerification:
    """Compare a LiteRT file of any origin with its Keras model, as an export does.

    The model is lowered to fit the file: sizes that the file fixes, and names and bounds of dynamic
    dimensions in its metadata, are taken from it. Inputs and outputs with other names are matched
    by a shape and type that only one of them has, else by their order; the report says so. Both
    run on the same inputs, at sizes beyond those that conversions trace. The tolerance is that of
    the precision that the file's tensors show.

    Args:
        model: A Keras 3 model, as for `plan_for`.
        file: The file.
        **given: Its keywords; `litert_ir.conversion.verb_keywords` describes them.

    Returns:
        The report, whether or not the file agrees: look at ``agrees``, or call ``require()``.

    Raises:
        ModelSourceError: When there is no such file.
        FileRejectedError: When this is no LiteRT file, does not run, or has inputs or outputs that
            cannot be the model's.
        ParityError: When the file does not agree, and ``check=True``.
        SamplesError: When samples do not fit, or the model accepts no random inputs.
        ConverterCrashed: When a run does not end in time.
        LiteRTIRError: As `plan_for`.

    Example:
        ``verify(model, "model.tflite", samples=samples_from("images.npz")).agrees``
    """
    said = filled("verify", VerifyArguments, given)
    verification = wanted_verification(said["samples"], said["verification"])
    check_reporting(said["on_progress"], verbose=said["verbose"])
    path = checked_file(file)
    with (
        reporting(said["on_progress"], verbose=said["verbose"]) as report,
        remembering_graphs(),
        child_where_needed(model, said["through"]) as child,
    ):
        report("fitting the model to the file")
        found = plan_of_file(model, path, ModelCall.of(said, verification.samples), child)
        checked = checked_verification(found.plan, verification)
        result = FileComparison(
            found=found,
            model=model,
            verification=checked or verification,
            report=report,
            verbose=said["verbose"],
        ).verified()
    if said["check"]:
        result.require()
    return result


def wanted_verification(samples: Any, verification: Any) -> Verification:
    """Return how to compare, with the samples of either argument.

    Raises:
        OptionsError: When it is no `Verification`, or the samples are given twice.
        SamplesError: When the samples are of no form that is known.
    """
    if verification is not None and not isinstance(verification, Verification):
        raise OptionsError(
            "verification says how to compare the file with the model.",
            where="verification",
            expected="a litert_ir.Verification, or None",
            received=shown(verification),
        )
    wanted = verification or Verification()
    if samples is not None:
        if wanted.samples is not None:
            raise OptionsError(
                "The samples are given twice.",
                where="samples",
                expected="them among those of the verification, or as their own argument",
                received="both",
            )
        check_source(samples, "samples")
        wanted = attrs.evolve(wanted, samples=samples)
    check_comparable(wanted, calibrated=False)
    return wanted


def checked_file(file: Any) -> Path:
    """Return the path of a file that can be run here; its tables are read.

    Raises:
        ModelSourceError: When there is no such file.
        FileRejectedError: When it is no LiteRT file, or needs what no package here has.
        MissingDependencyError: When LiteRT's runtime is not installed.
    """
    INTERPRETER.require("running LiteRT files")
    path = existing_file(file).absolute()
    checked_interface_by_name(path, None)
    return path
