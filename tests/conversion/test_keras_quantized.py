"""Models that were quantized in Keras: their files agree with the quantized call."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import litert_ir as lir
from litert_ir.backends.keras.inference import InferenceCall
from litert_ir.backends.keras.layers import all_layers
from litert_ir.backends.litert.files import unpacked
from litert_ir.errors import AllStrategiesFailedError, UnsupportedModelError
from litert_ir.ir.stored_types import Rounding, StoredAs
from litert_ir.verification.tolerance import ROUNDING_TOLERANCES, tolerance_for
from tests.conversion.keras_quantized import (
    KINDS,
    MODES,
    ROWS,
    WIDTH,
    calibrated,
    keras,
    layers,
    quantize,
    quantized,
    samples,
)
from tests.quick_share import quick_share

Array = NDArray[Any]
EXACT = 1e-5
INEXACT = 0.015
"""Where a file has one scale per channel for what Keras has several scales or zero points for;
measured at up to 0.009 of the largest value."""
ROUNDED = {Rounding.INT8: 0.03, Rounding.FLOAT8: 0.12}
"""Differences to the largest value. Keras' rounding of activations, which a file of floats does not
repeat, was measured at up to 0.019 in int8 and up to 0.075 in float8."""


def exported(model: Any, target: Path, **request: Any) -> lir.ExportResult:
    return lir.export(model, target, **{"strategies": (lir.StableHLO(),), **request})


def difference(model: Any, target: Path) -> float:
    """Between file and model, relative to the largest value, over 16 samples."""
    x = samples(model, 16)
    (found,) = lir.LiteRTFile(target).run({"x": x}).values()
    wanted = np.asarray(model(x), np.float32)
    return float(np.abs(found - wanted).max() / np.abs(wanted).max())


def allowed(plan: lir.ExportPlan) -> float:
    inexact = INEXACT if any(not item.exact for item in plan.stored) else EXACT
    return max([inexact, *(ROUNDED[item.rounding] for item in plan.stored if item.rounding)])


PAIRS = {f"{kind}-{mode}": (kind, mode) for kind in KINDS for mode in MODES}


@pytest.mark.parametrize("pair", quick_share(PAIRS, one_of=4))
def test_a_file_agrees_with_the_quantized_model(pair: str, tmp_path: Path) -> None:
    model = quantized(*PAIRS[pair])
    result = exported(model, tmp_path / "m.tflite")
    assert result.parity is not None
    assert result.parity.agrees
    assert difference(model, tmp_path / "m.tflite") <= allowed(result.plan)


def test_the_estimate_is_that_of_the_small_file(tmp_path: Path) -> None:
    for mode in ("int8", "int4"):
        plan = exported(quantized("dense", mode), tmp_path / "m.tflite").plan
        assert plan.estimate is not None
        kernels = WIDTH * WIDTH + WIDTH * 33
        biases = 4 * (WIDTH + 33)
        assert plan.estimate.size_bytes == biases + kernels // (2 if mode == "int4" else 1)
        assert plan.estimate.float_bytes == biases + 4 * kernels


def test_a_tied_table_is_stored_once(tmp_path: Path) -> None:
    model = quantized("reversible", "int8")
    exported(model, tmp_path / "m.tflite")
    content = unpacked((tmp_path / "m.tflite").read_bytes())
    large = [b for b in content.buffers if b.data is not None and len(b.data) == ROWS * WIDTH]
    assert len(large) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "strategy"),
    [
        ("int8", lir.Direct()),
        ("int4 blocks", lir.ConcreteFunction()),
        ("float8", lir.SavedModel()),
        ("int8", lir.SavedModel()),
        ("float8", lir.Direct()),
    ],
    ids=str,
)
def test_strategies_over_tensorflow_agree_too(
    mode: str, strategy: lir.ConversionStrategy, tmp_path: Path
) -> None:
    model = quantized("untied", mode)
    result = exported(model, tmp_path / "m.tflite", strategies=(strategy,))
    assert difference(model, tmp_path / "m.tflite") <= allowed(result.plan)


_LAYERS: Mapping[str, tuple[Any, tuple[int, ...]]] = {
    "dense": (lambda dtype: layers.Dense(7, dtype=dtype), (WIDTH,)),
    "to heads": (
        lambda dtype: layers.EinsumDense("abc,cde->abde", (None, 3, 5), dtype=dtype),
        (4, WIDTH),
    ),
    "from heads": (
        lambda dtype: layers.EinsumDense("abde,dec->abc", (None, WIDTH), dtype=dtype),
        (4, 3, 5),
    ),
}


@pytest.mark.parametrize("policy", ["gptq/4/16", "gptq/4/-1", "gptq/8/16", "awq/4/16"])
@pytest.mark.parametrize("form", _LAYERS)
def test_calibrated_layers(form: str, policy: str, tmp_path: Path) -> None:
    mode = policy.partition("/")[0]
    policies = keras.dtype_policies
    kind = {"gptq": policies.GPTQDTypePolicy, "awq": policies.AWQDTypePolicy}[mode]
    build, shape = _LAYERS[form]
    model = calibrated(mode, build(kind(policy, "float32")), shape)
    result = exported(model, tmp_path / "m.tflite")
    assert difference(model, tmp_path / "m.tflite") <= INEXACT
    (stored,) = result.plan.stored
    assert (stored.weights, stored.exact) == (StoredAs.INT8, False)
    assert f"those of quantize({policy!r})" in result.plan.notes[-1]


def test_before_its_calibration_a_layer_has_its_float_weights(tmp_path: Path) -> None:
    x = keras.Input((WIDTH,), name="x")
    model = keras.Model(x, layers.Dense(7, name="y")(x))
    config = keras.quantizers.GPTQConfig(dataset=None, tokenizer=None)
    model.get_layer("y").quantize("gptq", config=config)
    result = exported(model, tmp_path / "m.tflite")
    assert difference(model, tmp_path / "m.tflite") <= EXACT
    assert result.plan.stored[0].weights is StoredAs.FLOAT32
    assert result.plan.notes[-1].startswith("Not calibrated yet")


def facts(kind: str, mode: str) -> dict[str, tuple[str, bool, bool]]:
    """What a plan says of each layer: type, whether it is exact, whether inputs are rounded."""
    stored = lir.plan_for(quantized(kind, mode)).stored
    return {i.layer: (i.weights.value, i.exact, i.rounding is not None) for i in stored}


@pytest.mark.slow
def test_plans_name_the_small_types() -> None:
    assert facts("dense", "int8") == dict.fromkeys(("hidden", "y"), ("int8", True, True))
    assert facts("dense", "int8 weights") == dict.fromkeys(("hidden", "y"), ("int8", True, False))
    assert facts("dense", "int4") == dict.fromkeys(("hidden", "y"), ("int4", True, False))
    assert facts("dense", "int4 blocks") == dict.fromkeys(("hidden", "y"), ("int8", False, False))
    assert facts("dense", "float8") == dict.fromkeys(("hidden", "y"), ("float32", True, True))
    assert facts("embedding", "int4 blocks") == {"y": ("int8", True, False)}
    assert facts("reversible", "int8")["table"] == ("int8", True, True)
    assert facts("reversible", "int4")["table"] == ("int4", True, False)
    assert facts("reversible", "int4 blocks")["table"] == ("int8", False, False)
    forward, _ = (i for i in lir.plan_for(quantized("untied", "int4")).stored if i.layer == "table")
    assert (forward.weights, forward.exact, forward.by_strategy) == (StoredAs.INT8, True, True)


def test_keras_scales_of_four_bits_are_those_of_channels_where_summed_dimensions_come_first() -> (
    None
):
    found = facts("einsum", "int4")
    assert found["heads"] == found["back"] == ("int4", True, False)
    assert found["swapped"] == ("int8", False, False)
    assert facts("einsum", "int8")["swapped"] == ("int8", True, True)


@pytest.mark.parametrize(
    ("kind", "mode", "note"),
    [
        ("dense", "int8", None),
        ("dense", "int4", None),
        ("dense", "float8", "LiteRT has no float8"),
        ("dense", "int4 blocks", "one scale for each output channel and no zero points"),
        ("embedding", "int4", "LiteRT looks up rows of 8 bits"),
        ("embedding", "int8", None),
    ],
)
def test_notes_say_what_is_lost(kind: str, mode: str, note: str | None) -> None:
    plan = lir.plan_for(quantized(kind, mode))
    assert len(plan.notes) == (note is not None)
    assert note is None or note in plan.notes[0]
    assert lir.ExportPlan.from_json(plan.to_json()) == plan
    assert ("weights    " in str(plan)) == bool(plan.stored)


def test_the_tolerance_is_that_of_keras_rounding() -> None:
    for mode, rounding in (("int8", Rounding.INT8), ("float8", Rounding.FLOAT8)):
        plan = lir.plan_for(quantized("dense", mode))
        assert tolerance_for(plan).variation == ROUNDING_TOLERANCES[rounding].variation
    assert tolerance_for(lir.plan_for(quantized("dense", "int4"))).variation == pytest.approx(1e-3)


# ---- the model stays as it was -----------------------------------------------------------


def attributes(model: Any) -> dict[tuple[str, str], int]:
    """The identity of each attribute of each layer, apart from what Keras' exporter sets."""
    return {
        (layer.path, name): id(value)
        for layer in all_layers(model)
        for name, value in vars(layer).items()
        if name != "fails" and not name.endswith("_function")
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "strategy"),
    [*zip(("int8", "int4 blocks") * 2, lir.DEFAULT_STRATEGIES, strict=True)],
    ids=str,
)
def test_the_model_is_as_it_was(mode: str, strategy: lir.ConversionStrategy) -> None:
    model = quantized("untied", mode)
    x = samples(model, 2)
    wanted, before = np.asarray(model(x)), attributes(model)
    lir.execute(lir.plan_for(model), model, strategies=(strategy,))
    assert attributes(model) == before
    np.testing.assert_array_equal(np.asarray(model(x)), wanted)


class Failing(layers.Layer):  # type: ignore[misc]  # keras has no type stubs
    """Fails once it is asked to."""

    fails = False

    def call(self, x: Any) -> Any:
        if self.fails:
            raise RuntimeError("on purpose")
        return x


def test_the_model_is_as_it_was_after_an_error() -> None:
    failing, x = Failing(), keras.Input((WIDTH,), name="x")
    model = quantize(keras.Model(x, failing(layers.Dense(3, name="y")(x))), "int8")
    plan, before = lir.plan_for(model), attributes(model)
    failing.fails = True
    with pytest.raises(RuntimeError, match="on purpose"):
        InferenceCall(model, plan.signature, in_floats=True)([samples(model, 1)])
    with pytest.raises(AllStrategiesFailedError, match="on purpose"):
        lir.execute(plan, model, strategies=(lir.StableHLO(),), verify=False)
    assert attributes(model) == before


# ---- adapters, other types, files ----------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "name"), [("dense", "y"), ("einsum", "heads")])
@pytest.mark.parametrize("mode", ["int8 weights", "int4 blocks"])
def test_adapters_are_part_of_the_weights(kind: str, name: str, mode: str, tmp_path: Path) -> None:
    model = quantized(kind, mode)
    layer = model.get_layer(name)
    layer.enable_lora(2, lora_alpha=3)
    layer.lora_kernel_b.assign(np.random.default_rng(0).normal(size=layer.lora_kernel_b.shape))
    result = exported(model, tmp_path / "m.tflite")
    assert difference(model, tmp_path / "m.tflite") <= INEXACT
    (stored,) = (item for item in result.plan.stored if item.layer == layer.path)
    assert (stored.weights, stored.exact) == (StoredAs.INT8, False)


def test_adapters_of_embeddings(tmp_path: Path) -> None:
    model = quantized("embedding", "int4")
    layer = model.get_layer("y")
    layer.enable_lora(2)
    layer.lora_embeddings_b.assign(np.ones((2, WIDTH)))
    exported(model, tmp_path / "m.tflite")
    assert difference(model, tmp_path / "m.tflite") <= EXACT


def test_layers_that_compute_in_bfloat16(tmp_path: Path) -> None:
    keras.utils.set_random_seed(0)
    x = keras.Input((WIDTH,), name="x")
    model = keras.Model(x, layers.Dense(3, dtype="mixed_bfloat16", name="y")(x))
    result = exported(quantize(model, "int8"), tmp_path / "m.tflite")
    assert result.parity is not None
    assert result.parity.agrees
    assert result.plan.model.compute_dtypes == (lir.DType.BFLOAT16,)


@pytest.mark.slow
def test_a_saved_model_gives_the_same_file(tmp_path: Path) -> None:
    for mode in ("int8", "int4 blocks"):
        model = quantized("untied", mode)
        model.save(tmp_path / "m.keras")
        again = keras.saving.load_model(tmp_path / "m.keras")
        files = []
        for number, source in enumerate((model, again)):
            target = tmp_path / f"{number}.tflite"
            assert exported(source, target).plan.stored == lir.plan_for(model).stored
            files.append(target.read_bytes())
        assert files[0] == files[1]


@pytest.mark.slow
def test_a_quantized_model_goes_through_a_file(tmp_path: Path) -> None:
    model = quantized("dense", "int8")
    through = lir.ThroughFile(backend="jax")
    result = exported(model, tmp_path / "m.tflite", through=through)
    assert [item.weights for item in result.plan.stored] == [StoredAs.INT8] * 2
    assert difference(model, tmp_path / "m.tflite") <= ROUNDED[Rounding.INT8]


class Own(layers.Layer):  # type: ignore[misc]  # keras has no type stubs
    """Quantizes in a way of its own."""

    def _int8_call(self, x: Any) -> Any:
        return x

    def call(self, x: Any) -> Any:
        return x


def test_a_layer_that_quantizes_itself_is_refused_before_anything_is_converted() -> None:
    x = keras.Input((4,), name="x")
    model = keras.Model(x, Own(name="own", dtype="int8_from_float32")(x))
    with pytest.raises(UnsupportedModelError, match="a quantized call of its own") as caught:
        lir.plan_for(model)
    assert caught.value.where == "own"
    assert caught.value.received == "Own with int8_from_float32"
    assert "as it was before model.quantize()" in caught.value.advice
