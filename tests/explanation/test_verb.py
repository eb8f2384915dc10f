"""The error that each layer of a file adds, for every kind of model."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras
from litert_ir.errors import OptionsError, TargetError
from tests.explanation import small_models
from tests.explanation.planted import (
    layer_at,
    names,
    planted,
    with_activation,
    with_kernel_changed,
)

Make = Callable[[], Any]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """The files of models, each exported once."""
    folder = tmp_path_factory.mktemp("exported")

    def export(make: Make, **options: Any) -> Path:
        path = folder / f"{make.__name__}-{options.get('quantization', 'float')}.tflite"
        if not path.exists():
            given = {"input_signature": signature_of(make), **options}
            lir.export(make(), path, verify=False, **given)
        return path

    return export


def signature_of(make: Make) -> Any:
    if make is not small_models.subclassed:
        return None
    return lir.TensorSpec(
        name="features", shape=(lir.DynamicDim("batch"), 8), dtype=lir.DType.FLOAT32
    )


@pytest.mark.parametrize(
    ("make", "layers"),
    [
        (small_models.shared, ["first", "twice", "twice (call 2)", "head"]),
        (small_models.numbered, ["dense", "dense_1", "dense_2"]),
        (small_models.convolutional, ["conv", "project", "pool", "head"]),
        (small_models.recurrent, ["both/forward_lstm", "both/backward_lstm", "both", "gru"]),
    ],
)
def test_a_right_file_departs_nowhere_and_each_layer_is_found(
    make: Make, layers: list[str], exported: Callable[..., Path]
) -> None:
    found = lir.layer_errors(make(), exported(make))
    assert [each.name for each in found.layers] == layers
    assert found.agrees
    assert (found.departing, found.skips, found.unmatched) == ((), (), ())
    assert all(each.added < 1e-5 for each in found.layers)
    assert "no layer departs" in found.headline


def test_layers_that_are_one_operator_are_told_together(exported: Callable[..., Path]) -> None:
    found = lir.layer_errors(small_models.convolutional(), exported(small_models.convolutional))
    first = found.layers[0]
    assert (first.layer, first.others) == ("conv", ("norm", "relu"))
    assert first.weight_bytes > 0
    assert first.matched_by == "name"
    assert found.layers[-1].matched_by == "output"


@pytest.mark.parametrize(
    ("make", "layer", "call"),
    [
        (small_models.numbered, "dense_1", 0),
        (small_models.nested, "inner/up", None),
        (small_models.convolutional, "conv", 0),
        (small_models.convolutional, "head", 0),
    ],
)
def test_a_changed_kernel_is_named(
    make: Make, layer: str, call: int | None, tmp_path: Path
) -> None:
    found = planted(make, with_kernel_changed(layer), tmp_path)
    assert {each.layer for each in found.departing} == {layer}
    assert len(found.departing) == (2 if call is None else 1)  # the nested model is called twice
    assert not found.agrees
    after = [each for each in found.layers if not each.departs and each.accumulated > 1e-4]
    assert after or layer == "head"
    assert all(each.added < 1e-5 for each in after)


@pytest.mark.parametrize("layer", ["block_a/left", "block_b/right", "block_b/out", "head"])
def test_a_layer_inside_of_a_subclassed_one_is_named(layer: str, tmp_path: Path) -> None:
    signature = signature_of(small_models.subclassed)
    path = tmp_path / "wrong.tflite"
    model = small_models.subclassed()
    lir.export(model, path, verify=False, input_signature=signature)
    kernel, *others = layer_at(model, layer).get_weights()
    layer_at(model, layer).set_weights([kernel * 1.1, *others])
    found = lir.layer_errors(model, path, input_signature=signature)
    assert layer in names(found)
    assert len(found.departing) == 1


def test_another_activation_is_named(tmp_path: Path) -> None:
    found = planted(small_models.numbered, with_activation("dense_1", "sigmoid"), tmp_path)
    assert names(found) == {"dense_1"}


def test_files_of_tensorflows_converter_are_explained(tmp_path: Path) -> None:
    change = with_kernel_changed("project")
    found = planted(small_models.convolutional, change, tmp_path, strategies=("concrete-function",))
    assert names(found) == {"project"}


@pytest.mark.parametrize("recipe", ["float16", "dynamic", "weight-only-int8", "int8", "int16x8"])
def test_rounding_is_no_departure_whatever_the_recipe(
    recipe: str, exported: Callable[..., Path]
) -> None:
    make = small_models.convolutional
    samples = images()
    data = {"representative_dataset": samples} if recipe.startswith("int") else {}
    found = lir.layer_errors(
        make(), exported(make, quantization=recipe, **data), samples=samples, confirm=0
    )
    assert found.departing == ()
    assert len(found.layers) >= 4
    assert found.samples == 4


def images() -> list[dict[str, Any]]:
    draw = np.random.default_rng(0)
    return [{"image": draw.normal(size=(4, 12, 12, 3)).astype(np.float32)} for _ in range(6)]


def test_inputs_of_integers_round_the_samples(tmp_path: Path) -> None:
    path, samples = tmp_path / "whole.tflite", images()
    recipe = lir.Quantization(lir.Precision.INTEGER, input_type=lir.DType.INT8)
    lir.export(
        small_models.convolutional(),
        path,
        quantization=recipe,
        representative_dataset=samples,
        verify=False,
    )
    found = lir.layer_errors(small_models.convolutional(), path, samples=samples, confirm=0)
    assert found.layers[0].layer == "image"
    assert 0 < found.layers[0].added < 0.06
    assert found.departing == ()


def test_a_file_without_names_is_matched_by_values(
    exported: Callable[..., Path], tmp_path: Path
) -> None:
    from litert_ir.backends.litert.files import packed, unpacked, with_data_inside

    content = exported(small_models.numbered).read_bytes()
    model = with_data_inside(unpacked(content), content)
    for place, tensor in enumerate(model.subgraphs[0].tensors):
        tensor.name = f"t{place}".encode()
    path = tmp_path / "nameless.tflite"
    path.write_bytes(packed(model, len(content)))
    found = lir.layer_errors(small_models.numbered(), path)
    assert [each.layer for each in found.layers] == ["dense", "dense_1", "dense_2"]
    assert [each.matched_by for each in found.layers] == ["values", "values", "output"]


def test_the_report_is_text_html_and_json(exported: Callable[..., Path]) -> None:
    found = lir.layer_errors(small_models.shared(), exported(small_models.shared))
    data = json.loads(found.to_json())
    assert data["agrees"] is True
    assert data["layers"][0]["layer"] == "first"
    assert data["layers"][0]["departs"] is False
    assert repr(found).startswith("<Explanation: shared-float.tflite: the outputs agree")
    assert "in the order of the network" in str(found)
    assert "<table>" in found._repr_html_()


def test_the_model_is_left_as_it_was(exported: Callable[..., Path]) -> None:
    model = small_models.shared()
    path = exported(small_models.shared)
    before = [dict(vars(layer)) for layer in model.layers]
    lir.layer_errors(model, path)
    assert [set(vars(layer)) for layer in model.layers] == [set(each) for each in before]
    assert all("call" not in vars(layer) for layer in (model, *model.layers))


def test_two_files_are_refused_with_the_verb_for_them(exported: Callable[..., Path]) -> None:
    path = exported(small_models.shared)
    with pytest.raises(OptionsError, match="with those of a Keras model") as caught:
        lir.layer_errors(path, path)
    assert "litert_ir.tensor_errors" in str(caught.value.advice)


def test_a_folder_needs_a_cut_to_keep(exported: Callable[..., Path], tmp_path: Path) -> None:
    path, model = exported(small_models.shared), small_models.shared()
    with pytest.raises(OptionsError, match="Only the file of the smallest cut"):
        lir.layer_errors(model, path, keep=tmp_path)
    with pytest.raises(TargetError, match="no folder to write"):
        lir.layer_errors(model, path, keep=tmp_path / "missing", bisect=True)


def test_samples_of_half_precision_models_are_taken_as_the_model_has_them(tmp_path: Path) -> None:
    keras = load_keras()
    keras.utils.set_random_seed(0)
    features = keras.Input((8,), name="features")
    hidden = keras.layers.Dense(8, dtype="mixed_bfloat16", name="hidden")(features)
    model = keras.Model(features, keras.layers.Dense(2, name="head")(hidden))
    lir.export(model, tmp_path / "half.tflite", verify=False)
    found = lir.layer_errors(model, tmp_path / "half.tflite")
    assert found.departing == ()
    assert found.layers[0].limit > 1e-3
