"""Models that compute in float16 or bfloat16, through the strategy that computes in float32."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras, load_schema
from litert_ir.backends.litert.files import unpacked
from litert_ir.conversion.tensorflow.flat_call import FlatCall
from litert_ir.errors import AllStrategiesFailedError
from litert_ir.verification.tolerance import TOLERANCES, tolerance_for
from tests.conversion.stubs import returning

keras: Any = load_keras()
layers: Any = keras.layers


@pytest.fixture
def policy(request: pytest.FixtureRequest) -> Iterator[str]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_dtype_policy(before)


each_policy = pytest.mark.parametrize(
    "policy", ["mixed_bfloat16", "bfloat16", "mixed_float16", "float16"], indirect=True
)


def perceptron(**given: Any) -> Any:
    x = keras.Input((6,), name="x", **given)
    hidden = layers.BatchNormalization()(layers.Dense(8, activation="gelu")(x))
    return keras.Model(x, layers.Dense(4, name="y")(hidden))


def images(**given: Any) -> Any:
    x = keras.Input((8, 8, 3), name="x", **given)
    y = layers.ReLU(6.0)(layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same")(x)))
    return keras.Model(x, layers.Dense(4, name="y")(layers.GlobalAveragePooling2D()(y)))


def attention(**given: Any) -> Any:
    x = keras.Input((5, 8), name="x", **given)
    y = layers.LayerNormalization()(x)
    return keras.Model(x, x + layers.MultiHeadAttention(2, 4, name="y")(y, y))


def converted(model: Any, target: Path, **request: Any) -> lir.ExportResult:
    keras.utils.set_random_seed(0)
    return lir.export(model, target, strategies=(lir.StableHLO(),), **request)


def in_float32(model: Any, build: Callable[[], Any]) -> Any:
    """The same model with the same weights, computing in float32."""
    keras.config.set_dtype_policy("float32")
    exact = build()
    for ours, theirs in zip(exact.variables, model.variables, strict=True):
        ours.assign(keras.ops.cast(theirs, "float32"))
    return exact


@each_policy
@pytest.mark.parametrize("build", [perceptron, images, attention])
@pytest.mark.usefixtures("policy")
def test_a_file_computes_in_float32_what_the_model_computes(
    build: Callable[[], Any], tmp_path: Path
) -> None:
    model = build()
    result = converted(model, tmp_path / "m.tflite")
    assert result.parity is not None
    assert result.parity.agrees
    assert result.parity.tolerance == tolerance_for(result.plan)
    file = lir.LiteRTFile(tmp_path / "m.tflite")
    given = "float32" if model.output.dtype == "bfloat16" else model.output.dtype
    assert [info.dtype for info in file.inputs] == ["float32"]
    assert [info.dtype for info in file.outputs] == [given]
    inputs = np.random.default_rng(0).standard_normal((2, *model.input_shape[1:]))
    (found,) = file.run({"x": inputs.astype(np.float32)}).values()
    exact = np.asarray(in_float32(model, build)(inputs.astype(np.float32)))
    # The order of summation, and where the output is float16, its last digit.
    allowed = 1e-5 if given == "float32" else 2.0**-10
    np.testing.assert_allclose(found, exact, rtol=allowed, atol=allowed)


@pytest.mark.parametrize("policy", ["bfloat16", "mixed_float16"], indirect=True)
def test_declared_half_precision_inputs(policy: str, tmp_path: Path) -> None:
    declared = policy.removeprefix("mixed_")
    model = perceptron(dtype=declared)
    result = converted(model, tmp_path / "m.tflite", batch_size=2)
    assert result.parity is not None
    assert result.parity.agrees
    (info,) = lir.LiteRTFile(tmp_path / "m.tflite").inputs
    assert info.dtype == ("float32" if declared == "bfloat16" else "float16")


@pytest.mark.parametrize("policy", ["bfloat16"], indirect=True)
@pytest.mark.usefixtures("policy")
def test_samples_of_the_models_own_type_are_taken(tmp_path: Path) -> None:
    sample = np.asarray(keras.ops.ones((1, 6), "bfloat16"))
    verify = lir.Verification(samples=[{"x": sample}])
    model = perceptron(dtype="bfloat16")
    assert converted(model, tmp_path / "m.tflite", verify=verify).parity is not None


class Waves(layers.Layer):  # type: ignore[misc]  # keras has no type stubs
    """Adds numbers that are part of the graph."""

    def call(self, x: Any) -> Any:
        kind = keras.backend.standardize_dtype(x.dtype)
        return x + keras.ops.convert_to_tensor(np.sin(np.arange(x.shape[-1])).astype(kind))


@each_policy
@pytest.mark.usefixtures("policy")
def test_constants_of_16_bits(tmp_path: Path) -> None:
    x = keras.Input((6,), name="x")
    model = keras.Model(x, Waves(name="y")(x))
    converted(model, tmp_path / "m.tflite")
    (found,) = (
        lir.LiteRTFile(tmp_path / "m.tflite").run({"x": np.zeros((1, 6), np.float32)}).values()
    )
    np.testing.assert_allclose(found[0], np.sin(np.arange(6)), rtol=0, atol=2.0**-8)


class Doubling(keras.Model):  # type: ignore[misc]  # keras has no type stubs
    """Doubles in the type in which it is called, and counts."""

    def __init__(self) -> None:
        super().__init__(autocast=False)

    def call(self, x: Any) -> Any:
        return {"twice": x + x, "positive": keras.ops.cast(x > 0, "int32")}


def doubling() -> tuple[Any, lir.ExportPlan]:
    spec = keras.InputSpec(shape=(None, 3), dtype="bfloat16")
    model = Doubling()
    return model, lir.plan_for(model, input_signature=[spec])


def test_outputs_of_other_types_stay_as_they_are(tmp_path: Path) -> None:
    model, plan = doubling()
    lir.execute(plan, model, tmp_path / "m.tflite", strategies=(lir.StableHLO(),))
    file = lir.LiteRTFile(tmp_path / "m.tflite")
    x = np.array([[1.0, -2.0, 0.5]], np.float32)
    assert [info.dtype for info in file.outputs] == ["float32", "int32"]
    found = file.run({"x": x})
    np.testing.assert_array_equal(found["twice"], 2.0 * x)
    np.testing.assert_array_equal(found["positive"], [[1, 0, 1]])


def test_the_flat_call_has_the_types_of_the_file() -> None:
    model, plan = doubling()
    outputs = FlatCall.of(plan, model)(keras.ops.full((1, 3), 1.001, "float32"))
    twice, positive = outputs.values()
    assert keras.backend.standardize_dtype(twice.dtype) == "float32"
    assert np.asarray(twice).tolist() == [[2.0] * 3]  # 1.001 is 1 in bfloat16
    assert keras.backend.standardize_dtype(positive.dtype) == "int32"


@pytest.mark.parametrize("policy", ["mixed_bfloat16"], indirect=True)
@pytest.mark.usefixtures("policy")
def test_a_wrong_file_of_a_model_in_half_precision_is_rejected() -> None:
    keras.utils.set_random_seed(0)
    model, other = perceptron(), perceptron()
    other.set_weights([1.3 * weight for weight in model.get_weights()])
    wrong = lir.execute(lir.plan_for(other), other, strategies=(lir.StableHLO(),))
    assert wrong.content is not None
    with pytest.raises(AllStrategiesFailedError, match="DIFFERS"):
        lir.execute(lir.plan_for(model), model, strategies=(returning(wrong.content),))


@pytest.mark.parametrize("policy", ["bfloat16"], indirect=True)
@pytest.mark.usefixtures("policy")
def test_the_tolerance_of_float32_would_reject_a_right_file() -> None:
    keras.utils.set_random_seed(0)
    model = perceptron()
    strict = lir.Verification(tolerance=TOLERANCES[lir.Precision.FLOAT])
    with pytest.raises(AllStrategiesFailedError, match="DIFFERS"):
        lir.execute(lir.plan_for(model), model, strategies=(lir.StableHLO(),), verify=strict)


# ---- weights of 16 bits ----------------------------------------------------------------------

each_half = pytest.mark.parametrize("policy", ["bfloat16", "float16"], indirect=True)


def wide(**given: Any) -> Any:
    """Two kernels beyond 64 KiB, of which one is used twice, and a table."""
    x = keras.Input((9,), name="x", dtype="int32", **given)
    shared = layers.Dense(200, name="shared")
    hidden = shared(shared(layers.Embedding(300, 200, name="table")(x)))
    return keras.Model(x, layers.Dense(180, activation="tanh", name="y")(hidden))


def normalized(**given: Any) -> Any:
    """A kernel with a normalization behind it."""
    x = keras.Input((6, 6, 64), name="x", **given)
    hidden = layers.Conv2D(100, 3, use_bias=False, name="conv")(x)
    norm = layers.BatchNormalization(name="norm")
    return keras.Model(x, layers.ReLU(name="y")(norm(hidden)))


def types_of(path: Path) -> dict[str, int]:
    """How many elements of each float type a file's constants of 64 KiB or more have."""
    model, names = unpacked(path.read_bytes()), vars(load_schema().TensorType)
    found: dict[str, int] = {}
    for tensor in model.subgraphs[0].tensors:
        data = model.buffers[tensor.buffer].data
        kind = next(name for name, code in names.items() if code == tensor.type)
        if data is not None and len(data) >= 1 << 15 and kind.startswith("FLOAT"):
            found[kind] = found.get(kind, 0) + int(np.prod(tensor.shape))
    return found


@each_half
@pytest.mark.usefixtures("policy")
def test_weights_stay_in_16_bits(tmp_path: Path) -> None:
    keras.utils.set_random_seed(0)
    model = wide()
    result = converted(model, tmp_path / "m.tflite")
    assert types_of(tmp_path / "m.tflite") == {"FLOAT16": 300 * 200 + 200 * 200 + 200 * 180}
    assert result.plan.estimate is not None
    assert result.size_bytes < 1.05 * result.plan.estimate.size_bytes + 4096
    x = np.random.default_rng(0).integers(0, 300, (4, 9)).astype(np.int32)
    (found,) = lir.LiteRTFile(tmp_path / "m.tflite").run({"x": x}).values()
    exact = np.asarray(in_float32(model, wide)(x))
    # Only the output's own type rounds, and bfloat16 below 2**-14.
    np.testing.assert_allclose(found, exact, rtol=0, atol=2.0**-11)


@each_half
@pytest.mark.usefixtures("policy")
def test_kernels_with_a_normalization_behind_stay_in_16_bits(tmp_path: Path) -> None:
    model = normalized()
    converted(model, tmp_path / "m.tflite")
    assert types_of(tmp_path / "m.tflite") == {"FLOAT16": 3 * 3 * 64 * 100}
    x = np.random.default_rng(0).standard_normal((2, 6, 6, 64)).astype(np.float32)
    (found,) = lir.LiteRTFile(tmp_path / "m.tflite").run({"x": x}).values()
    exact = np.asarray(in_float32(model, normalized)(x))
    np.testing.assert_allclose(found, exact, rtol=0, atol=2.0**-10 * float(exact.max()))


@pytest.mark.parametrize("policy", ["bfloat16"], indirect=True)
@pytest.mark.usefixtures("policy")
def test_a_layer_with_large_weights_is_float32(tmp_path: Path) -> None:
    model = wide()
    kernel = model.get_layer("shared").kernel
    kernel.assign(1e5 * keras.ops.ones_like(kernel))
    result = converted(model, tmp_path / "m.tflite")
    assert types_of(tmp_path / "m.tflite") == {"FLOAT16": 300 * 200 + 200 * 180, "FLOAT32": 40000}
    assert result.plan.notes[-1].endswith("float32 in the file: shared.")


@pytest.mark.parametrize("policy", ["mixed_bfloat16"], indirect=True)
@pytest.mark.usefixtures("policy")
def test_mixed_policies_store_float32(tmp_path: Path) -> None:
    converted(wide(), tmp_path / "m.tflite")
    assert set(types_of(tmp_path / "m.tflite")) == {"FLOAT32"}
