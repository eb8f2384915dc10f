"""Check that a plan can be executed with a model, a dataset and a target, before any work."""

from __future__ import annotations

import sys
from operator import length_hint
from pathlib import Path
from typing import Any

import attrs

from litert_ir.aot.abi import check_size
from litert_ir.aot.catalogue import require_known, require_usable
from litert_ir.backends import backend_name
from litert_ir.backends.keras.kind import kind_of
from litert_ir.backends.packages import INTERPRETER
from litert_ir.conversion.compilation import compiled_path
from litert_ir.conversion.options_request import DATASET_KEY, Dataset
from litert_ir.conversion.target_checks import check_target
from litert_ir.errors import OptionsError, PlanError
from litert_ir.errors.advice import advise
from litert_ir.errors.setting_names import BATCH_SIZE, INPUT_SIGNATURE
from litert_ir.errors.shown import shown
from litert_ir.ir.backend import ConvertibleBackend
from litert_ir.ir.file_options import FileOptions
from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.targets import CpuTarget, SocTarget
from litert_ir.lowering.lower import summarize
from litert_ir.samples.sample_files import StoredSamples
from litert_ir.samples.samples import Samples
from litert_ir.verification.verify import Verification, require_enough


def check_executable(options: FileOptions, target: Path | None) -> None:
    """Require LiteRT's runtime, and what compile targets need, before any work is done.

    Args:
        options: The options.
        target: The path of the file; None when its bytes are wanted.

    Raises:
        OptionsError: When there is no such chip, or no path for a chip's file.
        MissingDependencyError: When the runtime or a vendor's SDK is missing; it names what to
            install.
        TargetError: When a chip's file cannot be written beside the target.
    """
    INTERPRETER.require("writing and running LiteRT files")
    targets = options.compile_targets
    require_known(targets)
    chips = [target for target in targets if isinstance(target, SocTarget)]
    if target is None and chips:
        raise OptionsError(
            "A chip's file is written beside the portable one, so that needs a path.",
            where="aot_compile_targets",
            expected="a filepath, or CPUs alone",
            received=", ".join(map(str, chips)),
            advice="pass a filepath: model.tflite brings model.intel-LNL.tflite and the like",
        )
    if target is not None:
        for chip in chips:
            check_target(compiled_path(chip, target))
    require_usable(targets)


def check_compilable(plan: ExportPlan) -> None:
    """Require a plan that its compile targets support.

    Vendors' compilers take static shapes. Intel's in ai-edge-litert 2.3 silently puts 1 in place
    of a dynamic dimension: the file then claims to take any batch and computes one row.

    Raises:
        OptionsError: When a chip's file is wanted of a plan with dynamic dimensions.
        AotError: When the file will be too large for one of the CPUs.
    """
    targets = plan.options.compile_targets
    dynamic = [spec for spec in plan.inputs if None in spec.sizes]
    chips = [target for target in targets if isinstance(target, SocTarget)]
    if chips and dynamic:
        raise OptionsError(
            "Vendors' compilers take static shapes only.",
            where="aot_compile_targets",
            expected=f"fixed sizes for {', '.join(map(str, chips))}",
            received=", ".join(f"{spec.name} {spec}" for spec in dynamic),
            advice=advise(
                "fix the batch with {batch}, and other dimensions with {signature}",
                batch=BATCH_SIZE.to(1),
                signature=INPUT_SIGNATURE.alone,
            ),
        )
    for target in targets:
        if isinstance(target, CpuTarget) and plan.estimate is not None:
            check_size(target, plan.estimate.size_bytes, estimated=True)


def require_plan(plan: object) -> None:
    """Require a plan.

    Raises:
        PlanError: When this is something else.
    """
    if not isinstance(plan, ExportPlan):
        raise PlanError(
            "This is not a plan.",
            where="plan",
            expected="a litert_ir.ExportPlan, from plan_for(model) or ExportPlan.from_json(text)",
            received=shown(plan),
        )


def check_model(plan: ExportPlan, model: Any) -> None:
    """Require the model that the plan was made from, by name, class and size.

    Raises:
        PlanError: When it is another one.
    """
    found = summarize(model)
    if found != plan.model:
        raise PlanError(
            "The plan was made from another model.",
            where="model",
            expected=str(plan.model),
            received=str(found),
            advice="make a new plan with plan_for(model)",
        )


def check_backend(plan: ExportPlan) -> None:
    """Require the Keras backend that the plan was made on, of those that trace models.

    Backends have types, names and ops of their own. A model on a third backend goes through a
    child process, which has the plan's.

    Raises:
        PlanError: When this process has the other one.
    """
    made_on, here = plan.versions.backend, backend_name()
    if made_on != here and here in {*ConvertibleBackend}:
        raise PlanError(
            "The plan was made on another Keras backend.",
            where="plan.versions.backend",
            expected=here,
            received=made_on.value,
            advice="make a new plan with plan_for(model), or pass through=litert_ir.ThroughFile(), "
            "which converts in a child process on the plan's backend",
        )


def check_plan(plan: ExportPlan, model: Any, *, here: bool) -> None:
    """Require a plan that can be executed with this model.

    Args:
        plan: The plan.
        model: The model.
        here: Whether the model is traced in this process, if this process can do that.

    Raises:
        UnsupportedModelError: When this is no Keras model.
        PlanError: When it was made from another model, or on another backend.
        OptionsError: When a chip's file is wanted of a plan with dynamic dimensions.
        AotError: When the file will be too large for one of the CPUs.
    """
    check_compilable(plan)
    kind_of(model)
    check_model(plan, model)
    if here:
        check_backend(plan)


def checked_calibration(plan: ExportPlan, dataset: Dataset, limit: int) -> Samples | None:
    """The dataset as samples that fit the plan; its first sample is looked at.

    Args:
        plan: The plan.
        dataset: The representative dataset.
        limit: The most samples to take.

    Raises:
        OptionsError: When plan and dataset do not go together.
        SamplesError: When the dataset is empty or its first sample does not fit.
    """
    needs_one = plan.options.recipe.needs_calibration
    if (dataset is not None) != needs_one:
        raise OptionsError(
            "The representative dataset and the plan's options do not go together.",
            where=DATASET_KEY,
            expected="a dataset" if needs_one else "none",
            received="none" if dataset is None else "a dataset",
            advice="make the plan with the dataset among its options, and pass it to execute",
        )
    return None if dataset is None else calibration_samples(plan, dataset, limit)


def calibration_samples(plan: ExportPlan, dataset: Dataset, limit: int) -> Samples:
    """The samples of a dataset, which fit the plan; its first sample is looked at.

    Raises:
        SamplesError: When the dataset is empty or its first sample does not fit.
    """
    assert dataset is not None, "the caller has one"
    calibration = Samples(plan, dataset, _origin(dataset, DATASET_KEY), finite=True, most=limit)
    calibration.check()
    return calibration


def checked_verification(
    plan: ExportPlan, verify: bool | Verification, calibration: Samples | None = None
) -> Verification | None:
    """Return the comparison to make, with flat samples in the plan's order; None for none.

    Args:
        plan: The plan.
        verify: Whether and how to compare.
        calibration: The samples to calibrate on, which are compared on where there are no others.

    Raises:
        OptionsError: When there is a threshold for what no output is.
        SamplesError: When a sample does not fit the plan's inputs, or there are fewer than asked
            for.
    """
    if isinstance(verify, bool):
        return Verification() if verify else None
    verify.thresholds.check_applicable(leaf.spec for leaf in plan.output_leaves)
    most = verify.calibration_samples
    if verify.samples is None:
        if calibration is not None:
            require_enough(length_hint(calibration, sys.maxsize), most)
        return verify
    samples = Samples(plan, verify.samples, _origin(verify.samples, "Verification.samples"))
    samples.check()
    require_enough(length_hint(samples, sys.maxsize), most)
    return attrs.evolve(verify, samples=tuple(samples))


def _origin(source: object, origin: str) -> str:
    return str(source.path) if isinstance(source, StoredSamples) else origin
