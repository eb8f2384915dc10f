"""Read the options that a caller gives, in whatever forms and places they come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from litert_ir.aot.catalogue import require_known
from litert_ir.errors import OptionsError
from litert_ir.errors.shown import shown
from litert_ir.ir.options import ConverterOptions
from litert_ir.ir.parse_options import parse_options, parse_recipe
from litert_ir.ir.quantization import Precision, Quantization

Options = ConverterOptions | Mapping[str, Any] | None
Dataset = Callable[[], Iterable[Any]] | Iterable[Any] | None

Recipe = Quantization | Precision | str | None


DATASET_KEY = "representative_dataset"


def as_options(options: Options, quantization: Recipe = None) -> ConverterOptions:
    """Options in whatever form they came, with compile targets that there are.

    Args:
        options: The options.
        quantization: The recipe, unless it is among the options; what it needs a dataset for is
            then asked for when the plan is executed.

    Raises:
        OptionsError: When something is given twice, unknown or contradictory.
    """
    recipe = parse_recipe(quantization)
    found = _sound(options, "options") or ConverterOptions()
    if recipe is not None:
        wanted = _with_recipe(found, recipe)
    else:
        wanted = found if isinstance(found, ConverterOptions) else parse_options(found)
    require_known(wanted.compile_targets)
    return wanted


def _with_recipe(
    options: ConverterOptions | Mapping[str, Any], recipe: Quantization
) -> ConverterOptions:
    if not isinstance(options, ConverterOptions):
        _require_no_recipe(options.get("quantization"))
        options = parse_options({key: v for key, v in options.items() if key != DATASET_KEY})
    _require_no_recipe(options.quantization)
    return attrs.evolve(options, quantization=recipe, calibrated=recipe.needs_calibration)


def _require_no_recipe(found: object) -> None:
    if found is not None:
        raise _given_twice("quantization", "it among the options, or as its own argument")


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
    given = (
        _sound(litert_kwargs, "litert_kwargs") if options is None else _sound(options, "options")
    )
    if isinstance(given, Mapping) and given.get(DATASET_KEY) is not None:
        if dataset is not None:
            raise _given_twice(DATASET_KEY, "it among the options, or as its own argument")
        dataset = given[DATASET_KEY]
    if quantization is not None:
        wanted = as_options(given, quantization)
        require_dataset(wanted, dataset)
        return wanted, dataset
    if dataset is None:
        return as_options(given), None
    if isinstance(given, ConverterOptions):
        return attrs.evolve(given, calibrated=True), dataset
    return parse_options({**(given or {}), DATASET_KEY: dataset}), dataset


def _sound(options: Options, where: str) -> Options:
    """The options, if they are of one of the types that options have."""
    if options is None or isinstance(options, ConverterOptions | Mapping):
        return options
    raise OptionsError(
        "Options have names.",
        where=where,
        expected="a dict such as {'optimizations': ['DEFAULT']}, or a litert_ir.ConverterOptions",
        received=shown(options),
    )


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
