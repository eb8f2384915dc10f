"""The public verbs: make a plan, execute a plan, or both."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any, Unpack

import attrs

from litert_ir.backends.tensorflow.graphs import remembering_graphs
from litert_ir.conversion.driver import Job, run_job
from litert_ir.conversion.in_child.parent import child_where_needed
from litert_ir.conversion.plan_checks import (
    calibration_samples,
    check_compilable,
    check_plan,
    checked_calibration,
    checked_verification,
)
from litert_ir.conversion.planning import planned
from litert_ir.conversion.progress import Progress
from litert_ir.conversion.quantized import Quantized
from litert_ir.conversion.request import ExportRequest
from litert_ir.conversion.result import ExportResult
from litert_ir.conversion.route import Candidate, routed, warm_up
from litert_ir.conversion.strategy_names import resolved
from litert_ir.conversion.verb_keywords import (
    ExecuteArguments,
    ExportArguments,
    PlanArguments,
    takes,
)
from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.quantization import AutoQuantization
from litert_ir.recipe_search.export_search import export_searched


@takes(PlanArguments)
def plan_for(model: Any, **given: Unpack[PlanArguments]) -> ExportPlan:
    """Decide everything about an export; nothing is converted.

    The model is traced once on symbolic tensors to learn what it returns. Where a dimension
    is dynamic that is no batch, the model is tried on some sizes, of ones and zeros, to learn
    which ones it accepts. An unbuilt model is built from the shapes of the signature. Apart
    from that, its variables and layers and Keras' global state stay as they are;
    ``model.losses`` starts anew, as it does with every call of a model.

    On other backends than TensorFlow and JAX a child process makes the plan, of a copy of the
    model that it loads from a file; see `ThroughFile`. That takes seconds for its start.

    Args:
        model: A Keras 3 model: functional, sequential or subclassed, on any backend.
        **given: Its keywords; `litert_ir.conversion.verb_keywords` describes them.

    Returns:
        A frozen plan: print it, compare it, write it to JSON, execute it.

    Raises:
        BackendError: When neither TensorFlow nor JAX is installed.
        ModelFileError: When a child process cannot have the model.
        UnsupportedModelError: When this is no Keras model, or one that changes its state
            while predicting.
        ModelNotBuiltError: When the model's inputs are unknown.
        ModelTraceError: When the model cannot be called on such inputs.
        SignatureError: With all faults of the signature, each with its path.
        UnsupportedTaskError: When it is a KerasHub task that no configuration is for.
        RegistryError: When two configurations fit a model equally well.
        SizeError: When a size of a KerasHub model is missing, wrong, or none that it has.
        OptionsError: When an option, a strategy or a compile target is unknown, or contradicts
            another one.

    Example:
        ``print(plan_for(keras.applications.MobileNetV2(weights=None)))``
    """
    request = ExportRequest.to_plan(given)
    with child_where_needed(model, request.through) as child:
        plan, _ = planned(model, request, child)
    return plan


@takes(ExportArguments)
def export(
    model: Any, filepath: str | os.PathLike[str], **given: Unpack[ExportArguments]
) -> ExportResult:
    """Export a Keras model to a LiteRT file that is known to compute what the model computes.

    Everything that can be checked without converting is checked first. The file is written
    beside the target, run in the LiteRT interpreter, compared with the model, and only then
    put in the target's place: an older file survives any failure.

    Args:
        model: A Keras 3 model, as for `plan_for`.
        filepath: The target, ending in ``.tflite``, in an existing folder. Where it is a link,
            the file that the link points to is replaced. The file of a chip among the compile
            targets goes beside it: ``model.intel-LNL.tflite``.
        **given: Its keywords; `litert_ir.conversion.verb_keywords` describes them.

    Returns:
        Where the file is, which strategy made it, how it compares with the model.

    Raises:
        FilepathError: When the name does not end in ``.tflite``.
        TargetError: When the target cannot be written: a missing or full folder, a read-only
            file, a folder, a device, a pipe.
        SamplesError: When the representative dataset does not fit.
        MissingDependencyError: When a vendor's SDK is missing that a compile target needs.
        AllStrategiesFailedError: When no strategy gave an acceptable file.
        AotError: When the accepted file cannot be compiled for a target; nothing is written.
        LiteRTIRError: As `plan_for`.

    Example:
        ``export(model, "model.tflite", quantization="dynamic", strategies=("stablehlo",))``
    """
    request = ExportRequest.to_export(filepath, given)
    with (
        request.reporting() as report,
        remembering_graphs(),
        child_where_needed(model, request.through) as child,
    ):
        needed = resolved(request.strategies, child)
        quantizes = request.options.quantizes or request.search is not None
        warm_up(map(Quantized, needed) if quantizes else needed)
        report("planning")
        started = time.perf_counter()
        plan, candidates = planned(model, request, child)
        seconds = time.perf_counter() - started
        check_compilable(plan)
        run = run_job if request.search is None else _search_of(request, plan, request.search)
        result = run(_job(plan, candidates, model, request, report))
    return attrs.evolve(result, timings=attrs.evolve(result.timings, plan=seconds))


@takes(ExecuteArguments)
def execute(
    plan: ExportPlan,
    model: Any,
    filepath: str | os.PathLike[str] | None = None,
    **given: Unpack[ExecuteArguments],
) -> ExportResult:
    """Execute a plan on the model that it was made from.

    The strategies of the plan's route are tried, which it has by name. Other ones, and objects
    that are no built-in strategies, make another plan, which the result has.

    Args:
        plan: From `plan_for`, or read back from JSON.
        model: The model.
        filepath: The target; None to get the file's bytes in the result, which goes with no
            chips among the compile targets.
        **given: Its keywords; `litert_ir.conversion.verb_keywords` describes them.

    Returns:
        As `export`; its plan has the route that was taken.

    Raises:
        PlanError: When the plan was made from another model, or on another backend, or goes
            through a strategy that is not known by its name.
        LiteRTIRError: As `export`.
    """
    request = ExportRequest.to_execute(plan, filepath, given)
    check_plan(plan, model, here=request.through is None)
    with (
        request.reporting() as report,
        child_where_needed(model, request.through, plan.versions.backend) as child,
    ):
        here = plan if child is None else child.through.seen(plan)
        taken, candidates = routed(here, resolved(request.strategies, child))
        return run_job(_job(taken, candidates, model, request, report))


def _search_of(
    request: ExportRequest, plan: ExportPlan, wanted: AutoQuantization
) -> Callable[[Job], ExportResult]:
    """The export of a plan with a recipe that is searched; the samples are checked first.

    Raises:
        SamplesError: When a sample does not fit.
    """
    dataset, limit = request.dataset, request.calibration_limit
    calibration = None if dataset is None else calibration_samples(plan, dataset, limit)
    return lambda job: export_searched(job, wanted, calibration)


def _job(
    plan: ExportPlan,
    candidates: tuple[Candidate, ...],
    model: Any,
    request: ExportRequest,
    report: Progress,
) -> Job:
    """The conversion of a plan, with samples that fit it."""
    dataset, limit = request.dataset, request.calibration_limit
    calibration = None if request.search else checked_calibration(plan, dataset, limit)
    return Job(
        plan=plan,
        model=model,
        target=request.target,
        candidates=candidates,
        calibration=calibration,
        verification=checked_verification(plan, request.verify, calibration),
        verbose=bool(request.verbose),
        on_progress=report,
    )
