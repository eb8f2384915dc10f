"""Absurd arguments of the verbs."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any

import attrs
import numpy as np

import litert_ir as lir
from litert_ir.backends import load_keras, load_tensorflow
from litert_ir.samples.samples import Samples
from litert_ir.testing import models
from tests.fuzzing.absurd_values import absurd_value, doubled_list
from tests.fuzzing.sample_files import OneInput

_OPTIONS = (
    "optimizations",
    "representative_dataset",
    "experimental_new_quantizer",
    "target_spec",
    "inference_input_type",
    "inference_output_type",
    "quantization",
    "aot_compile_targets",
    "optimisations",
    None,
)
_PLAN_ARGUMENTS: Mapping[str, float] = {
    "options": 0.45,
    "quantization": 0.2,
    "input_signature": 0.35,
    "batch_size": 0.12,
    "sizes": 0.08,
    "image_size": 0.08,
    "max_sequence_length": 0.08,
    "registry": 0.04,
    "through": 0.04,
    "strategies": 0.04,
}
"""How often each is given."""
_SHAPES: tuple[Any, ...] = (
    *((None, 4), (1, 4), (None, None), (), (4,), (None, 0), (-1, 4), (None, 2**40)),
    *((None, 4.0), (None, "4"), (None, 7, 3), (True, 4), (np.int64(1), np.int64(4)), "ab", 5),
    *((1,) * 40, (None, 10**30), None),
)
_DTYPES = ("float32", "float64", "int32", "bool", "string", "complex64", "bfloat16", "foo", None, 5)
_CHECKED_FIRST = (
    "filepath",
    "format",
    "options",
    "litert_kwargs",
    "quantization",
    "calibration_limit",
    "strategies",
    "verify",
    "verbose",
    "on_progress",
)


@functools.cache
def _models() -> tuple[Any, ...]:
    two = models.subclassed_model(2)
    two(np.ones((1, 4), np.float32), np.ones((1, 4), np.float32))
    return models.single_input_model(), models.dict_model(), models.sequential_model(), two


@attrs.frozen
class Plannings:
    """`plan_for`; what it accepts has to come back from JSON."""

    def attempt(self, random: Random) -> None:
        """Plan with absurd arguments.

        Raises:
            LiteRTIRError: When they are refused.
        """
        given = {
            name: _argument(random, name)
            for name, share in _PLAN_ARGUMENTS.items()
            if random.random() < share
        }
        plan = lir.plan_for(random.choice(_models()), **given)
        assert lir.ExportPlan.from_json(plan.to_json()) == plan


@attrs.frozen
class Exports:
    """`export`, `execute` and `quantize_file` as far as they look at arguments alone; samples.

    Attributes:
        folder: Where the targets would be.
    """

    folder: Path

    def attempt(self, random: Random) -> None:
        """Call a verb with absurd arguments, none of which it can go on with.

        Raises:
            LiteRTIRError: When they are refused.
        """
        verbs: tuple[Callable[[Random], None], ...] = (
            self._export,
            self._execute,
            self._quantize,
            self._open,
            self._samples,
        )
        random.choice(verbs)(random)

    def _export(self, random: Random) -> None:
        names = random.sample(_CHECKED_FIRST, random.choice((1, 1, 2, 3)))
        given = {name: _argument(random, name) for name in names}
        target = given.pop("filepath", self.folder / "model.tflite")
        lir.export(absurd_value(random), target, **given)

    def _execute(self, random: Random) -> None:
        given = {"verbose": absurd_value(random), "on_progress": absurd_value(random)}
        lir.execute(absurd_value(random), absurd_value(random), absurd_value(random), **given)

    def _quantize(self, random: Random) -> None:
        target = self.folder / "quantized.tflite"
        lir.quantize_file(absurd_value(random), target, quantization=absurd_value(random))

    def _open(self, random: Random) -> None:
        opened: Callable[[Any], object] = random.choice((lir.samples_from, lir.LiteRTFile))
        try:
            opened(absurd_value(random))
        except FileNotFoundError:
            assert opened is lir.LiteRTFile  # which says so

    def _samples(self, random: Random) -> None:
        samples = Samples(OneInput(), absurd_value(random), "samples", finite=True, most=3)
        samples.check()


def _argument(random: Random, name: str) -> Any:
    if name in ("options", "litert_kwargs") and random.random() < 0.85:
        keys = [random.choice(_OPTIONS) for _ in range(random.choice((1, 1, 2, 3)))]
        return {key: absurd_value(random) for key in keys}
    if name in ("options", "input_signature", "batch_size", "sizes") and random.random() < 0.02:
        return random.choice((doubled_list(), {"optimizations": doubled_list()}))
    if name == "input_signature":
        return _signature(random)
    value = absurd_value(random)
    # What a function makes of a phase is its own affair: `int("planning")` fails.
    return _listener if name == "on_progress" and callable(value) else value


def _listener(_phase: str) -> None:
    """Hear of a phase."""


def _signature(random: Random, depth: int = 0) -> Any:
    kind = random.random()
    if kind < 0.4 or depth > 3:
        return _spec(random)
    items = [_signature(random, depth + 1) for _ in range(random.randrange(4))]
    if kind < 0.7:
        return random.choice((items, tuple(items)))
    names = ("features", "image", "extra", "query", "context", "x", 0, None, ("q",))
    return {random.choice(names): item for item in items}


def _spec(random: Random) -> Any:
    shape, dtype = random.choice(_SHAPES), random.choice(_DTYPES)
    name: Any = random.choice(("x", "query", None, "", "a b", "\ud800", "x" * 500, 5))
    keras, tf = load_keras(), load_tensorflow()
    makers: tuple[Callable[[], Any], ...] = (
        lambda: keras.InputSpec(shape=shape, dtype=dtype),
        lambda: tf.TensorSpec(shape, dtype, name),
        lambda: keras.KerasTensor(shape, dtype or "float32", name=name),
        lambda: lir.TensorSpec(name=name, shape=shape, dtype=lir.DType(dtype)),
        lambda: np.zeros([abs(int(size or 1)) % 9 for size in shape], dtype),
        lambda: tf.RaggedTensorSpec(shape, dtype),
    )
    try:
        return random.choice(makers)()
    except (AttributeError, TypeError, ValueError, OverflowError):
        return absurd_value(random)  # no spec can be made of that
