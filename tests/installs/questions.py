"""What a Python that lacks packages is asked; the answers are JSON."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import litert_ir as lir
from litert_ir.backends import load_keras, load_plotting
from litert_ir.cli.app import main as command_line


def dense() -> Any:
    keras = load_keras()
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])


def route() -> list[list[str | None]]:
    return [[step.strategy, step.refusal] for step in lir.plan_for(dense()).route]


def attempts(**asked: Any) -> list[list[str]]:
    """Each attempt of an export, and what became of it."""
    try:
        found = lir.export(dense(), "model.tflite", **asked).attempts
    except lir.errors.AllStrategiesFailedError as error:
        found = error.attempts
    return [[each.strategy, each.outcome.value, each.reason or ""] for each in found]


def error_of(ask: Callable[[], object]) -> str:
    """The error of something that is missing."""
    try:
        ask()
    except lir.errors.MissingDependencyError as error:
        return str(error)
    return "nothing is missing"


def command(*arguments: str) -> str:
    """What the command line prints, and how it exits."""
    output = io.StringIO()
    with redirect_stdout(output), redirect_stderr(output):
        status = command_line(arguments)
    return f"{output.getvalue()}exit {status}"


def loaded(*packages: str) -> list[str]:
    return sorted({name.partition(".")[0] for name in sys.modules} & set(packages))


def without_tensorflow() -> None:
    """Keras on JAX; TensorFlow, LiteRT's quantizer and matplotlib are not installed."""
    dense().save("dense.keras")
    through = lir.ThroughFile(backend="tensorflow")
    found = {
        "route": route(),
        "attempts": attempts(),
        "direct": attempts(strategies=(lir.Direct(),)),
        "in child": attempts(strategies=(lir.InChildProcess(lir.Direct(), through),)),
        "quantized": attempts(quantization="dynamic"),
        "through tensorflow": error_of(lambda: lir.plan_for(dense(), through=through)),
        "quantize a file": error_of(
            lambda: lir.quantize_file("model.tflite", "small.tflite", quantization="dynamic")
        ),
        "plot": error_of(load_plotting),
        "command": command("export", "dense.keras", "-o", "command.tflite"),
        "loaded": loaded("tensorflow", "jax"),
    }
    print(json.dumps(found))  # noqa: T201


def keras_on_tensorflow() -> None:
    """TensorFlow is not installed, and Keras is told to run on it."""
    print(json.dumps({"keras": error_of(load_keras)}))  # noqa: T201


def without_converter() -> None:
    """Keras on TensorFlow; LiteRT's converter is not installed, then its runtime neither."""
    found = {
        "route": route(),
        "attempts": attempts(),
        "quantized": attempts(quantization="weight-only-int8"),
    }
    sys.modules["ai_edge_litert"] = None  # type: ignore[assignment]
    print(json.dumps({**found, "export": error_of(attempts), "plan": route()}))  # noqa: T201
