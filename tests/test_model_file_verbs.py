"""Files of any origin against their models, at any time after the export."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras
from litert_ir.conversion.file_verification import FileVerification
from litert_ir.errors import (
    FileRejectedError,
    ModelSourceError,
    OptionsError,
    ParityError,
    SamplesError,
)
from litert_ir.ir.quantization import Precision
from litert_ir.lowering.file_match import MatchedBy
from tests.conversion.exports import CASES, exported, fresh, input_specs, model
from tests.conversion.quantized import conv_model, images, quantized
from tests.conversion.stubs import edited, with_other_output_names, without_signature
from tests.hub.tiny_tasks import bert_classifier


def with_a_changed_weight(content: bytes) -> bytes:
    """The same file with the first element of its largest float weight changed by 1."""

    def edit(tables: Any) -> None:
        graph = tables.subgraphs[0]
        weights = [t for t in graph.tensors if tables.buffers[t.buffer].data is not None]
        largest = max(weights, key=lambda tensor: len(tables.buffers[tensor.buffer].data))
        buffer = tables.buffers[largest.buffer]
        values = np.frombuffer(bytes(buffer.data), np.float32).copy()
        values[0] += 1.0
        buffer.data = np.frombuffer(values.tobytes(), np.uint8)

    return edited(content, edit)


@pytest.mark.parametrize("trait", ["nested", "mixed-dtypes", "subclassed-3", "dynamic-length"])
def test_our_files_agree_at_the_sizes_of_the_export(trait: str) -> None:
    export = exported(trait)
    signature = input_specs(CASES[trait])
    found = lir.verify(export.model, export.file.path, input_signature=signature)
    assert export.result.parity is not None
    assert found.agrees
    assert found.parity == export.result.parity
    assert found.matched_by == (MatchedBy.NAME,)


@pytest.mark.parametrize("trait", ["single", "dynamic-length"])
def test_one_changed_weight_is_told_with_the_output_and_the_sizes(
    trait: str, tmp_path: Path
) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(with_a_changed_weight(exported(trait).content))
    found = lir.verify(model(trait), path)
    (output,) = exported(trait).plan.output_leaves
    assert not found.agrees
    assert found.parity is not None
    (differing,) = found.parity.outputs
    verdict = f"model.tflite DIFFERS from the Keras model: {output.spec.name} at "
    assert found.headline.startswith(verdict + differing.differs_at)
    assert differing.differs_at.startswith("batch 1, 3")
    with pytest.raises(ParityError, match="does not compute what the Keras model computes"):
        found.require()
    with pytest.raises(ParityError):
        lir.verify(model(trait), path, check=True)


def test_only_the_sizes_at_which_a_file_differs_are_named(tmp_path: Path) -> None:
    """A file whose results are right for one sample, and zero for those behind it."""
    keras = load_keras()
    features = keras.Input((4,), name="features")
    scores = keras.layers.Dense(3, name="scores")(features)
    right = keras.Model(features, scores)
    rows = keras.ops.cumsum(keras.ops.ones_like(scores), axis=0)
    wrong = keras.Model(features, keras.ops.where(rows < 1.5, scores, 0.0 * scores))
    path = tmp_path / "model.tflite"
    lir.export(wrong, path)
    found = lir.verify(right, path)
    assert found.parity is not None
    assert [output.differs_at for output in found.parity.outputs] == ["batch 3"]
    assert found.parity.sizes == "batch 1, 3"
    assert "at batch 3 (on 2 random inputs)" in found.headline


@pytest.fixture(scope="module")
def keras_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of Keras' exporter for the model with lists of inputs and outputs."""
    path = tmp_path_factory.mktemp("keras") / "model.tflite"
    model("list").export(str(path), format="litert", verbose=False)
    return path


def test_a_file_of_keras_exporter_agrees_and_the_report_says_how_it_was_matched(
    keras_file: Path,
) -> None:
    found = lir.verify(model("list"), keras_file)
    assert found.agrees
    names = {match.name: match.in_file for match in (*found.inputs, *found.outputs)}
    assert any(name != in_file for name, in_file in names.items())
    assert set(found.matched_by) - {MatchedBy.NAME}
    for name, in_file in names.items():
        assert name == in_file or in_file in str(found)


@pytest.mark.parametrize("trait", ["list", "mixed-dtypes"])
def test_a_file_without_signature_is_matched_by_its_tensors(trait: str, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(without_signature(exported(trait).content))
    found = lir.verify(model(trait), path)
    assert found.agrees
    assert found.signature == ""
    assert lir.verify(model(trait), exported(trait).file.path).signature == "serving_default"


def test_outputs_in_another_order_are_suspected_where_a_file_differs(tmp_path: Path) -> None:
    keras = load_keras()
    features = keras.Input((4,), name="features")
    first, second = (keras.layers.Dense(3, name=name)(features) for name in ("first", "second"))
    straight = keras.Model(features, [first, second])
    swapped = keras.Model(features, [second, first])
    path = tmp_path / "model.tflite"
    lir.export(swapped, path)
    path.write_bytes(with_other_output_names(path.read_bytes()))
    found = lir.verify(straight, path)
    assert not found.agrees
    assert MatchedBy.ORDER in found.matched_by
    assert found.parity is not None
    assert any("matched by their order alone" in warning for warning in found.parity.warnings)


@pytest.mark.parametrize(
    ("request_name", "precision"),
    [
        ("default", Precision.DYNAMIC_RANGE),
        ("float16", Precision.FLOAT16_WEIGHTS),
        ("integer", Precision.INTEGER),
        ("int8", Precision.INTEGER),
        ("uint8", Precision.INTEGER),
        ("16x8", Precision.INTEGER_16X8),
    ],
)
def test_quantized_files_are_held_to_the_tolerance_of_their_own_precision(
    request_name: str, precision: Precision
) -> None:
    export = quantized(request_name)
    samples = list(images(8))
    found = lir.verify(export.model, export.file.path, samples=samples)
    assert found.agrees, str(found)
    assert found.precisions == (precision,)
    assert found.parity is not None
    assert found.parity.cases >= len(samples)
    assert found.parity.warnings == ()
    assert export.result.parity is not None
    assert found.parity.tolerance == export.result.parity.tolerance


def test_a_calibrated_file_without_samples_is_compared_within_its_ranges_with_a_warning() -> None:
    found = lir.verify(conv_model(), quantized("int8").file.path)
    assert found.agrees
    assert found.parity is not None
    (warning,) = found.parity.warnings
    assert "compared on random inputs within its inputs' ranges" in warning
    assert warning in json.loads(found.to_json())["parity"]["warnings"]


def test_a_threshold_on_random_inputs_alone_says_so() -> None:
    path = quantized("default").file.path
    strict = lir.Verification(thresholds=lir.Thresholds(max_abs_error=1e-9))
    found = lir.verify(conv_model(), path, verification=strict)
    assert found.parity is not None
    assert found.parity.agrees
    assert not found.agrees
    assert found.headline.startswith(f"{path.name} MISSES a threshold: scores")
    assert "on random inputs alone" in found.parity.warnings[0]
    assert "on random inputs alone" in str(found)
    with pytest.raises(ParityError, match="misses a threshold"):
        found.require()

    given = lir.verify(conv_model(), path, verification=strict, samples=list(images(4)))
    assert given.parity is not None
    assert given.parity.warnings == ()


@pytest.mark.parametrize("trait", ["dict", "list", "mixed-dtypes", "sequential"])
def test_the_file_of_another_model_is_refused_with_both_interfaces(trait: str) -> None:
    with pytest.raises(FileRejectedError, match="not those of the model") as caught:
        lir.verify(model(trait), exported("single").file.path)
    assert caught.value.where == str(exported("single").file.path)
    assert exported("single").file.inputs[0].name in caught.value.received
    assert exported(trait).plan.inputs[0].name in caught.value.expected


def test_the_same_model_with_other_weights_differs() -> None:
    found = lir.verify(fresh("single", seed=1), exported("single").file.path)
    assert not found.agrees
    assert "DIFFERS" in repr(found)


def test_another_backend_in_a_child_verifies_the_file() -> None:
    export = exported("dict", batch_size=1)
    through = lir.ThroughFile(backend="jax")
    found = lir.verify(export.model, export.file.path, through=through)
    assert found.agrees


def test_a_task_is_verified_at_the_length_of_the_file(tmp_path: Path) -> None:
    task, path = bert_classifier(16), tmp_path / "bert.tflite"
    lir.export(task, path, max_sequence_length=12, verify=False)
    found = lir.verify(task, path)
    assert found.agrees
    assert found.parity is not None
    assert {shape[1] for case in found.parity.input_shapes for shape in case} == {12}
    other = bert_classifier(16)
    embeddings = other.backbone.token_embedding.embeddings
    embeddings.assign(-np.asarray(embeddings))
    assert not lir.verify(other, path).agrees


@pytest.mark.parametrize(
    ("keywords", "error", "message"),
    [
        ({"samples": "data.npz"}, SamplesError, "A path is not read as samples"),
        ({"samples": [np.zeros((1, 5), np.float32)]}, SamplesError, "another shape"),
        ({"verification": True}, OptionsError, "verification says how"),
        (
            {"samples": [1], "verification": lir.Verification(samples=[1])},
            OptionsError,
            "given twice",
        ),
        (
            {"verification": lir.Verification(calibration_samples=3)},
            OptionsError,
            "no samples to compare so many of",
        ),
        (
            {
                "samples": [np.zeros((1, 4), np.float32)] * 2,
                "verification": lir.Verification(calibration_samples=3),
            },
            SamplesError,
            "fewer samples",
        ),
        ({"batch_size": 0}, lir.errors.SignatureError, "batch_size is not valid"),
        ({"check_": True}, TypeError, "unexpected keyword"),
    ],
)
def test_wrong_keywords(keywords: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        lir.verify(model("single"), exported("single").file.path, **keywords)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.mkdir(), "no LiteRT file here"),
        (lambda _: None, "no LiteRT file here"),
        (lambda path: path.write_bytes(b"keras"), "not a LiteRT file"),
        (lambda path: path.write_bytes(exported("single").content[:-400]), "."),
    ],
)
def test_what_is_no_file_is_refused(
    make: Callable[[Path], object], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "model.tflite"
    make(path)
    with pytest.raises((FileRejectedError, ModelSourceError), match=message):
        lir.verify(model("single"), path)


def test_the_report_is_data() -> None:
    found = lir.verify(model("single"), exported("single").file.path)
    data = json.loads(found.to_json())
    assert data["agrees"] is True
    assert data["matched_by"] == ["name"]
    assert data["parity"]["compared_on"] == ["random inputs"]
    assert data["parity"]["sizes"] == "batch 1, 3"
    assert data["inputs"] == [{"name": "features", "in_file": "features", "by": "name"}]
    assert isinstance(found, FileVerification)
    assert attrs.evolve(found) == found
    assert repr(found) == f"<FileVerification: {found.headline}>"
    assert "<table>" in found._repr_html_()
