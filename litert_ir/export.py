"""The public verbs: make a plan, execute a plan, or both."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from litert_ir.backends import require_convertible_backend
from litert_ir.conversion.calibration import Calibration
from litert_ir.conversion.concrete_function import ConcreteFunction
from litert_ir.conversion.direct import Direct
from litert_ir.conversion.driver import Job, Progress, logger, run_job
from litert_ir.conversion.protocol import ConversionStrategy
from litert_ir.conversion.result import ExportResult
from litert_ir.conversion.saved_model import SavedModel
from litert_ir.conversion.target import check_target
from litert_ir.errors import OptionsError, PlanError
from litert_ir.ir.options import ConverterOptions
from litert_ir.ir.parse_options import parse_options
from litert_ir.ir.plan import ExportPlan, RouteStep
from litert_ir.lowering.plan import lower, summarize
from litert_ir.runtime.parity import Verification

DEFAULT_STRATEGIES: tuple[ConversionStrategy, ...] = (Direct(), ConcreteFunction(), SavedModel())
"""The strategies in the order in which they are tried."""

FORMAT = "litert"

Options = ConverterOptions | Mapping[str, Any] | None
Dataset = Callable[[], Iterable[Any]] | Iterable[Any] | None


def plan_for(
    model: Any,
    *,
    input_signature: Any = None,
    batch_size: int | None = None,
    options: Options = None,
) -> ExportPlan:
    """Decide everything about an export; nothing is converted.

    The model is traced once on symbolic tensors to learn what it returns. An unbuilt model
    is built from the shapes of the signature, without data. Apart from that, its variables
    and layers and Keras' global state stay as they are.

    Args:
        model: A Keras 3 model: functional, sequential or subclassed, on the TensorFlow
            backend.
        input_signature: What the model is to be called with, where its own declared or
            recorded inputs are not to be taken: `keras.InputSpec`, `tf.TensorSpec`,
            `keras.KerasTensor`, `litert_ir.TensorSpec` or example arrays, nested as the
            model's inputs are, or in a list (functional: of one element), or in a dict by
            input or argument name. A None dimension is dynamic, an int pins it; None in
            place of an optional input leaves it out.
        batch_size: A fixed number of samples per run. By default the first dimension is
            dynamic, where the model does not fix it.
        options: `ConverterOptions`, or ``litert_kwargs`` as a dict.

    Returns:
        A frozen plan: print it, compare it, write it to JSON, execute it.

    Raises:
        BackendError: When Keras runs on another backend than TensorFlow.
        UnsupportedModelError: When this is no Keras model, or one that changes its state
            while predicting.
        ModelNotBuiltError: When the model's inputs are unknown.
        ModelTraceError: When the model cannot be called on such inputs.
        SignatureError: With all faults of the signature, each with its path.
        OptionsError: When an option is unknown or contradicts another one.

    Example:
        ``print(plan_for(keras.applications.MobileNetV2(weights=None)))``
    """
    plan = lower(
        model,
        input_signature=input_signature,
        batch_size=batch_size,
        options=_as_options(options),
    )
    return _with_route(plan, DEFAULT_STRATEGIES)


def export(
    model: Any,
    filepath: str | os.PathLike[str],
    *,
    format: str = FORMAT,  # noqa: A002  (the name that Keras' own export has)
    input_signature: Any = None,
    batch_size: int | None = None,
    options: Options = None,
    litert_kwargs: Mapping[str, Any] | None = None,
    representative_dataset: Dataset = None,
    strategies: Sequence[ConversionStrategy] | None = None,
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
        filepath: The target, ending in ``.tflite``, in an existing folder.
        format: ``"litert"``.
        input_signature: See `plan_for`.
        batch_size: See `plan_for`.
        options: See `plan_for`; may hold a representative dataset when it is a dict.
        litert_kwargs: Another name for ``options`` as a dict.
        representative_dataset: Samples to calibrate on; see `Calibration`. Implies the
            options' ``calibrated``.
        strategies: What to try, in order; `DEFAULT_STRATEGIES` when None.
        verify: False to accept a file unseen, a `Verification` to say how to compare.
        verbose: Show the phases and the converter's own output.
        on_progress: Called with a short text as each phase begins.

    Returns:
        Where the file is, which strategy made it, how it compares with the model.

    Raises:
        FilepathError: When the name does not end in ``.tflite``.
        TargetError: When the target cannot be written.
        CalibrationError: When the representative dataset does not fit.
        AllStrategiesFailedError: When no strategy gave an acceptable file.
        LiteRTIRError: What `plan_for` raises.
    """
    if format != FORMAT:
        raise OptionsError("Unknown format.", expected=repr(FORMAT), received=repr(format))
    check_target(filepath)
    require_convertible_backend()
    wanted, dataset = _with_dataset(_merged(options, litert_kwargs), representative_dataset)
    _check_executable(wanted, _checked(strategies))
    with _progress(on_progress, verbose=verbose) as report:
        report("planning")
        started = time.perf_counter()
        plan = plan_for(
            model, input_signature=input_signature, batch_size=batch_size, options=wanted
        )
        seconds = time.perf_counter() - started
        result = execute(
            plan,
            model,
            filepath,
            strategies=strategies,
            representative_dataset=dataset,
            verify=verify,
            verbose=verbose,
            on_progress=report,
        )
    return attrs.evolve(result, timings=attrs.evolve(result.timings, plan=seconds))


def execute(
    plan: ExportPlan,
    model: Any,
    filepath: str | os.PathLike[str] | None = None,
    *,
    strategies: Sequence[ConversionStrategy] | None = None,
    representative_dataset: Dataset = None,
    verify: bool | Verification = True,
    verbose: bool = False,
    on_progress: Progress | None = None,
) -> ExportResult:
    """Execute a plan on the model that it was made from.

    Args:
        plan: From `plan_for`, or read back from JSON.
        model: The model.
        filepath: The target; None to get the file's bytes in the result.
        strategies: See `export`.
        representative_dataset: See `export`.
        verify: See `export`.
        verbose: See `export`.
        on_progress: See `export`.

    Raises:
        PlanError: When the plan was made from another model.
        LiteRTIRError: As `export`.
    """
    target = None if filepath is None else check_target(filepath)
    require_convertible_backend()
    chosen = _checked(strategies)
    _check_executable(plan.options, chosen)
    _check_model(plan, model)
    calibration = _calibration(plan, representative_dataset)
    with _progress(on_progress, verbose=verbose) as report:
        return run_job(
            Job(
                plan=_with_route(plan, chosen),
                model=model,
                target=target,
                strategies=chosen,
                calibration=calibration,
                verification=Verification() if verify is True else verify or None,
                verbose=verbose,
                on_progress=report,
            )
        )


def _as_options(options: Options) -> ConverterOptions:
    if options is None:
        return ConverterOptions()
    return options if isinstance(options, ConverterOptions) else parse_options(options)


def _merged(options: Options, litert_kwargs: Mapping[str, Any] | None) -> Options:
    if litert_kwargs is None:
        return options
    if options is not None:
        raise OptionsError(
            "options and litert_kwargs are two names for the same thing.",
            expected="one of them",
            received="both",
        )
    return litert_kwargs


def _with_dataset(options: Options, dataset: Dataset) -> tuple[ConverterOptions, Dataset]:
    """The options, knowing whether there is a dataset, and the dataset from either place."""
    if isinstance(options, Mapping) and options.get("representative_dataset") is not None:
        if dataset is not None:
            raise OptionsError(
                "The representative dataset is given twice.",
                where="representative_dataset",
                expected="it among the options, or as an argument of its own",
                received="both",
            )
        dataset = options["representative_dataset"]
    if dataset is None:
        return _as_options(options), None
    if isinstance(options, ConverterOptions):
        return attrs.evolve(options, calibrated=True), dataset
    return parse_options({**(options or {}), "representative_dataset": dataset}), dataset


def _checked(strategies: Sequence[ConversionStrategy] | None) -> Sequence[ConversionStrategy]:
    chosen = DEFAULT_STRATEGIES if strategies is None else tuple(strategies)
    wrong = [item for item in chosen if not isinstance(item, ConversionStrategy)]
    if wrong or not chosen or any(isinstance(item, type) for item in chosen):
        raise OptionsError(
            "strategies is a sequence of strategy objects.",
            where="strategies",
            expected="such as (litert_ir.ConcreteFunction(), litert_ir.SavedModel())",
            received=repr(strategies),
        )
    return chosen


def _check_executable(options: ConverterOptions, strategies: Sequence[ConversionStrategy]) -> None:
    del strategies
    if options.aot_compile_targets:
        raise OptionsError(
            "Ahead-of-time compilation is planned for, but not available yet.",
            where="aot_compile_targets",
            expected="no targets: the portable file runs on every LiteRT platform",
            received=", ".join(options.aot_compile_targets),
            advice="leave aot_compile_targets out",
        )


def _check_model(plan: ExportPlan, model: Any) -> None:
    found = summarize(model)
    if found != plan.model:
        raise PlanError(
            "The plan was made from another model.",
            where="model",
            expected=str(plan.model),
            received=str(found),
            advice="make a new plan with plan_for(model)",
        )


def _calibration(plan: ExportPlan, dataset: Dataset) -> Calibration | None:
    if (dataset is not None) != plan.options.calibrated:
        raise OptionsError(
            "The representative dataset and the plan's options do not go together.",
            where="representative_dataset",
            expected="a dataset" if plan.options.calibrated else "none",
            received="none" if dataset is None else "a dataset",
            advice="make the plan with the dataset among its options, and pass it to execute",
        )
    if dataset is None:
        return None
    calibration = Calibration(plan, dataset)
    calibration.check()
    return calibration


def _with_route(plan: ExportPlan, strategies: Sequence[ConversionStrategy]) -> ExportPlan:
    steps = []
    for strategy in strategies:
        refusal = strategy.refuses(plan)
        steps.append(RouteStep(strategy=strategy.name, refusal=refusal.reason if refusal else None))
    return attrs.evolve(plan, route=tuple(steps))


@contextlib.contextmanager
def _progress(on_progress: Progress | None, *, verbose: bool) -> Iterator[Progress]:
    """Where phases are reported to: the caller, and with ``verbose`` the log on stderr."""
    handler = logging.StreamHandler(sys.stderr) if verbose and on_progress is None else None
    level = logger.level
    if handler is not None:
        handler.setFormatter(logging.Formatter("litert_ir: %(message)s"))
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    try:
        yield on_progress or logger.info
    finally:
        if handler is not None:
            logger.removeHandler(handler)
            logger.setLevel(level)
