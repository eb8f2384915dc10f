"""The public verbs: make a plan, execute a plan, or both."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from litert_ir.backends.tensorflow.graphs import remembering_graphs
from litert_ir.conversion.defaults import DEFAULT_STRATEGIES
from litert_ir.conversion.driver import Job, run_job
from litert_ir.conversion.in_child.parent import Through, child_where_needed
from litert_ir.conversion.in_child.strategy import in_child
from litert_ir.conversion.options_request import (
    DATASET_KEY,
    Dataset,
    Options,
    Recipe,
    as_options,
    options_and_dataset,
)
from litert_ir.conversion.planning import PlanRequest, planned
from litert_ir.conversion.progress import Progress, reporting
from litert_ir.conversion.protocol import ConversionStrategy
from litert_ir.conversion.quantized import Quantized
from litert_ir.conversion.request import (
    FORMAT,
    check_arguments,
    check_executable,
    check_plan,
    check_strategies,
    check_verify,
    checked_calibration,
    checked_verification,
    require_plan,
)
from litert_ir.conversion.result import ExportResult
from litert_ir.conversion.route import routed, warm_up
from litert_ir.conversion.switches import check_reporting
from litert_ir.conversion.target_checks import check_target
from litert_ir.hub.default_registry import REGISTRY
from litert_ir.hub.registry import ExporterRegistry
from litert_ir.hub.size_sources import RequestedSizes
from litert_ir.hub.task_inputs import task_inputs
from litert_ir.ir.plan import ExportPlan
from litert_ir.samples.samples import CALIBRATION_LIMIT, check_source
from litert_ir.samples.sizes import SampleSizes
from litert_ir.verification.verify import Verification, samples_of


def plan_for(  # noqa: PLR0913  (one keyword per thing a user may say)
    model: Any,
    *,
    input_signature: Any = None,
    batch_size: int | None = None,
    max_sequence_length: int | None = None,
    image_size: int | tuple[int, int] | None = None,
    sizes: Mapping[str, int] | None = None,
    registry: ExporterRegistry = REGISTRY,
    options: Options = None,
    quantization: Recipe = None,
    through: Through = None,
) -> ExportPlan:
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
        input_signature: What the model is to be called with, where its own declared or
            recorded inputs are not to be taken: `keras.InputSpec`, `tf.TensorSpec`,
            `keras.KerasTensor`, `litert_ir.TensorSpec` or example arrays, nested as the
            model's inputs are, or in a list (functional: of one element), or in a dict by
            input or argument name. A None dimension is dynamic, an int pins it; None in
            place of an optional input leaves it out.
        batch_size: A fixed number of samples per run. By default the first dimension is
            dynamic, where the model does not fix it.
        max_sequence_length: Tokens per sample of a KerasHub model; by default those of its
            preprocessor, else 128.
        image_size: Height and width in pixels of a KerasHub model's images, one number for
            squares; by default those of its preprocessor or of its own inputs.
        sizes: Other sizes of a KerasHub model's inputs, by their names in the plan.
        registry: Which configuration is for which class of models.
        options: `ConverterOptions`, or ``litert_kwargs`` as a dict.
        quantization: A `Quantization`, a `Precision` or a name of `PRECISION_NAMES`, in place of
            options in TensorFlow's terms. A recipe with integer activations needs a
            representative dataset when the plan is executed.
        through: How the model gets to a child process; None for this process, where it traces
            models on the backend. An open `ModelInChild` serves several verbs.

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
        OptionsError: When an option or a compile target is unknown, or contradicts another one.

    Example:
        ``print(plan_for(keras.applications.MobileNetV2(weights=None)))``
    """
    wanted = as_options(options, quantization)
    requested = RequestedSizes(
        max_sequence_length=max_sequence_length, image_size=image_size, others=sizes
    )
    request = PlanRequest(
        input_signature=input_signature,
        batch_size=batch_size,
        options=wanted,
        task=task_inputs(model, registry, requested, input_signature),
    )
    return planned(model, request, through)


def export(  # noqa: PLR0913  (one keyword per thing a user may say)
    model: Any,
    filepath: str | os.PathLike[str],
    *,
    format: str = FORMAT,  # noqa: A002  (the name that Keras' own export has)
    input_signature: Any = None,
    batch_size: int | None = None,
    max_sequence_length: int | None = None,
    image_size: int | tuple[int, int] | None = None,
    sizes: Mapping[str, int] | None = None,
    registry: ExporterRegistry = REGISTRY,
    options: Options = None,
    litert_kwargs: Mapping[str, Any] | None = None,
    quantization: Recipe = None,
    representative_dataset: Dataset = None,
    calibration_limit: int = CALIBRATION_LIMIT,
    strategies: Sequence[ConversionStrategy] = DEFAULT_STRATEGIES,
    through: Through = None,
    verify: bool | Verification = True,
    verbose: bool = False,
    on_progress: Progress | None = None,
) -> ExportResult:
    """Export a Keras model to a LiteRT file that is known to compute what the model computes.

    Everything that can be checked without converting is checked first. The file is written
    beside the target, run in the LiteRT interpreter, compared with the model, and only then
    put in the target's place: an older file survives any failure.

    Args:
        model: See `plan_for`.
        filepath: The target, ending in ``.tflite``, in an existing folder. Where it is a link,
            the file that the link points to is replaced. The file of a chip among the compile
            targets goes beside it: ``model.intel-LNL.tflite``.
        format: ``"litert"``.
        input_signature: See `plan_for`.
        batch_size: See `plan_for`.
        max_sequence_length: See `plan_for`.
        image_size: See `plan_for`.
        sizes: See `plan_for`.
        registry: See `plan_for`.
        options: See `plan_for`; may hold a representative dataset when it is a dict.
        litert_kwargs: Another name for ``options`` as a dict.
        quantization: See `plan_for`.
        representative_dataset: Samples to calibrate on; see `Samples`. Implies the
            options' ``calibrated``.
        calibration_limit: How many of them to take at most; a batch counts as one.
        strategies: What to try, in order.
        through: See `plan_for`. The strategies run in the child process, too; comparing not.
        verify: False to accept a file unseen, a `Verification` to say how to compare. The sizes
            of its samples are among those that planning tries.
        verbose: Show the phases and the converter's own output.
        on_progress: Called with a short text as each phase begins.

    Returns:
        Where the file is, which strategy made it, how it compares with the model.

    Raises:
        FilepathError: When the name does not end in ``.tflite``.
        TargetError: When the target cannot be written: a missing or full folder, a read-only
            file, a folder, a device, a pipe.
        SamplesError: When the representative dataset does not fit.
        MissingDependencyError: When LiteRT's runtime is missing, or a vendor's SDK that a compile
            target needs.
        AllStrategiesFailedError: When no strategy gave an acceptable file.
        AotError: When the accepted file cannot be compiled for a target; nothing is written.
        LiteRTIRError: What `plan_for` raises.
    """
    check_arguments(format, calibration_limit, verify)
    check_reporting(on_progress, verbose=verbose)
    wanted, dataset = options_and_dataset(
        options, litert_kwargs, representative_dataset, quantization
    )
    check_source(dataset, DATASET_KEY)
    target = check_target(filepath)
    check_executable(wanted, target)
    chosen = check_strategies(strategies)
    requested = RequestedSizes(
        max_sequence_length=max_sequence_length, image_size=image_size, others=sizes
    )
    with (
        reporting(on_progress, verbose=verbose) as report,
        remembering_graphs(),
        child_where_needed(model, through) as child,
    ):
        needed = in_child(chosen, child)
        warm_up(map(Quantized, needed) if wanted.quantizes else needed)
        report("planning")
        started = time.perf_counter()
        request = PlanRequest(
            input_signature=input_signature,
            batch_size=batch_size,
            options=wanted,
            task=task_inputs(model, registry, requested, input_signature),
            seen=SampleSizes.of(samples_of(verify), dataset),
        )
        plan = planned(model, request, child)
        seconds = time.perf_counter() - started
        result = execute(
            plan,
            model,
            target,
            strategies=chosen,
            representative_dataset=dataset,
            calibration_limit=calibration_limit,
            through=child,
            verify=verify,
            verbose=verbose,
            on_progress=report,
        )
    return attrs.evolve(result, timings=attrs.evolve(result.timings, plan=seconds))


def execute(  # noqa: PLR0913  (one keyword per thing a user may say)
    plan: ExportPlan,
    model: Any,
    filepath: str | os.PathLike[str] | None = None,
    *,
    strategies: Sequence[ConversionStrategy] = DEFAULT_STRATEGIES,
    representative_dataset: Dataset = None,
    calibration_limit: int = CALIBRATION_LIMIT,
    through: Through = None,
    verify: bool | Verification = True,
    verbose: bool = False,
    on_progress: Progress | None = None,
) -> ExportResult:
    """Execute a plan on the model that it was made from.

    Args:
        plan: From `plan_for`, or read back from JSON.
        model: The model.
        filepath: The target; None to get the file's bytes in the result, which goes with no
            chips among the compile targets.
        strategies: This and all else: see `export`.
        representative_dataset: Samples.
        calibration_limit: How many of them.
        through: The model's way to a child process.
        verify: How to compare.
        verbose: What is shown.
        on_progress: Who is told.

    Raises:
        PlanError: When the plan was made from another model, or on another backend.
        LiteRTIRError: As `export`.
    """
    require_plan(plan)
    check_reporting(on_progress, verbose=verbose)
    target = None if filepath is None else check_target(filepath)
    chosen = check_strategies(strategies)
    check_verify(verify)
    check_executable(plan.options, target)
    check_plan(plan, model, here=through is None)
    calibration = checked_calibration(plan, representative_dataset, calibration_limit)
    with (
        reporting(on_progress, verbose=verbose) as report,
        child_where_needed(model, through, plan.versions.backend) as child,
    ):
        plan, candidates = routed(plan, in_child(chosen, child))
        return run_job(
            Job(
                plan=plan,
                model=model,
                target=target,
                candidates=candidates,
                calibration=calibration,
                verification=checked_verification(plan, verify),
                verbose=verbose,
                on_progress=report,
            )
        )
