"""The keyword arguments of the public verbs: the name, type, default and meaning of each, once."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar, get_type_hints

from typing_extensions import TypedDict, get_original_bases

from litert_ir.conversion.in_child.parent import Through
from litert_ir.conversion.options_request import Dataset, Options, SearchedRecipe
from litert_ir.conversion.progress import Progress
from litert_ir.conversion.strategy_names import Strategies
from litert_ir.errors.nearest_names import did_you_mean
from litert_ir.hub.default_registry import REGISTRY
from litert_ir.hub.registry import ExporterRegistry
from litert_ir.metadata.given_metadata import GivenMetadata
from litert_ir.samples.samples import CALIBRATION_LIMIT
from litert_ir.verification.verify import Verification

F = TypeVar("F", bound=Callable[..., Any])

FORMAT = "litert"


class CallArguments(TypedDict, total=False):
    """The call of the model: its signature and its sizes.

    Attributes:
        input_signature: The inputs to call the model with, in place of those that it
            declares or has recorded: `keras.InputSpec`, `tf.TensorSpec`,
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
        registry: The configurations, by the class of models that each is for.
    """

    input_signature: Any
    batch_size: int | None
    max_sequence_length: int | None
    image_size: int | tuple[int, int] | None
    sizes: Mapping[str, int] | None
    registry: ExporterRegistry


class ModelArguments(CallArguments, total=False):
    """The call of the model, and the options of its file.

    Attributes:
        options: `ConverterOptions`, the `FileOptions` of a plan, or ``litert_kwargs`` as a dict,
            which may hold a representative dataset.
        quantization: A `Quantization`, a `Precision` or a name of `PRECISION_NAMES`, in place of
            options in TensorFlow's terms. A recipe with integer activations needs a
            representative dataset when the plan is executed. An export takes an
            `AutoQuantization` or ``"auto"``, too: the recipe is then searched.
        metadata: What the file says of itself to its users: a `Metadata`, a dict with their
            fields, or the path of a ``.toml`` or ``.json`` file. How the preprocessor of a
            KerasHub task normalizes images is said in any case.
    """

    options: Options
    quantization: SearchedRecipe
    metadata: GivenMetadata


class ProcessArguments(TypedDict, total=False):
    """The process that the model is traced in.

    Attributes:
        through: The transfer of the model to a child process, which traces and converts it; None
            for this process, where it traces models on the backend. An open `ModelInChild`
            serves several verbs.
    """

    through: Through


class RouteArguments(ProcessArguments, total=False):
    """The strategies that make the file, and the process that they run in.

    Attributes:
        strategies: Those to try, in order: strategy objects, or the names of built-in ones and of
            plug-ins, such as ``"direct"``, ``"quantized-stablehlo"`` or ``"direct-in-child"``. By
            default `DEFAULT_STRATEGIES` or, where there is a plan, those of its route. A
            strategy that refuses a quantized plan is tried in a `Quantized`.
    """

    strategies: Strategies


class ProgressArguments(TypedDict, total=False):
    """The progress of a verb.

    Attributes:
        verbose: True to log the phases and the converter's own output, False for neither. By
            default a notebook or a terminal shows the phase for its duration.
        on_progress: Called with a `ProgressEvent`, a short text, as each phase begins; nothing else
            shows it then.
    """

    verbose: bool | None
    on_progress: Progress | None


class RunArguments(ProgressArguments, total=False):
    """The calibration, the comparison and the progress of an export.

    Attributes:
        representative_dataset: Samples to calibrate on; see `Samples`. Implies the
            options' ``calibrated``.
        calibration_limit: The most samples to take; a batch counts as one.
        verify: False to accept a file unseen, a `Verification` to say how to compare. The sizes
            of its samples are among those that planning tries.
    """

    representative_dataset: Dataset
    calibration_limit: int
    verify: bool | Verification


class KerasArguments(TypedDict, total=False):
    """Keywords of Keras' own export.

    Attributes:
        format: ``"litert"``.
        litert_kwargs: Another name for ``options`` as a dict.
    """

    format: str
    litert_kwargs: Mapping[str, Any] | None


class PlanArguments(ModelArguments, RouteArguments, total=False):
    """The keywords of `litert_ir.plan_for`."""


class ExecuteArguments(RouteArguments, RunArguments, total=False):
    """The keywords of `litert_ir.execute`."""


class ExportArguments(ModelArguments, RouteArguments, RunArguments, KerasArguments, total=False):
    """The keywords of `litert_ir.export`."""


class VerifyArguments(CallArguments, ProcessArguments, ProgressArguments, total=False):
    """The keywords of `litert_ir.verify`.

    Attributes:
        samples: Inputs to compare on, in the forms of a representative dataset, such as
            `litert_ir.samples_from` reads; None for those of the verification, else random ones.
        verification: The tolerance, the thresholds and the time limit; None for the tolerance of
            the precision that the file shows.
        check: True to raise an error where the file does not agree.
    """

    samples: Iterable[Any] | None
    verification: Verification | None
    check: bool


class ExplainArguments(CallArguments, RouteArguments, ProgressArguments, total=False):
    """The keywords of `litert_ir.layer_errors`.

    Attributes:
        samples: Inputs to compare on, in the forms of a representative dataset, such as
            `litert_ir.samples_from` reads; None for random ones. Recipes of integers are calibrated
            on them where parts of the model are exported.
        bisect: True to look for the smallest part of the model that departs when it is exported
            alone.
        keep: A folder for the file of that part.
        confirm: How many of the layers to leave in float are measured with files made so.
    """

    samples: Iterable[Any] | None
    bisect: bool
    keep: str | os.PathLike[str] | None
    confirm: int


DEFAULTS: Mapping[str, Any] = {
    "registry": REGISTRY,
    "calibration_limit": CALIBRATION_LIMIT,
    "verify": True,
    "format": FORMAT,
    "check": False,
    "bisect": False,
    "confirm": 2,
}
"""The defaults that are not None."""


def filled(verb: str, arguments: type[Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """All arguments of a verb: what is given, else the defaults.

    Args:
        verb: Its name.
        arguments: Its keywords.
        given: The keywords of the call.

    Raises:
        TypeError: For a keyword that it does not have, with the nearest one that it has.
    """
    names = tuple(get_type_hints(arguments))
    for name in given:
        if name not in names:
            text = f"{verb}() got an unexpected keyword argument {name!r}"
            hint = did_you_mean(name, names)
            raise TypeError(f"{text}.{hint}" if hint else text)
    return {name: given.get(name, DEFAULTS.get(name)) for name in names}


def takes(arguments: type[Any]) -> Callable[[F], F]:
    """Show the keywords of a verb in its signature, and their meaning in its docstring.

    Args:
        arguments: The keywords, which the verb takes as ``**given``; its docstring has a line
            ``**given: ...`` where their descriptions belong.
    """

    def show(verb: F) -> F:
        own = inspect.signature(verb)
        keywords = [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=DEFAULTS.get(name),
                annotation=annotation,
            )
            for name, annotation in get_type_hints(arguments).items()
        ]
        positional = [each for each in own.parameters.values() if each.kind is not each.VAR_KEYWORD]
        verb.__signature__ = own.replace(  # type: ignore[attr-defined]  # inspect looks for it
            parameters=[*positional, *keywords]
        )
        text = inspect.cleandoc(verb.__doc__ or "")
        described = "\n".join(_descriptions(arguments))
        verb.__doc__ = _GIVEN.sub(lambda _: described, text)
        return verb

    return show


_GIVEN = re.compile(r"^    \*\*given: .*(\n {8,}.*)*", re.MULTILINE)


def _descriptions(arguments: type[Any]) -> Iterator[str]:
    """The entries of the docstrings' sections of attributes, of all the groups of keywords."""
    for group in get_original_bases(arguments):
        if group is not TypedDict:
            yield from _descriptions(group)
    _, _, entries = inspect.cleandoc(arguments.__doc__ or "").partition("\nAttributes:\n")
    if entries:
        yield entries
