"""The request of a caller: the verbs' arguments, parsed and checked before any work is done."""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Self

import attrs

from litert_ir.backends.packages import QUANTIZER
from litert_ir.conversion.defaults import DEFAULT_STRATEGIES
from litert_ir.conversion.in_child.parent import Through
from litert_ir.conversion.options_request import (
    DATASET_KEY,
    Dataset,
    as_options,
    options_and_dataset,
    options_to_search,
    request_of_search,
)
from litert_ir.conversion.plan_checks import check_executable, require_plan
from litert_ir.conversion.progress import Progress, reporting
from litert_ir.conversion.strategy_names import Chosen, checked_strategies, strategies_of
from litert_ir.conversion.switches import check_reporting
from litert_ir.conversion.target_checks import check_target
from litert_ir.conversion.verb_keywords import (
    FORMAT,
    ExecuteArguments,
    ExportArguments,
    PlanArguments,
    filled,
)
from litert_ir.errors import OptionsError
from litert_ir.errors.advice import advise
from litert_ir.errors.setting_names import DATASET, SAMPLES, THRESHOLDS, Setting
from litert_ir.errors.shown import shown
from litert_ir.hub.default_registry import REGISTRY
from litert_ir.hub.registry import ExporterRegistry
from litert_ir.hub.size_sources import RequestedSizes
from litert_ir.ir.file_options import FileOptions
from litert_ir.ir.metadata import Metadata
from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.quantization import AutoQuantization
from litert_ir.ir.tensor import is_size
from litert_ir.metadata.given_metadata import metadata_from
from litert_ir.samples.samples import CALIBRATION_LIMIT, check_source
from litert_ir.verification.verify import Verification, check_comparable, samples_of


@attrs.frozen(kw_only=True)
class ExportRequest:
    """The request of a caller to any verb; see `litert_ir.conversion.verb_keywords`.

    Arguments that depend on the model are checked once it is inspected: the signature, the batch,
    the registry, samples, and the transfer to a child process.

    Attributes:
        input_signature: As it was given.
        batch_size: As it was given.
        sizes: The sizes of a KerasHub model's inputs.
        registry: The configurations of KerasHub's tasks.
        metadata: What the file says of itself.
        options: The options of the file; see `FileOptions`.
        strategies: The strategies to try, in order.
        through: The model's transfer to a child process.
        target: The path of the file; None where its bytes are wanted, or no file.
        dataset: The representative dataset, whose first sample is not looked at yet.
        calibration_limit: The most samples to take.
        verify: Whether and how to compare.
        verbose: Whether native output is shown; None shows progress alone, where somebody looks.
        on_progress: The function that phases are reported to.
        search: The request to search the recipe; None where the options have one, or none.
    """

    input_signature: Any = None
    batch_size: int | None = None
    sizes: RequestedSizes = attrs.field(factory=RequestedSizes)
    registry: ExporterRegistry = REGISTRY
    metadata: Metadata = attrs.field(factory=Metadata)
    options: FileOptions
    strategies: Chosen
    through: Through = None
    target: Path | None = None
    dataset: Dataset = None
    calibration_limit: int = CALIBRATION_LIMIT
    verify: bool | Verification = False
    verbose: bool | None = None
    on_progress: Progress | None = None
    search: AutoQuantization | None = None

    @classmethod
    def to_plan(cls, given: PlanArguments) -> Self:
        """The request of `litert_ir.plan_for`.

        Raises:
            TypeError: For an unknown keyword.
            OptionsError: When options are unknown or contradictory, or strategies are none.
            SizeError: When sizes are malformed.
        """
        said = filled("plan_for", PlanArguments, given)
        return cls(
            **_of_model(said),
            options=as_options(said["options"], said["quantization"]),
            strategies=checked_strategies(said["strategies"]) or DEFAULT_STRATEGIES,
            through=said["through"],
        )

    @classmethod
    def to_export(cls, filepath: str | os.PathLike[str], given: ExportArguments) -> Self:
        """The request of `litert_ir.export`.

        Raises:
            TypeError: For an unknown keyword.
            LiteRTIRError: When something is unknown, malformed, contradictory, or cannot be
                written.
        """
        said = filled("export", ExportArguments, given)
        _check_format(said["format"])
        run = _of_run(said)
        said_options = said["options"], said["litert_kwargs"], run["dataset"]
        search = request_of_search(said["quantization"])
        options, run["dataset"] = (
            options_and_dataset(*said_options, said["quantization"])
            if search is None
            else options_to_search(*said_options)
        )
        if search is not None:
            check_searchable(search, run["verify"], run["dataset"], DATASET)
        check_source(run["dataset"], DATASET_KEY)
        check_comparable(run["verify"], calibrated=run["dataset"] is not None)
        target = check_target(filepath)
        check_executable(options, target)
        return cls(
            **_of_model(said),
            **run,
            options=options,
            strategies=checked_strategies(said["strategies"]) or DEFAULT_STRATEGIES,
            through=said["through"],
            target=target,
            search=search,
        )

    @classmethod
    def to_execute(
        cls,
        plan: ExportPlan,
        filepath: str | os.PathLike[str] | None,
        given: ExecuteArguments,
    ) -> Self:
        """The request of `litert_ir.execute`.

        Raises:
            TypeError: For an unknown keyword.
            PlanError: When this is no plan, or its route names an unknown strategy.
            LiteRTIRError: When something else is unknown, malformed, or cannot be written.
        """
        said = filled("execute", ExecuteArguments, given)
        require_plan(plan)
        run = _of_run(said)
        check_comparable(run["verify"], calibrated=run["dataset"] is not None)
        target = None if filepath is None else check_target(filepath)
        chosen = checked_strategies(said["strategies"])
        check_executable(plan.options, target)
        return cls(
            **run,
            options=plan.options,
            strategies=chosen or strategies_of(plan),
            through=said["through"],
            target=target,
        )

    def reporting(self) -> AbstractContextManager[Progress]:
        """The function that phases are reported to, while the request is carried out."""
        return reporting(self.on_progress, verbose=self.verbose)


def _of_model(said: dict[str, Any]) -> dict[str, Any]:
    return {
        "input_signature": said["input_signature"],
        "batch_size": said["batch_size"],
        "sizes": RequestedSizes(
            max_sequence_length=said["max_sequence_length"],
            image_size=said["image_size"],
            others=said["sizes"],
        ),
        "registry": said["registry"],
        "metadata": metadata_from(said["metadata"]),
    }


def _of_run(said: dict[str, Any]) -> dict[str, Any]:
    check_limit(said["calibration_limit"])
    check_verify(said["verify"])
    check_reporting(said["on_progress"], verbose=said["verbose"])
    return {
        "dataset": said["representative_dataset"],
        **{name: said[name] for name in ("calibration_limit", "verify", "verbose", "on_progress")},
    }


def _check_format(name: object) -> None:
    if not isinstance(name, str) or name != FORMAT:
        raise OptionsError(
            "Unknown format.", where="format", expected=repr(FORMAT), received=shown(name)
        )


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
            received=shown(verify),
        )


def check_searchable(
    search: AutoQuantization, verify: bool | Verification, dataset: object, samples: Setting
) -> None:
    """Require what a search of recipes cannot do without: the quantizer, samples, and a comparison.

    Args:
        search: The request.
        verify: Whether and how to compare.
        dataset: Samples to calibrate on; None for none.
        samples: The verb's setting for these.

    Raises:
        OptionsError: When nothing is compared, or there are no samples to compare on, or none to
            calibrate the only candidates on.
        MissingDependencyError: When LiteRT's quantizer is not installed.
    """
    QUANTIZER.require("searching a recipe")
    if verify is False:
        raise OptionsError(
            "A search compares the files of its recipes.",
            where="verify",
            expected="True, or a litert_ir.Verification with thresholds",
            received="False",
            advice=advise("say how close the file has to be: {thresholds}", thresholds=THRESHOLDS),
        )
    if dataset is None and samples_of(verify) is None:
        raise OptionsError(
            "A search compares files on samples of yours, as random inputs show too little.",
            where=samples.keyword,
            expected="samples of the data that the model will process",
            received="none",
            advice=advise(
                "pass {calibration}, or, for recipes that need no calibration, {samples}",
                calibration=samples.to("...", "DATA"),
                samples=SAMPLES,
            ),
        )
    if dataset is None and all(search.named(each).needs_calibration for each in search.candidates):
        raise OptionsError(
            "Integer arithmetic needs samples to find the activations' ranges.",
            where="AutoQuantization.candidates",
            expected="a candidate that needs none, or samples to calibrate on",
            received=", ".join(each.value for each in search.candidates),
            advice=advise("pass {calibration}", calibration=samples.to("...", "DATA")),
        )


def check_limit(limit: object) -> None:
    """Require a number of samples.

    Raises:
        OptionsError: When it is none, or below 1.
    """
    if not is_size(limit, sys.maxsize):
        raise OptionsError(
            "The calibration limit is a number of samples.",
            where="calibration_limit",
            expected=f"a whole number, 1 or more, up to {sys.maxsize}",
            received=shown(limit),
        )
