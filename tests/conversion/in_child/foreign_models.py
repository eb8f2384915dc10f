"""Exports in a process whose Keras backend is traced by nobody; the answer is JSON."""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np

import litert_ir as lir
from tests.conversion.in_child.models import TwoArguments, keras


def main(target: str) -> None:
    """Export an unbuilt model, and say what became of it."""
    model = TwoArguments(name="two_arguments")
    signature = {
        "query": np.zeros((1, 4), np.float32),
        "context": keras.KerasTensor((None, 5), name="second"),
        "scale": keras.InputSpec(shape=(None, 3), dtype="float32"),
    }
    result = lir.export(model, target, input_signature=signature)
    shapes = {"query": (2, 4), "second": (2, 5), "scale": (2, 3)}
    inputs = {name: np.full(shape, 0.5, np.float32) for name, shape in shapes.items()}
    query, context, scale = inputs.values()
    outputs: Any = model(query, context, scale=scale)["joined"]
    answer = {
        "backend": keras.backend.backend(),
        "plan": result.plan.to_json(),
        "strategy": result.strategy,
        "agrees": result.parity is not None and result.parity.agrees,
        "outputs": np.asarray(outputs).tolist(),
        "files": lir.LiteRTFile(target).run(inputs)["joined"].tolist(),
    }
    sys.stdout.write(json.dumps(answer))
