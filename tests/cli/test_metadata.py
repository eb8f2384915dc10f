"""The command `metadata`, and the options of exports that it shares."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import litert_ir as lir
from litert_ir.cli.app import main
from tests.metadata.described_models import LABELS, METADATA, described, read


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exported") / "pets.tflite"
    described(path)
    return path


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "labels.txt"
    path.write_text("\n".join(LABELS), "utf-8")
    return path


def test_it_shows_what_a_file_says(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["metadata", str(exported)]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("pets.tflite: Pets 1.2, by Ada, Apache-2.0\n")
    assert "3 labels: cat, dog, größe" in shown
    assert main(["metadata", str(exported), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == read(exported).to_data()


def test_it_writes_a_copy_that_says_more(exported: Path, tmp_path: Path, labels: Path) -> None:
    target = tmp_path / "new.tflite"
    arguments = ["--name", "Cats", "--model-version", "2", "--license", "MIT"]
    arguments += ["--labels", f"scores={labels}", "--normalization", "0:255"]
    assert main(["metadata", str(exported), "-o", str(target), *arguments]) == 0
    found = read(target).metadata
    assert (found.name, found.version, found.license) == ("Cats", "2", "MIT")
    assert found.author == METADATA.author
    assert found.inputs[0].normalization == lir.Normalization(0, 255)
    assert found.inputs[0].color_space is lir.ColorSpace.RGB


def test_single_options_come_on_top_of_a_file(exported: Path, tmp_path: Path, labels: Path) -> None:
    card = tmp_path / "card.json"
    inputs = {"images": {"normalization": {"mean": 1, "std": 2}, "description": "Theirs"}}
    card.write_text(json.dumps({"name": "Card", "author": "Card", "inputs": inputs}), "utf-8")
    target = tmp_path / "new.tflite"
    given = ["--metadata", str(card), "--author", "Bob", "--labels", str(labels)]
    given += ["--normalization", "3:4", "--replace"]
    assert main(["metadata", str(exported), "-o", str(target), *given]) == 0
    found = read(target).metadata
    assert (found.name, found.author, found.version) == ("Card", "Bob", "")
    (images,) = found.inputs
    assert images.description == "Theirs"
    assert images.normalization == lir.Normalization(3, 4)
    assert found.outputs[0].labels == LABELS


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--author", "Ada"], "--output"),
        (["-o", "new.tflite"], "--metadata"),
        (["-o", "new.tflite", "--normalization", "127.5"], "MEAN:STD"),
        (["-o", "new.tflite", "--normalization", "images=a:b"], "MEAN:STD"),
        (["-o", "new.tflite", "--normalization", "1:0"], "MEAN:STD"),
        (["-o", "new.tflite", "--labels", "none.txt"], "none.txt"),
    ],
)
def test_a_wrong_command_line_is_refused(
    arguments: list[str], message: str, exported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["metadata", str(exported), *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_plan_has_the_metadata_of_its_options(
    labels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = "tests.metadata.described_models:classifier"
    assert main(["plan", source, "--labels", str(labels), "--author", "Ada", "--json"]) == 0
    plan = lir.ExportPlan.from_json(capsys.readouterr().out)
    assert plan.metadata.author == "Ada"
    assert plan.metadata.outputs == (lir.OutputMetadata("scores", labels=LABELS),)


def test_an_export_writes_the_metadata_of_its_options(tmp_path: Path, labels: Path) -> None:
    source, target = "tests.metadata.described_models:classifier", tmp_path / "m.tflite"
    assert main(["export", source, "-o", str(target), "--labels", str(labels)]) == 0
    assert read(target).metadata.outputs[0].labels == LABELS
