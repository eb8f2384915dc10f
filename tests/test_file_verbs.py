"""Quantizing a file without its model: checks first, then the file, then what it costs."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.errors import (
    FileRejectedError,
    OptionsError,
    ParityError,
)
from litert_ir.ir.quantization import Quantization
from litert_ir.ir.tensor import DType
from litert_ir.runtime.counting import Counted
from litert_ir.runtime.tensor_table import TensorKind
from litert_ir.verification.layer_errors import LayerErrors
from tests.conversion.exports import exported
from tests.conversion.stubs import edited
from tests.runtime.quantized_files import float_file, samples
from tests.verification.test_layer_errors import three_dense


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> lir.QuantizedFile:
    """`float_file` in int8, by nine samples."""
    target = tmp_path_factory.mktemp("quantized") / "small.tflite"
    return lir.quantize_file(float_file(), target, quantization="int8", calibration=samples(9))


def test_the_file_is_small_and_close(done: lir.QuantizedFile) -> None:
    assert done.path.stat().st_size == done.size_bytes
    assert done.source == float_file()
    assert done.source_bytes == float_file().stat().st_size
    assert done.quantization == Quantization(lir.Precision.INTEGER)
    file = lir.LiteRTFile(done.path)
    assert [info.name for info in file.inputs] == ["image", "extra"]
    assert {info.dtype for info in (*file.inputs, *file.outputs)} == {"float32"}


def test_it_is_compared_with_the_float_file_on_the_samples(done: lir.QuantizedFile) -> None:
    assert done.parity is not None
    assert done.parity.reference == "the float file"
    assert done.parity.cases == 9
    scores = done.parity.outputs[0]
    assert (scores.name, scores.rows, scores.agrees) == ("scores", 18, True)
    assert 0 < scores.mean_abs_error < scores.max_abs_error < 0.1
    assert scores.cosine == pytest.approx(1.0, abs=1e-3)
    assert scores.top1_agreement == pytest.approx(1.0, abs=0.2)


def test_the_parity_is_what_running_both_files_gives(done: lir.QuantizedFile) -> None:
    assert done.parity is not None
    files = [lir.LiteRTFile(path) for path in (float_file(), done.path)]
    theirs, ours = (
        np.concatenate([file.run(sample)["scores"] for sample in samples(9)]) for file in files
    )
    scores = done.parity.outputs[0]
    assert scores.max_abs_error == pytest.approx(float(np.abs(ours - theirs).max()), rel=1e-5)
    assert scores.mean_abs_error == pytest.approx(float(np.abs(ours - theirs).mean()), rel=1e-5)
    same = (ours.argmax(axis=1) == theirs.argmax(axis=1)).mean()
    assert scores.top1_agreement == pytest.approx(float(same))


def test_the_errors_of_its_layers_are_known(done: lir.QuantizedFile) -> None:
    assert done.layers is not None
    assert done.layers.samples == 9
    assert {"conv", "score_layer", "embedding_layer"} <= {row.layer for row in done.layers.rows}
    assert done.layers.worst(1, TensorKind.WEIGHT)[0].relative_error > 0.001


def test_without_samples_it_is_compared_on_random_inputs(tmp_path: Path) -> None:
    target = tmp_path / "small.tflite"
    found = [
        lir.quantize_file(float_file(), target, quantization=lir.Precision.DYNAMIC_RANGE)
        for _ in range(2)
    ]
    assert found[0] == found[1]
    assert found[0].parity is not None
    assert {shapes[0] for shapes in found[0].parity.input_shapes} == {(1, 8, 8, 3), (3, 8, 8, 3)}


def test_a_dimension_besides_the_batch_gets_a_size_that_the_file_runs_on(tmp_path: Path) -> None:
    source = exported("dynamic-length", "stablehlo").file.path
    found = lir.quantize_file(source, tmp_path / "m.tflite", quantization="float16")
    assert found.parity is not None
    assert {shapes[0] for shapes in found.parity.input_shapes} == {(1, 16, 4), (3, 16, 4)}


def test_integer_inputs_are_drawn_small(tmp_path: Path) -> None:
    source = exported("mixed-dtypes", "stablehlo").file.path
    found = lir.quantize_file(source, tmp_path / "m.tflite", quantization="float16")
    assert found.parity is not None
    assert found.parity.agrees


def test_rules_keep_layers_as_they_are(tmp_path: Path) -> None:
    recipe = Quantization.named("int8", {"conv": "skip"})
    found = lir.quantize_file(
        float_file(), tmp_path / "m.tflite", quantization=recipe, calibration=samples()
    )
    assert found.layers is not None
    types = {row.layer: row.dtype for row in found.layers.rows if row.kind is TensorKind.WEIGHT}
    assert types["conv"] == "float32"
    assert types["score_layer"] == "int8"


def test_a_rule_is_for_the_layer_of_that_name_and_not_for_its_numbered_siblings(
    tmp_path: Path,
) -> None:
    source = tmp_path / "numbered.tflite"
    lir.export(three_dense(), source, verify=False)
    for layer in ("dense", "dense_1"):
        recipe = Quantization.named("dynamic", {layer: "skip"})
        found = lir.quantize_file(source, tmp_path / "m.tflite", quantization=recipe)
        assert found.layers is not None
        weights = found.layers.worst(99, TensorKind.WEIGHT)
        left = {row.layer for row in weights if row.dtype == "float32"}
        assert left - {"dense_2"} == {layer}  # too small to be quantized


def test_samples_may_be_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    image, extra = samples(1, batch=5)[0].values()
    np.savez(path, image=image, extra=extra)
    found = lir.quantize_file(
        float_file(),
        tmp_path / "m.tflite",
        quantization="int8",
        calibration=lir.samples_from(path),
        calibration_limit=3,
    )
    assert found.parity is not None
    assert found.parity.cases == 3


def test_progress_is_told_with_numbers(tmp_path: Path) -> None:
    phases: list[str] = []
    lir.quantize_file(
        float_file(),
        tmp_path / "m.tflite",
        quantization="int8",
        calibration=samples(5),
        on_progress=phases.append,
    )
    counts = [phase for phase in phases if isinstance(phase, Counted)]
    assert (counts[0].done, counts[-1].done) == (0, 5)
    assert {(phase.phase, phase.total) for phase in counts} == {("calibrating", 5)}
    assert phases[-1] == "comparing with the float file"


def test_nothing_is_compared_where_nobody_wants_it(tmp_path: Path) -> None:
    found = lir.quantize_file(
        float_file(), tmp_path / "m.tflite", quantization="dynamic", verify=False
    )
    assert (found.parity, found.layers) == (None, None)


def test_own_samples_are_compared_on(tmp_path: Path) -> None:
    found = lir.quantize_file(
        float_file(),
        tmp_path / "m.tflite",
        quantization="int8",
        calibration=samples(),
        verify=lir.Verification(samples=samples(2, batch=7)),
    )
    assert found.parity is not None
    assert found.parity.outputs[0].rows == 14


@pytest.mark.parametrize(
    ("verification", "message", "where"),
    [
        (
            lir.Verification(thresholds=lir.Thresholds(cosine=1.0)),
            "misses a threshold",
            "scores, embedding",
        ),
        (
            lir.Verification(tolerance=lir.Tolerance(variation=0, scale=0)),
            "does not compute what the float file computes",
            "scores, embedding",
        ),
    ],
)
def test_a_file_that_is_not_good_enough_is_not_written_but_measured(
    verification: lir.Verification, message: str, where: str, tmp_path: Path
) -> None:
    target = tmp_path / "m.tflite"
    target.write_bytes(b"older")
    measured: list[LayerErrors] = []
    with pytest.raises(ParityError, match=message) as caught:
        lir.quantize_file(
            float_file(),
            target,
            quantization="int8",
            calibration=samples(),
            verify=verification,
            on_measured=lambda _, layers: measured.append(layers),
        )
    assert caught.value.where == where
    assert measured[0].rows[0].relative_error > 0
    assert target.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [target]


def test_top1_of_no_classifier_is_refused(tmp_path: Path) -> None:
    source = exported("dynamic-length", "stablehlo").file.path
    verify = lir.Verification(thresholds=lir.Thresholds(top1=0.9))
    with pytest.raises(OptionsError, match="no top-1 agreement") as caught:
        lir.quantize_file(source, tmp_path / "m.tflite", quantization="dynamic", verify=verify)
    assert "each (batch=?, ?, 3) float32" in caught.value.received


def two_signatures(path: Path) -> Path:
    def edit(model: Any) -> None:
        other = copy.deepcopy(model.signatureDefs[0])
        other.signatureKey = b"other"
        model.signatureDefs.append(other)

    path.write_bytes(edited(float_file().read_bytes(), edit))
    return path


def test_of_several_signatures_only_one_could_be_calibrated(tmp_path: Path) -> None:
    source = two_signatures(tmp_path / "two.tflite")
    target = tmp_path / "m.tflite"
    with pytest.raises(FileRejectedError, match="several signatures") as caught:
        lir.quantize_file(source, target, quantization="int8", calibration=samples())
    assert caught.value.received == "serving_default, other"
    found = lir.quantize_file(source, target, quantization="dynamic")
    assert found.parity is not None
    assert found.parity.agrees


def test_the_interface_may_be_of_integers(tmp_path: Path) -> None:
    recipe = Quantization(lir.Precision.INTEGER, input_type=DType.INT8, output_type=DType.INT8)
    found = lir.quantize_file(
        float_file(), tmp_path / "m.tflite", quantization=recipe, calibration=samples()
    )
    assert {info.dtype for info in lir.LiteRTFile(found.path).inputs} == {"int8"}
    assert found.parity is not None
    assert found.parity.agrees
