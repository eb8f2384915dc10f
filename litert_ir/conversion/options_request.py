"""Read the options that a caller gives, in any form and place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from litert_ir.aot.catalogue import require_known
from litert_ir.errors import OptionsError
from litert_ir.errors.shown import shown
from litert_ir.ir.file_options import FileOptions
from litert_ir.ir.options import ConverterOptions, check_calibration, file_options
from litert_ir.ir.parse_options import parse_options, parse_recipe
from litert_ir.ir.quantization import AUTO, AutoQuantization, Precision, Quantization

Options = ConverterOptions | FileOptions | Mapping[str, Any] | None
Dataset = Callable[[], Iterable[Any]] | Iterable[Any] | None

Recipe = Quantization | Precision | str | None
SearchedRecipe = AutoQuantization | Recipe
"""A recipe, or the request to search one."""


DATASET_KEY = "representative_dataset"


def as_options(options: Options, quantization: SearchedRecipe = None) -> FileOptions:
    """Parse options in any form, and require compile targets that exist.

    Args:
        options: The options.
        quantization: The recipe, unless it is among the options; what it needs a dataset for is
            then asked for when the plan is executed.

    Raises:
        OptionsError: When something is given twice, unknown or contradictory, or the recipe is to
            be searched.
    """
    _require_recipe(quantization)
    recipe = parse_recipe(quantization)
    found = _sound(options, "options")
    if recipe is not None:
        wanted = _with_recipe(found, recipe)
    else:
        wanted = file_options(parse_options(found) if isinstance(found, Mapping) else found)
    require_known(wanted.compile_targets)
    return wanted


_Sound = ConverterOptions | FileOptions | Mapping[str, Any]


def _with_recipe(options: _Sound, recipe: Quantization) -> FileOptions:
    if isinstance(options, FileOptions):
        _require_no_recipe(options.recipe if options.quantizes else None)
        return attrs.evolve(options, recipe=recipe)
    if isinstance(options, Mapping):
        _require_no_recipe(options.get("quantization"))
        options = parse_options({key: v for key, v in options.items() if key != DATASET_KEY})
    _require_no_recipe(options.quantization)
    calibrated = recipe.needs_calibration
    return attrs.evolve(options, quantization=recipe, calibrated=calibrated).parsed()


def _require_no_recipe(found: object) -> None:
    if found is not None:
        raise _given_twice("quantization", "it among the options, or as its own argument")


def request_of_search(quantization: object) -> AutoQuantization | None:
    """Return the request to search a recipe; None where this is none."""
    if isinstance(quantization, str) and quantization == AUTO:
        return AutoQuantization()
    return quantization if isinstance(quantization, AutoQuantization) else None


def _require_recipe(quantization: object) -> None:
    if request_of_search(quantization) is not None:
        raise OptionsError(
            "A plan has a recipe; that of a search is known once its files were measured.",
            where="quantization",
            expected="a litert_ir.Quantization, or a name such as 'int8'",
            received=AUTO,
            advice="export with it: the result's plan has the recipe that was found",
        )


def options_to_search(
    options: Options, litert_kwargs: Mapping[str, Any] | None, dataset: Dataset
) -> tuple[FileOptions, Dataset]:
    """The options of the float file that a recipe is searched for, and the dataset if any.

    Raises:
        OptionsError: When something is given twice, unknown or contradictory, or a recipe is among
            the options.
    """
    given, dataset = _given(options, litert_kwargs, dataset)
    if isinstance(given, Mapping):
        given = {key: value for key, value in given.items() if key != DATASET_KEY}
    wanted = as_options(given)
    _require_no_recipe(wanted.recipe if wanted.quantizes else None)
    return wanted, dataset


def options_and_dataset(
    options: Options,
    litert_kwargs: Mapping[str, Any] | None,
    dataset: Dataset,
    quantization: Recipe = None,
) -> tuple[FileOptions, Dataset]:
    """The options, and the dataset if they need one.

    TensorFlow's terms let a dataset stand beside types that it has no effect on; it is dropped.

    Args:
        options: Options, or ``litert_kwargs`` under the other name.
        litert_kwargs: The same as a dict; not both.
        dataset: The representative dataset, unless it is among the options.
        quantization: The recipe, unless it is among the options.

    Raises:
        OptionsError: When something is given twice, unknown or contradictory.
    """
    given, dataset = _given(options, litert_kwargs, dataset)
    if quantization is not None:
        wanted = as_options(given, quantization)
        require_dataset(wanted.recipe, dataset)
        return wanted, dataset
    if dataset is None:
        return as_options(given), None
    wanted = as_options(_calibrated(given, dataset))
    return wanted, dataset if wanted.recipe.needs_calibration else None


def _given(
    options: Options, litert_kwargs: Mapping[str, Any] | None, dataset: Dataset
) -> tuple[_Sound, Dataset]:
    """The options under the one name or the other, and the dataset from the one place or the other.

    Raises:
        OptionsError: When both are there, or options are not given by name.
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
    return given, dataset


def _calibrated(given: _Sound, dataset: Dataset) -> _Sound:
    """The options with ``calibrated`` set, as TensorFlow's terms require beside a dataset."""
    if isinstance(given, ConverterOptions):
        return attrs.evolve(given, calibrated=True)
    if isinstance(given, Mapping):
        return {**given, DATASET_KEY: dataset}
    require_dataset(given.recipe, dataset)
    return given


def _sound(options: Options, where: str) -> _Sound:
    """The options, if they are of one of the types that options have; the defaults for None."""
    if options is None:
        return ConverterOptions()
    if isinstance(options, ConverterOptions | FileOptions | Mapping):
        return options
    raise OptionsError(
        "Options are given by name.",
        where=where,
        expected="a dict such as {'optimizations': ['DEFAULT']}, or a litert_ir.ConverterOptions",
        received=shown(options),
    )


def require_dataset(recipe: Quantization, dataset: Dataset) -> None:
    """Require a dataset where a recipe needs one, and none where it would have no effect.

    Raises:
        OptionsError: When it is the other way round.
    """
    check_calibration(recipe, calibrated=dataset is not None)


def _given_twice(where: str, expected: str) -> OptionsError:
    return OptionsError(
        "The same option is given twice.", where=where, expected=expected, received="both"
    )
