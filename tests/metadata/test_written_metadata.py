"""Metadata written into files that are there already, of any origin; and what is left of others."""

from __future__ import annotations

import contextlib
import random
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends.litert.files import packed, unpacked
from litert_ir.metadata.associated_files import append_files
from litert_ir.metadata.file_entry import put_entry
from litert_ir.metadata.flatbuffer import flatbuffer_of, tree_of
from tests.metadata import schema_reader as schema
from tests.metadata.described_models import LABELS, METADATA, described, read

# Parts that the schema has and `Metadata` have no words for.
FOREIGN: dict[str, Any] = {
    "name": "Theirs",
    "author": "Others",
    "subgraph_metadata": [
        {
            "name": "main",
            "input_tensor_metadata": [
                {
                    "name": "image",
                    "dimension_names": ["batch", "y", "x", "channels"],
                    "content": {
                        "content_properties": {"member": "ImageProperties", "color_space": 2},
                        "range": {"min": 1, "max": 3},
                    },
                    "process_units": [
                        {
                            "options": {
                                "member": "RegexTokenizerOptions",
                                "delim_regex_pattern": "[^a-z]+",
                                "vocab_file": [{"name": "vocab.txt", "type": 5}],
                            }
                        },
                        {
                            "options": {
                                "member": "NormalizationOptions",
                                "mean": [0.0],
                                "std": [0.0],
                            }
                        },
                    ],
                    "associated_files": [{"name": "vocab.txt", "type": 5, "version": "3"}],
                }
            ],
            "output_tensor_metadata": [
                {
                    "name": "probability",
                    "associated_files": [
                        {"name": "labels.txt", "type": 2, "locale": "en"},
                        {"name": "labels_de.txt", "type": 2, "locale": "de"},
                    ],
                }
            ],
            "output_tensor_groups": [{"name": "all", "tensor_names": ["probability"]}],
            "custom_metadata": [{"name": "theirs", "data": b"\x00\x01"}],
        }
    ],
    "associated_files": [{"name": "readme.md", "type": 1}],
    "min_parser_version": "1.6.0",
}
FILES = {
    "vocab.txt": b"a\nb\n",
    "labels.txt": b"one\r\ntwo\r\nthree",
    "labels_de.txt": b"eins\nzwei\ndrei\n",
    "readme.md": b"# Theirs\n",
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file without metadata."""
    made = tmp_path_factory.mktemp("plain") / "made.tflite"
    described(made, metadata=None)
    model = unpacked(made.read_bytes())
    model.metadata = [entry for entry in model.metadata if entry.name != b"TFLITE_METADATA"]
    path = made.with_name("plain.tflite")
    path.write_bytes(packed(model))
    return path


@pytest.fixture(scope="module")
def theirs(plain: Path) -> Path:
    """A file whose metadata litert_ir would not have written."""
    model = unpacked(plain.read_bytes())
    put_entry(model, flatbuffer_of(FOREIGN))
    path = plain.with_name("theirs.tflite")
    path.write_bytes(packed(model))
    append_files(path, FILES)
    return path


def test_a_file_without_metadata_gets_some(plain: Path, tmp_path: Path) -> None:
    assert lir.read_metadata(plain) is None
    target = tmp_path / "pets.tflite"
    found = lir.write_metadata(plain, target, METADATA)
    assert found == read(target)
    assert found.metadata == METADATA
    assert found.origin is None
    x = np.ones((1, 8, 8, 3), np.float32)
    (before,) = lir.LiteRTFile(plain).run({"images": x}).values()
    (after,) = lir.LiteRTFile(target).run({"images": x}).values()
    np.testing.assert_array_equal(before, after)


def test_a_file_may_be_written_in_its_own_place(plain: Path, tmp_path: Path) -> None:
    path = tmp_path / "pets.tflite"
    path.write_bytes(plain.read_bytes())
    for author in ("Ada", "Bob"):
        lir.write_metadata(path, path, {"author": author, "outputs": [{"labels": LABELS}]})
    found = read(path)
    assert found.metadata.author == "Bob"
    assert [file.name for file in found.files] == ["labels.txt"]
    assert list(tmp_path.iterdir()) == [path]


def test_an_exported_file_says_that_it_was_described_anew(tmp_path: Path) -> None:
    path = tmp_path / "pets.tflite"
    plan = described(path).plan
    for version in ("1.3", "1.4"):
        lir.write_metadata(path, path, {"version": version})
    found = read(path)
    assert found.metadata.version == "1.4"
    assert found.metadata.outputs == METADATA.outputs
    assert found.origin is not None
    assert found.origin.plan == plan.fingerprint
    assert found.origin.changes == ("described anew",)


def test_the_metadata_of_others_are_read_as_far_as_they_make_sense(theirs: Path) -> None:
    found = read(theirs)
    assert found.metadata.name == "Theirs"
    (images,) = found.metadata.inputs
    assert (images.name, images.color_space) == ("images", lir.ColorSpace.GRAYSCALE)
    assert images.normalization is None
    assert found.metadata.outputs[0].labels == ("one", "two", "three")
    assert found.schema_version == "1.6.0"
    assert len(found.notes) == 1
    assert found.notes[0].startswith("images: normalization: ")
    assert found.origin is None


def test_what_metadata_leave_open_stays_as_others_have_it(theirs: Path, tmp_path: Path) -> None:
    target = tmp_path / "ours.tflite"
    given = lir.Metadata(
        author="Ada",
        inputs=lir.InputMetadata(normalization=lir.Normalization(127.5, 127.5)),
        outputs=lir.OutputMetadata(labels=LABELS),
    )
    found = lir.write_metadata(theirs, target, given)
    assert (found.metadata.name, found.metadata.author) == ("Theirs", "Ada")
    tree = tree_of(schema.stored_metadata(target))
    (graph,), (before,) = tree["subgraph_metadata"], FOREIGN["subgraph_metadata"]
    (images,), (old_images,) = graph["input_tensor_metadata"], before["input_tensor_metadata"]
    assert images["process_units"][0] == old_images["process_units"][0]
    assert images["process_units"][1]["options"]["mean"] == [127.5]
    kept = ("name", "dimension_names", "content", "associated_files")
    assert [images[key] for key in kept] == [old_images[key] for key in kept]
    assert graph["output_tensor_groups"] == before["output_tensor_groups"]
    assert graph["custom_metadata"] == before["custom_metadata"]
    assert tree["associated_files"] == FOREIGN["associated_files"]
    assert tree["min_parser_version"] == "1.6.0"
    with zipfile.ZipFile(target) as archive:
        assert set(archive.namelist()) == {"vocab.txt", "readme.md", "labels.txt"}
        assert archive.read("labels.txt").decode().split() == list(LABELS)


def test_metadata_may_replace_all_that_was_there(theirs: Path, tmp_path: Path) -> None:
    target = tmp_path / "ours.tflite"
    found = lir.write_metadata(theirs, target, METADATA, replace=True)
    assert found.metadata == METADATA
    assert [file.name for file in found.files] == ["labels.txt"]
    (graph,) = tree_of(schema.stored_metadata(target))["subgraph_metadata"]
    assert "custom_metadata" not in graph


def test_a_file_for_a_chip_is_refused(plain: Path, tmp_path: Path) -> None:
    model = unpacked(plain.read_bytes())
    model.operatorCodes[0].customCode = b"DISPATCH_OP"
    path = tmp_path / "chip.tflite"
    path.write_bytes(packed(model))
    with pytest.raises(lir.errors.FileRejectedError, match="compiled for a chip"):
        lir.write_metadata(path, tmp_path / "m.tflite", METADATA)


@pytest.mark.parametrize(
    ("metadata", "where"),
    [
        (lir.Metadata(inputs=lir.InputMetadata("image")), "metadata.inputs"),
        (lir.Metadata(outputs=lir.OutputMetadata(labels=("one",))), "labels"),
    ],
)
def test_what_does_not_fit_the_file_is_refused(
    metadata: lir.Metadata, where: str, plain: Path, tmp_path: Path
) -> None:
    with pytest.raises(lir.errors.OptionsError, match="do not fit") as caught:
        lir.write_metadata(plain, tmp_path / "m.tflite", metadata)
    assert where in caught.value.where
    assert not list(tmp_path.iterdir())


def test_there_has_to_be_a_file(tmp_path: Path) -> None:
    with pytest.raises(lir.errors.ModelSourceError, match="no LiteRT file"):
        lir.read_metadata(tmp_path / "none.tflite")
    with pytest.raises(lir.errors.ModelSourceError, match="no LiteRT file"):
        lir.write_metadata(tmp_path, tmp_path / "m.tflite", METADATA)


def test_damaged_metadata_are_an_error_of_ours_and_can_be_replaced(
    theirs: Path, tmp_path: Path
) -> None:
    sound = schema.stored_metadata(theirs)
    chance = random.Random(0)
    target = tmp_path / "damaged.tflite"
    outcomes = set()
    for _ in range(300):
        damaged = bytearray(sound)
        for _ in range(chance.randint(1, 8)):
            damaged[chance.randrange(len(damaged))] = chance.choice((0, 1, 4, 127, 255))
        model = unpacked(theirs.read_bytes())
        put_entry(model, bytes(damaged[: chance.choice((len(damaged), chance.randrange(9, 400)))]))
        target.write_bytes(packed(model))
        with contextlib.suppress(lir.errors.FileRejectedError):
            lir.read_metadata(target)
            outcomes.add("read")
            continue
        outcomes.add("rejected")
        assert lir.write_metadata(target, target, METADATA, replace=True).metadata == METADATA
    assert outcomes == {"read", "rejected"}


@pytest.mark.parametrize("cut", [1, 30, 200])
def test_a_damaged_archive_is_a_missing_one(cut: int, theirs: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.tflite"
    path.write_bytes(theirs.read_bytes()[:-cut])
    found = read(path)
    assert not found.files
    assert any("labels.txt" in note for note in found.notes)
