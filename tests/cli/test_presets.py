"""KerasHub presets on the command line: folders that were saved, and what else may be named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

import litert_ir as lir
from litert_ir.cli.preset_source import PresetSource, load_preset, parse_preset
from litert_ir.errors import ModelSourceError
from tests.hub.tiny_tasks import bert_classifier

Command = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="module")
def preset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a BERT classifier whose preprocessor makes 12 tokens."""
    folder = tmp_path_factory.mktemp("presets") / "bert"
    bert_classifier(sequence_length=12).save_to_preset(folder)
    return folder


def test_a_preset_is_exported_with_the_sizes_of_its_preprocessor(
    run_process: Command, preset: Path, tmp_path: Path
) -> None:
    done = run_process("export", "--preset", preset, "-o", "bert.tflite")
    assert (done.returncode, done.stderr) == (0, "")
    assert "sequence_length 12 (preprocessor.sequence_length)" in done.stdout
    file = lir.LiteRTFile(tmp_path / "bert.tflite")
    assert [info.name for info in file.inputs] == ["token_ids", "padding_mask", "segment_ids"]


def test_a_preset_is_loaded_as_another_task(run: Command, preset: Path) -> None:
    done = run(
        "plan", "--preset", preset, "--task", "MaskedLM", "--json", "--max-sequence-length", "9"
    )
    assert done.returncode == 0, done.stderr
    task = json.loads(done.stdout)["about"]["task"]
    assert task["model_type"] == "masked_lm"
    assert {size["name"]: size["value"] for size in task["sizes"]}["sequence_length"] == 9


@pytest.mark.slow
def test_a_saved_task_is_exported_like_any_model(run_process: Command, tmp_path: Path) -> None:
    bert_classifier(sequence_length=12).save(tmp_path / "task.keras")
    done = run_process("plan", "task.keras", "--max-sequence-length", "7")
    assert done.returncode == 0, done.stderr
    assert "token_ids     (batch=?, 7) int32" in done.stdout
    assert "sequence_length 7 (max_sequence_length)" in done.stdout


def test_a_folder_without_a_preset_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(ModelSourceError, match="There is no preset here") as caught:
        parse_preset(str(tmp_path))
    assert caught.value.received == "notes.txt"
    with pytest.raises(ModelSourceError, match="There is no preset here") as caught:
        parse_preset(str(tmp_path / "notes.txt"))
    assert caught.value.received == "a file"


@pytest.mark.parametrize("preset", ["no/such/folder", "./bert", "~/no_such_preset"])
def test_a_folder_that_is_not_there_is_refused_before_anything_starts(
    run: Command, preset: str
) -> None:
    done = run("plan", "--preset", preset)
    assert done.returncode == 3
    assert "no such folder" in done.stderr
    assert "where:    --preset" in done.stderr


@pytest.mark.parametrize("preset", ["bert_tiny_en_uncased", "hf://user/model", "kaggle://a/b/c"])
def test_names_and_addresses_are_left_to_kerashub(preset: str) -> None:
    assert parse_preset(preset) == PresetSource(preset)


@pytest.mark.parametrize("task", ["Nothing", "KerasHub", "BertBackboneConfig"])
def test_an_unknown_class_is_refused(preset: Path, task: str) -> None:
    with pytest.raises(ModelSourceError, match="no such class") as caught:
        load_preset(PresetSource(str(preset), task))
    assert caught.value.where == "--task"
    assert "CausalLM" in caught.value.expected


def test_a_class_that_does_not_fit_is_refused(preset: Path) -> None:
    with pytest.raises(ModelSourceError, match="cannot load this preset") as caught:
        load_preset(PresetSource(str(preset), "CausalLM"))
    assert "Unable to find a subclass of CausalLM" in caught.value.received


def test_a_backbone_alone_is_a_preset_too(preset: Path, tmp_path: Path) -> None:
    bert_classifier().backbone.save_to_preset(tmp_path / "backbone")
    model = load_preset(parse_preset(str(tmp_path / "backbone")))
    assert type(model).__name__ == "BertBackbone"
    assert type(load_preset(parse_preset(str(preset)))).__name__ == "BertTextClassifier"


def test_a_name_that_fits_several_tasks_needs_one() -> None:
    with pytest.raises(ModelSourceError, match="fits several tasks") as caught:
        load_preset(PresetSource("bert_tiny_en_uncased"))
    assert "--task TextClassifier" in caught.value.advice


def test_a_name_that_nobody_knows_needs_a_task() -> None:
    with pytest.raises(ModelSourceError, match="does not say the task"):
        load_preset(PresetSource("hf://nobody/nothing"))


def test_a_damaged_preset_is_refused(tmp_path: Path) -> None:
    for name in ("config.json", "task.json"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(ModelSourceError, match="does not name its class"):
        load_preset(parse_preset(str(tmp_path)))
