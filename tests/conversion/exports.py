"""Real exports of the tiny models, each made once per test run and kept by trait and strategy."""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import attrs
import numpy as np
from numpy.typing import NDArray

import litert_ir as lir
from litert_ir.backends import load_keras
from litert_ir.testing import models

Array = NDArray[Any]
Named = Mapping[str, Any]
STRATEGIES: Mapping[str, lir.ConversionStrategy] = {
    strategy.name: strategy for strategy in lir.DEFAULT_STRATEGIES
}
THROUGH_TENSORFLOW = ("direct", "concrete-function", "saved-model")
"""Names of the strategies that quantize, and that know TF Select."""


@attrs.frozen(kw_only=True)
class Case:
    """A model and, written by hand, how its file's named tensors go through its call.

    Attributes:
        build: Makes the model.
        call: Calls the model on the file's inputs by name and names its outputs.
        signature: Shapes by argument name, for models that declare none.
    """

    build: Callable[[], Any]
    call: Callable[[Any, Named], Named]
    signature: Mapping[str, tuple[int | None, ...]] | None = None


def _listed(*names: str) -> Callable[[Any], Named]:
    return lambda outputs: dict(zip(names, outputs, strict=True))


def _nested(model: Any, x: Named) -> Named:
    inputs = {"pair": [x["left"], x["right"]], "side": {"mask": x["side_mask"]}}
    outputs = model(inputs)
    return {"product": outputs["all"][0], "head": outputs["all"][1], "sum": outputs["sum"]}


def _mixed(model: Any, x: Named) -> Named:
    return {"out": model([x["tokens"], x["keep"], x["weights"]])}


def _dynamic_length_model() -> Any:
    keras = load_keras()
    steps = keras.Input((None, 4), name="steps")
    x = keras.layers.Conv1D(6, 2, padding="same", activation="relu", name="conv")(steps)
    return keras.Model(steps, keras.layers.Dense(3, name="each")(x), name="dynamic_length")


_QUERY, _CONTEXT, _SCALE = (None, 4), (None, 5), (None, 3)

CASES: Mapping[str, Case] = {
    "single": Case(build=models.single_input_model, call=lambda m, x: {"scores": m(x["features"])}),
    "dict": Case(build=models.dict_model, call=lambda m, x: m(x)),
    "list": Case(
        build=models.list_model,
        call=lambda m, x: _listed("yankee", "bravo")(m([x["zulu"], x["alpha"]])),
    ),
    "nested": Case(build=models.nested_model, call=_nested),
    "shared-layer": Case(
        build=models.shared_layer_model,
        call=lambda m, x: _listed("shared", "shared_1")(m([x["first"], x["second"]])),
    ),
    "model-in-model": Case(build=models.model_in_model, call=lambda m, x: {"top": m(x["outer"])}),
    "mixed-dtypes": Case(build=models.mixed_dtype_model, call=_mixed),
    "sequential": Case(
        build=models.sequential_model, call=lambda m, x: {"result": m(x["measurements"])}
    ),
    "subclassed-1": Case(
        build=lambda: models.subclassed_model(1),
        call=lambda m, x: {"output": m(x["query"])},
        signature={"query": _QUERY},
    ),
    "subclassed-2": Case(
        build=lambda: models.subclassed_model(2),
        call=lambda m, x: m(x["query"], context=x["context"]),
        signature={"query": _QUERY, "context": _CONTEXT},
    ),
    "subclassed-3": Case(
        build=lambda: models.subclassed_model(3),
        call=lambda m, x: {"output": m(x["query"], x["context"], scale=x["scale"])},
        signature={"query": _QUERY, "context": _CONTEXT, "scale": _SCALE},
    ),
    "dynamic-length": Case(build=_dynamic_length_model, call=lambda m, x: {"each": m(x["steps"])}),
}


def input_specs(case: Case) -> dict[str, Any] | None:
    """The case's signature as Keras specs, or None where the model declares its inputs."""
    if case.signature is None:
        return None
    keras = load_keras()
    return {
        name: keras.InputSpec(shape=shape, dtype="float32")
        for name, shape in case.signature.items()
    }


def fresh(trait: str, seed: int = 0) -> Any:
    """A new model of this trait, with the weights that the seed gives."""
    load_keras().utils.set_random_seed(seed)
    return CASES[trait].build()


@functools.cache
def model(trait: str) -> Any:
    """The one model of this trait that the cached exports are made from."""
    return fresh(trait)


@functools.cache
def folder() -> Path:
    """Where the cached files are; gone when the process ends."""
    return Path(_temporary_directory().name)


@functools.cache
def _temporary_directory() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="litert_ir_tests_")


@attrs.frozen
class Export:
    """A finished export.

    Attributes:
        model: The Keras model.
        result: What `litert_ir.export` gave back.
        file: The file, loaded.
    """

    model: Any
    result: lir.ExportResult
    file: lir.LiteRTFile

    @property
    def plan(self) -> lir.ExportPlan:
        """What was executed."""
        return self.result.plan

    @property
    def content(self) -> bytes:
        """The file's bytes."""
        return self.file.path.read_bytes()


@functools.cache
def exported(
    trait: str, strategy: str = "concrete-function", *, batch_size: int | None = None
) -> Export:
    """The export of a trait's model through one strategy alone."""
    path = folder() / f"{trait}-{strategy}-{batch_size}.tflite"
    result = lir.export(
        model(trait),
        path,
        format="litert",
        input_signature=input_specs(CASES[trait]),
        batch_size=batch_size,
        strategies=(STRATEGIES[strategy],),
    )
    return Export(model(trait), result, lir.LiteRTFile(path))


def plan_of(trait: str) -> lir.ExportPlan:
    """The plan of a trait's model, without an export."""
    return lir.plan_for(model(trait), input_signature=input_specs(CASES[trait]))


def random_inputs(plan: lir.ExportPlan, batch: int, length: int = 7) -> dict[str, Array]:
    """Inputs of the file by name: floats of order one, integers below 10, both booleans."""
    rng = np.random.default_rng(batch)
    values: dict[str, Array] = {}
    for spec in plan.inputs:
        sizes = [batch if size is None else size for size in spec.sizes[:1]]
        sizes += [length if size is None else size for size in spec.sizes[1:]]
        drawn = rng.standard_normal(sizes)
        if spec.dtype is lir.DType.BOOL:
            values[spec.name] = drawn > 0
        elif spec.dtype is lir.DType.INT32:
            values[spec.name] = rng.integers(0, 10, sizes, dtype=np.int32)
        else:
            values[spec.name] = drawn.astype(np.float32)
    return values


def keras_outputs(trait: str, inputs: Mapping[str, Array]) -> dict[str, Array]:
    """What the Keras model itself gives, by the names of the file's outputs."""
    tensors = {name: load_keras().ops.convert_to_tensor(value) for name, value in inputs.items()}
    outputs = CASES[trait].call(model(trait), tensors)
    return {name: np.asarray(value) for name, value in outputs.items()}


def assert_close(results: Mapping[str, Array], expected: Mapping[str, Array]) -> None:
    """Float files differ from Keras by the order of summation: 1e-5 at outputs of order one."""
    assert results.keys() == expected.keys()
    for name, reference in expected.items():
        scale = max(1.0, float(np.abs(reference).max()))
        np.testing.assert_allclose(results[name], reference, rtol=0, atol=1e-5 * scale)
