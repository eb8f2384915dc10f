"""Plans that fit existing files: of this package, of Keras' exporter, and of a KerasHub task."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest

import litert_ir as lir
from litert_ir.conversion.file_plans import FileAgainstModel, ModelCall, plan_of_file
from litert_ir.conversion.in_child.parent import ModelInChild
from litert_ir.errors import FileRejectedError, SizeError
from litert_ir.hub.size_sources import RequestedSizes
from litert_ir.ir.dimensions import same_but_for_source
from litert_ir.ir.quantization import Precision
from litert_ir.lowering.file_match import MatchedBy
from litert_ir.verification.tolerance import TOLERANCES
from tests.conversion.exports import CASES, exported, input_specs, model
from tests.conversion.quantized import conv_model, quantized
from tests.conversion.stubs import with_dimensions
from tests.hub.tiny_tasks import bert_classifier


def in_file(found: FileAgainstModel) -> dict[str, str]:
    return {match.name: match.in_file for match in (*found.inputs, *found.outputs)}


def without_route(plan: lir.ExportPlan) -> lir.ExportPlan:
    return attrs.evolve(plan, route=(), notes=())


@pytest.mark.parametrize("trait", ["dict", "nested", "mixed-dtypes", "subclassed-3"])
def test_the_plan_of_our_file_is_the_plan_that_it_was_made_from(trait: str) -> None:
    export = exported(trait)
    call = ModelCall(input_signature=input_specs(CASES[trait]))
    found = plan_of_file(export.model, export.file.path, call)
    assert without_route(found.plan) == without_route(export.plan)
    assert found.matched_by == (MatchedBy.NAME,)
    assert found.precisions == (Precision.FLOAT,)


def test_sizes_that_the_file_fixes_are_fixed_in_the_plan() -> None:
    export = exported("dict", batch_size=1)
    found = plan_of_file(export.model, export.file.path)
    assert found.plan.inputs == export.plan.inputs
    assert {spec.sizes[0] for spec in found.plan.inputs} == {1}


def test_dimensions_have_the_names_and_bounds_of_the_file(tmp_path: Path) -> None:
    batch, length = lir.DynamicDim("batch"), lir.DynamicDim("steps", minimum=4, maximum=64)
    spec = lir.TensorSpec(name="steps", shape=(batch, length, 4), dtype=lir.DType.FLOAT32)
    path = tmp_path / "model.tflite"
    lir.export(model("dynamic-length"), path, input_signature=[spec], verify=False)
    (dim,) = plan_of_file(model("dynamic-length"), path).plan.inputs[0].shape[1:2]
    assert same_but_for_source(dim, length)

    path.write_bytes(with_dimensions(path.read_bytes(), None))
    (free,) = plan_of_file(model("dynamic-length"), path).plan.inputs[0].shape[1:2]
    assert isinstance(free, lir.DynamicDim)
    assert free.maximum is None


@pytest.fixture(scope="module")
def keras_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of Keras' exporter for the model with a dict of inputs."""
    path = tmp_path_factory.mktemp("keras") / "model.tflite"
    model("dict").export(str(path), format="litert", verbose=False)
    return path


def test_a_file_of_keras_exporter_fits_whatever_its_order(keras_file: Path) -> None:
    found = plan_of_file(model("dict"), keras_file)
    assert in_file(found) == {name: name for name in in_file(found)}
    assert found.plan.inputs == exported("dict").plan.inputs
    in_order = [spec.name for spec in found.plan.inputs]
    assert [info.name for info in found.interface.inputs] != in_order
    assert [bound.name for bound in found.bound.inputs] == in_order


def test_a_wrong_model_is_refused_with_both_interfaces(keras_file: Path) -> None:
    with pytest.raises(FileRejectedError, match="not those of the model") as caught:
        plan_of_file(model("single"), keras_file)
    assert "features (batch=?, 4)" in caught.value.expected
    with pytest.raises(FileRejectedError, match="not those of the model"):
        plan_of_file(conv_model(), exported("single").file.path)


@pytest.mark.parametrize(
    ("request_name", "precision"),
    [("int8", Precision.INTEGER), ("default", Precision.DYNAMIC_RANGE)],
)
def test_the_tolerance_is_that_of_the_files_tensors(
    request_name: str, precision: Precision
) -> None:
    found = plan_of_file(conv_model(), quantized(request_name).file.path)
    assert found.precisions == (precision,)
    assert found.tolerance == TOLERANCES[Precision.FLOAT].widened(TOLERANCES[precision])


def test_integers_at_the_interface_stand_for_the_models_floats() -> None:
    found = plan_of_file(conv_model(), quantized("int8").file.path)
    assert found.plan.inputs[0].dtype is lir.DType.FLOAT32
    assert [(bound.name, bound.dtype) for bound in found.bound.inputs] == [("image", None)]


def test_a_child_fits_its_copy_of_the_model_to_the_file() -> None:
    export = exported("dict", batch_size=1)
    with ModelInChild(export.model) as child:
        found = plan_of_file(export.model, export.file.path, child=child)
    assert found.plan.inputs == export.plan.inputs
    assert in_file(found) == {name: name for name in in_file(found)}


@pytest.fixture(scope="module")
def task_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a BERT classifier for 12 tokens."""
    path = tmp_path_factory.mktemp("task") / "bert.tflite"
    lir.export(bert_classifier(16), path, max_sequence_length=12, verify=False)
    return path


def sizes_of(plan: lir.ExportPlan) -> dict[str, int]:
    assert plan.task is not None
    return {size.name: size.value for size in plan.task.sizes}


@pytest.mark.parametrize("sequence_length", [16, None])
def test_a_task_has_the_files_sizes_not_those_of_its_preprocessor(
    sequence_length: int | None, task_file: Path
) -> None:
    found = plan_of_file(bert_classifier(sequence_length), task_file)
    assert sizes_of(found.plan) == {"sequence_length": 12}
    assert {spec.sizes[1] for spec in found.plan.inputs} == {12}


def test_sizes_of_a_task_that_contradict_the_file_are_refused(task_file: Path) -> None:
    call = ModelCall(sizes=RequestedSizes(max_sequence_length=20))
    with pytest.raises(SizeError, match="inputs of another size") as caught:
        plan_of_file(bert_classifier(), task_file, call)
    assert (caught.value.expected, caught.value.received) == ("12", "max_sequence_length: 20")


def test_a_task_takes_the_dynamic_length_of_a_file(tmp_path: Path) -> None:
    task, path = bert_classifier(16), tmp_path / "bert.tflite"
    length = lir.DynamicDim("length", maximum=24)
    shape = (lir.DynamicDim("batch"), length)
    names: list[Any] = ["token_ids", "segment_ids", "padding_mask"]
    signature = {
        name: lir.TensorSpec(name=name, shape=shape, dtype=lir.DType.INT32) for name in names
    }
    lir.export(task, path, input_signature=[signature], verify=False)
    found = plan_of_file(task, path)
    for spec in found.plan.inputs:
        dim = spec.shape[1]
        assert isinstance(dim, lir.DynamicDim)
        assert (dim.name, dim.maximum) == ("length", 24)

    fixed = plan_of_file(task, path, ModelCall(sizes=RequestedSizes(max_sequence_length=20)))
    assert {spec.sizes[1] for spec in fixed.plan.inputs} == {20}
