"""Advice in the terms of the surface that its reader is on."""

from __future__ import annotations

import copy
import pickle
from typing import get_type_hints

import pytest

import litert_ir as lir
from litert_ir.cli.app import app
from litert_ir.conversion.verb_keywords import ExportArguments
from litert_ir.errors import AllStrategiesFailedError, OptionsError, ParityError
from litert_ir.errors.advice import Advice, advise, for_command_line, joined, on_command_line
from litert_ir.errors.attempts import Attempt, Outcome
from litert_ir.errors.setting_names import BATCH_SIZE, OTHER_STRATEGIES, RECIPE, SETTINGS
from tests.papers.test_commands import options_of

ADVICE = advise("pass {recipe} beside {batch}", recipe=RECIPE.to("'int8'", "int8"), batch="it")


def test_each_surface_has_its_own_words() -> None:
    assert ADVICE == "pass quantization='int8' beside it"
    assert on_command_line(ADVICE) == "pass --recipe int8 beside it"
    assert on_command_line("free memory") == "free memory"


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))]
)
def test_copies_keep_both_forms(copied: object) -> None:
    assert callable(copied)
    error = copied(OptionsError("It is wrong.", where="quantization", advice=ADVICE))
    assert str(for_command_line(error)) == (
        "It is wrong.\n  where:    --recipe\n  to do:    pass --recipe int8 beside it"
    )


def test_joining_and_appending_keep_both_forms() -> None:
    both = joined([ADVICE, "", "free memory", ADVICE]) + "!"
    assert both == "pass quantization='int8' beside it; free memory!"
    assert on_command_line(both) == "pass --recipe int8 beside it; free memory!"


def test_an_error_that_both_surfaces_tell_alike_stays_itself() -> None:
    error = OptionsError("It is wrong.", where="inputs['a']", advice="mend it")
    assert for_command_line(error) is error


def test_the_class_and_what_else_the_error_knows_stay() -> None:
    failed = Attempt(strategy="direct", outcome=Outcome.FAILED, error=ParityError("It differs."))
    advice = advise("{others}", others=OTHER_STRATEGIES)
    told = for_command_line(AllStrategiesFailedError([failed], advice=advice))
    assert isinstance(told, AllStrategiesFailedError)
    assert told.attempts == (failed,)
    assert "--strategy" in str(told)


def test_advice_with_braces_is_restored_as_it_is() -> None:
    advice = Advice("options={'a': 1}", "--a {1}")
    assert pickle.loads(pickle.dumps(advice)).command_line == "--a {1}"


def test_every_setting_is_one_of_both_surfaces() -> None:
    options = options_of(app)
    assert [each for each in SETTINGS if each.option not in options] == []
    keywords = {*get_type_hints(ExportArguments), "filepath"}
    elsewhere = {
        "integer_only": lir.Quantization,
        "inference_input_type": lir.ConverterOptions,
        "inference_output_type": lir.ConverterOptions,
        "aot_compile_targets": lir.ConverterOptions,
        "import_modules": lir.ThroughFile,
        "calibration": lir.quantize_file,
        "scaling": lir.samples_from,
        "plot": None,
        "target_spec.supported_types": None,
        "Thresholds.top1": None,
        "Verification.calibration_samples": None,
    }
    unknown = {each.keyword for each in SETTINGS} - keywords - set(elsewhere)
    assert unknown == set()
    assert BATCH_SIZE.keyword in keywords


def test_a_refusal_of_the_library_names_options_to_the_command_line() -> None:
    with pytest.raises(OptionsError) as caught:
        lir.ConverterOptions(quantization=lir.Quantization.named("int8"))
    told = for_command_line(caught.value)
    assert (told.where, told.advice) == ("--recipe", "pass --calibrate DATA")
    assert caught.value.advice == "pass representative_dataset=..."
