"""The metadata of exported files, read by the schema's offsets and by `read_metadata`."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from flatbuffers import number_types
from typing_extensions import override

import litert_ir as lir
from litert_ir.backends import load_keras
from litert_ir.backends.litert.files import mapped, packed, unpacked, write_behind
from tests.conversion.exports import STRATEGIES
from tests.metadata import schema_reader as schema
from tests.metadata.described_models import LABELS, METADATA, classifier, described, read

each_strategy = pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=list(STRATEGIES))


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> lir.ExportResult:
    return described(tmp_path_factory.mktemp("exported") / "pets.tflite")


def path_of(result: lir.ExportResult) -> Path:
    assert result.path is not None
    return result.path


def test_the_texts_are_in_the_schemas_fields(exported: lir.ExportResult) -> None:
    root = schema.root(schema.stored_metadata(path_of(exported)))
    assert schema.text(root, schema.NAME) == "Pets"
    assert schema.text(root, schema.DESCRIPTION) == "Tells cats from dogs"
    assert schema.text(root, schema.VERSION) == "1.2"
    assert schema.text(root, schema.AUTHOR) == "Ada"
    assert schema.text(root, schema.LICENSE) == "Apache-2.0"
    assert schema.text(root, schema.PARSER) == "1.5.0"


def test_an_input_has_its_normalization_bounds_and_image(exported: lir.ExportResult) -> None:
    root = schema.root(schema.stored_metadata(path_of(exported)))
    (graph,) = schema.children(root, schema.SUBGRAPHS)
    (images,) = schema.children(graph, schema.INPUTS)
    assert schema.text(images, 4) == "images"
    assert schema.text(images, 6) == "A photo"
    (unit,) = schema.children(images, schema.UNITS)
    assert schema.number(unit, 4) == 1  # NormalizationOptions
    normalization = schema.child(unit, 6)
    np.testing.assert_allclose(schema.floats(normalization, 4), [123.675, 116.28, 103.53])
    np.testing.assert_allclose(schema.floats(normalization, 6), [58.395, 57.12, 57.375])
    stats = schema.child(images, schema.STATS)
    assert schema.floats(stats, 4) == [2.75]
    assert schema.floats(stats, 6) == [-2.5]
    content = schema.child(images, schema.CONTENT)
    assert schema.number(content, 4) == 2  # ImageProperties
    properties = schema.child(content, 6)
    assert schema.number(properties, 4) == 1  # RGB
    size = schema.child(properties, 6)
    assert schema.number(size, 4, number_types.Uint32Flags) == 8


def test_an_output_refers_to_its_labels_in_the_archive(exported: lir.ExportResult) -> None:
    path = path_of(exported)
    root = schema.root(schema.stored_metadata(path))
    (graph,) = schema.children(root, schema.SUBGRAPHS)
    (scores,) = schema.children(graph, schema.OUTPUTS)
    (file,) = schema.children(scores, schema.FILES)
    assert schema.number(file, 8) == 2  # TENSOR_AXIS_LABELS
    with zipfile.ZipFile(path) as archive:
        (info,) = archive.infolist()
        assert info.filename == schema.text(file, 4)
        assert info.compress_type == zipfile.ZIP_STORED
        assert archive.read(info).decode().splitlines() == list(LABELS)
    assert exported.size_bytes == path.stat().st_size


def test_the_plan_and_the_versions_are_a_record_in_the_custom_metadata(
    exported: lir.ExportResult,
) -> None:
    root = schema.root(schema.stored_metadata(path_of(exported)))
    (graph,) = schema.children(root, schema.SUBGRAPHS)
    (custom,) = schema.children(graph, schema.CUSTOM)
    assert schema.text(custom, 4) == "litert_ir"
    record = json.loads(schema.octets(custom, 6))
    versions = exported.plan.versions
    assert record["plan"] == exported.plan.fingerprint
    assert record["strategy"] == exported.strategy
    assert record["tools"]["litert_ir"] == versions.litert_ir
    assert record["tools"]["keras"] == versions.keras
    assert "litert-converter" in record["tools"]


@each_strategy
def test_each_strategy_writes_them(strategy: lir.ConversionStrategy, tmp_path: Path) -> None:
    path = tmp_path / "pets.tflite"
    result = described(path, strategies=(strategy,))
    found = read(path)
    assert found.metadata == METADATA
    assert found.origin is not None
    assert found.origin.plan == result.plan.fingerprint
    assert found.origin.strategy == strategy.name
    assert [file.name for file in found.files] == ["labels.txt"]


@each_strategy
def test_the_same_plan_and_model_give_the_same_bytes(
    strategy: lir.ConversionStrategy, tmp_path: Path
) -> None:
    first = described(tmp_path / "a.tflite", strategies=(strategy,))
    again = lir.execute(first.plan, classifier(), strategies=(strategy,))
    assert again.content == (tmp_path / "a.tflite").read_bytes()


def test_a_quantized_export_has_them(tmp_path: Path) -> None:
    path = tmp_path / "pets.tflite"
    result = described(path, quantization="dynamic")
    found = read(path)
    assert found.metadata == METADATA
    assert found.origin is not None
    assert found.origin.plan == result.plan.fingerprint
    assert found.origin.strategy == "quantized-stablehlo"
    names = [tool.name for tool in found.origin.tools]
    assert names[-2:] == ["litert-converter", "litert-quantizer"]


def test_a_file_that_is_quantized_later_keeps_them(
    exported: lir.ExportResult, tmp_path: Path
) -> None:
    target = tmp_path / "small.tflite"
    lir.quantize_file(path_of(exported), target, quantization="dynamic")
    found = read(target)
    assert found.metadata == METADATA
    assert found.origin is not None
    assert found.origin.plan == exported.plan.fingerprint
    assert found.origin.changes == ("quantized: dynamic range (int8 weights)",)
    assert found.origin.tools[-1].name == "litert-quantizer"


def test_without_metadata_there_is_the_record_alone(tmp_path: Path) -> None:
    path = tmp_path / "pets.tflite"
    result = described(path, metadata=None)
    found = read(path)
    assert found.metadata == lir.Metadata()
    assert found.origin is not None
    assert found.origin.plan == result.plan.fingerprint
    assert not found.files
    assert not zipfile.is_zipfile(path)


def test_a_file_with_its_weights_behind_it_has_them(
    exported: lir.ExportResult, tmp_path: Path
) -> None:
    content = mapped(path_of(exported))
    behind = tmp_path / "behind.tflite"
    write_behind(unpacked(content), content, behind)
    again = lir.write_metadata(behind, tmp_path / "again.tflite", METADATA)
    assert again.metadata == METADATA
    x = np.ones((2, 8, 8, 3), np.float32)
    files = [lir.LiteRTFile(path).run({"images": x}) for path in (path_of(exported), again.path)]
    np.testing.assert_array_equal(files[0]["scores"], files[1]["scores"])


class WithoutMetadata(lir.StableHLO):
    """A strategy whose files say nothing of themselves."""

    @override
    def convert(
        self, plan: lir.ExportPlan, model: Any, calibration: Iterable[Any] | None
    ) -> lir.Artifact:
        made = super().convert(plan, model, calibration).content
        assert not isinstance(made, bytes)
        file = unpacked(b"".join(bytes(piece) for piece in made.pieces()))
        file.metadata = [entry for entry in file.metadata if entry.name != b"TFLITE_METADATA"]
        return lir.Artifact(content=bytes(packed(file)))


def test_the_file_of_a_strategy_of_others_gets_them_where_there_are_any(tmp_path: Path) -> None:
    path = tmp_path / "pets.tflite"
    described(path, strategies=(WithoutMetadata(),))
    assert read(path).metadata == METADATA
    described(path, strategies=(WithoutMetadata(),), metadata=None)
    assert lir.read_metadata(path) is None


def test_labels_of_several_outputs_have_files_of_their_own(tmp_path: Path) -> None:
    keras = load_keras()
    x = keras.Input((4,), name="x")
    layers = keras.layers
    outputs = [layers.Dense(2, name="a>b")(x), layers.Dense(3, name="a_b")(x)]
    metadata = lir.Metadata(
        outputs=[
            lir.OutputMetadata("a_b", labels=("l", "m", "n")),
            lir.OutputMetadata("a>b", labels=("o", "p")),
        ]
    )
    result = lir.export(keras.Model(x, outputs), tmp_path / "m.tflite", metadata=metadata)
    found = read(path_of(result))
    assert {item.name: item.labels for item in found.metadata.outputs} == {
        "a>b": ("o", "p"),
        "a_b": ("l", "m", "n"),
    }
    assert [file.name for file in found.files] == ["labels_a_b.txt", "labels_a_b_2.txt"]


def test_metadata_that_do_not_fit_are_refused_before_any_conversion(tmp_path: Path) -> None:
    wrong = attrs.evolve(METADATA, outputs=lir.OutputMetadata("score", labels=LABELS))
    with pytest.raises(lir.errors.OptionsError, match="do not fit") as caught:
        described(tmp_path / "pets.tflite", metadata=wrong)
    assert caught.value.where == "metadata.outputs"
    assert caught.value.received == "'score', which may be 'scores'"
    assert not list(tmp_path.iterdir())
