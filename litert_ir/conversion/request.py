"""Check what a caller asks for before any work is done on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from litert_ir.backends import ConvertibleBackend, load_keras
from litert_ir.conversion.protocol import ConversionStrategy
from litert_ir.conversion.quantizers.protocol import Quantizer
from litert_ir.errors import OptionsError, PlanError
from litert_ir.ir.options import ConverterOptions
from litert_ir.ir.parse_options import parse_options, parse_recipe
from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.quantization import Precision, Quantization
from litert_ir.ir.tensor import is_size
from litert_ir.lowering.plan import summarize
from litert_ir.runtime.sample_files import SampleFile
from litert_ir.runtime.samples import Samples
from litert_ir.runtime.verify import Verification

Options = ConverterOptions | Mapping[str, Any] | None
Dataset = Callable[[], Iterable[Any]] | Iterable[Any] | None

FORMAT = "litert"
_DATASET_KEY = "representative_dataset"


Recipe = Quantization | Precision | str | None


def as_options(options: Options, quantization: Recipe = None) -> ConverterOptions:
    """Options in whatever form they came.

    Args:
        options: The options.
        quantization: The recipe, unless it is among the options; what it needs a dataset for is
            then asked for when the plan is executed.

    Raises:
        OptionsError: When something is given twice, unknown or contradictory.
    """
    recipe = parse_recipe(quantization)
    if recipe is None:
        found = ConverterOptions() if options is None else options
        return found if isinstance(found, ConverterOptions) else parse_options(found)
    calibrated = recipe.needs_calibration
    if isinstance(options, ConverterOptions):
        if options.quantization is not None:
            raise _given_twice("quantization", "it among the options, or as its own argument")
        return attrs.evolve(options, quantization=recipe, calibrated=calibrated)
    given = dict(options or {})
    if given.get("quantization") is not None:
        raise _given_twice("quantization", "it among the options, or as its own argument")
    given.pop(_DATASET_KEY, None)
    base = parse_options(given)
    return attrs.evolve(base, quantization=recipe, calibrated=calibrated)


def options_and_dataset(
    options: Options,
    litert_kwargs: Mapping[str, Any] | None,
    dataset: Dataset,
    quantization: Recipe = None,
) -> tuple[ConverterOptions, Dataset]:
    """The options, which know whether there is a dataset, and the dataset itself.

    Args:
        options: Options, or ``litert_kwargs`` under the other name.
        litert_kwargs: The same as a dict; not both.
        dataset: The representative dataset, unless it is among the options.
        quantization: The recipe, unless it is among the options.

    Raises:
        OptionsError: When something is given twice, unknown or contradictory.
    """
    if options is not None and litert_kwargs is not None:
        raise _given_twice("options", "either options or litert_kwargs, which mean the same")
    given = litert_kwargs if options is None else options
    if isinstance(given, Mapping) and given.get(_DATASET_KEY) is not None:
        if dataset is not None:
            raise _given_twice(_DATASET_KEY, "it among the options, or as its own argument")
        dataset = given[_DATASET_KEY]
    if quantization is not None:
        wanted = as_options(given, quantization)
        require_dataset(wanted, dataset)
        return wanted, dataset
    if dataset is None:
        return as_options(given), None
    if isinstance(given, ConverterOptions):
        return attrs.evolve(given, calibrated=True), dataset
    return parse_options({**(given or {}), _DATASET_KEY: dataset}), dataset


def require_dataset(options: ConverterOptions, dataset: Dataset) -> None:
    """Require a dataset where a recipe needs one, and none where it would have no effect.

    Raises:
        OptionsError: From the options that say otherwise.
    """
    attrs.evolve(options, calibrated=dataset is not None)


def _given_twice(where: str, expected: str) -> OptionsError:
    return OptionsError(
        "One thing is given twice.", where=where, expected=expected, received="both"
    )


def check_strategies(strategies: Any) -> tuple[ConversionStrategy, ...]:
    """The strategies, if each is an object that implements the protocol.

    Raises:
        OptionsError: For an empty sequence, a class in place of its instance, or other objects.
    """
    given = tuple(strategies) if isinstance(strategies, Iterable) else ()
    sound = [
        item
        for item in given
        if isinstance(item, ConversionStrategy) and not isinstance(item, type)
    ]
    if not sound or len(sound) != len(given):
        raise OptionsError(
            "strategies is a sequence of strategy objects.",
            where="strategies",
            expected="such as (litert_ir.ConcreteFunction(), litert_ir.SavedModel())",
            received=repr(strategies),
        )
    return tuple(sound)


def check_quantizers(quantizers: Any) -> tuple[Quantizer, ...]:
    """The quantizers, if each is an object that implements the protocol.

    Raises:
        OptionsError: For an empty sequence, a class in place of its instance, or other objects.
    """
    given = tuple(quantizers) if isinstance(quantizers, Iterable) else ()
    sound = [item for item in given if isinstance(item, Quantizer) and not isinstance(item, type)]
    if not sound or len(sound) != len(given):
        raise OptionsError(
            "quantizers is a sequence of quantizer objects.",
            where="quantizers",
            expected="such as (litert_ir.LiteRTQuantizer(),)",
            received=repr(quantizers),
        )
    return tuple(sound)


def check_verify(verify: object) -> None:
    """Require a switch or a `Verification`.

    Raises:
        OptionsError: For anything else.
    """
    if not isinstance(verify, bool | Verification):
        raise OptionsError(
            "verify says whether and how to compare the file with the model.",
            where="verify",
            expected="True, False or a litert_ir.Verification",
            received=repr(verify),
        )


def check_executable(options: ConverterOptions) -> None:
    """Refuse options that a plan can hold but nothing carries out yet.

    Raises:
        OptionsError: Naming the option.
    """
    if options.aot_compile_targets:
        raise OptionsError(
            "Ahead-of-time compilation can be planned but is not available yet.",
            where="aot_compile_targets",
            expected="no targets: the portable file runs on every LiteRT platform",
            received=", ".join(options.aot_compile_targets),
            advice="leave aot_compile_targets out",
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
    made_on, here = plan.versions.backend, load_keras().backend.backend()
    if made_on != here and {made_on, here} <= {backend.value for backend in ConvertibleBackend}:
        raise PlanError(
            "The plan was made on another Keras backend.",
            where="plan.versions.backend",
            expected=here,
            received=made_on,
            advice="make a new plan with plan_for(model), or pass through=litert_ir.ThroughFile(), "
            "which converts in a child process on the plan's backend",
        )


def check_format(received: object) -> None:
    """Require the one format that there is.

    Raises:
        OptionsError: For another one.
    """
    if received != FORMAT:
        raise OptionsError("Unknown format.", expected=repr(FORMAT), received=repr(received))


def check_limit(limit: object) -> None:
    """Require a number of samples.

    Raises:
        OptionsError: When it is none, or below 1.
    """
    if not is_size(limit):
        raise OptionsError(
            "The calibration limit is a number of samples.",
            where="calibration_limit",
            expected="a whole number, 1 or more",
            received=repr(limit),
        )


def checked_calibration(plan: ExportPlan, dataset: Dataset, limit: int) -> Samples | None:
    """The dataset as samples that fit the plan; its first sample is looked at.

    Args:
        plan: The plan.
        dataset: The representative dataset.
        limit: How many of its samples to take.

    Raises:
        OptionsError: When plan and dataset do not go together.
        SamplesError: When the dataset is empty or its first sample does not fit.
    """
    if (dataset is not None) != plan.options.calibrated:
        raise OptionsError(
            "The representative dataset and the plan's options do not go together.",
            where=_DATASET_KEY,
            expected="a dataset" if plan.options.calibrated else "none",
            received="none" if dataset is None else "a dataset",
            advice="make the plan with the dataset among its options, and pass it to execute",
        )
    check_limit(limit)
    if dataset is None:
        return None
    origin = str(dataset.path) if isinstance(dataset, SampleFile) else _DATASET_KEY
    calibration = Samples(plan, dataset, origin, finite=True, most=limit)
    calibration.check()
    return calibration


def checked_verification(plan: ExportPlan, verify: bool | Verification) -> Verification | None:
    """How to compare, with the user's samples flat and in the plan's order; None not to.

    Raises:
        OptionsError: When there is a threshold for what no output is.
        SamplesError: When a sample does not fit the plan's inputs.
    """
    if isinstance(verify, bool):
        return Verification() if verify else None
    verify.thresholds.check_applicable(leaf.spec for leaf in plan.output_leaves)
    if verify.samples is None:
        return verify
    samples = Samples(plan, verify.samples, "Verification.samples")
    samples.check()
    return attrs.evolve(verify, samples=tuple(samples))
