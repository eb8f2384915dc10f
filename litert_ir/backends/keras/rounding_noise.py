"""Run a model with perturbed weights, to see how rounding changes its results."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litert_ir.backends import load_keras
from litert_ir.backends.keras.inference import InferenceCall
from litert_ir.backends.model_failures import call_failures
from litert_ir.errors import LiteRTIRError, UnsupportedModelError
from litert_ir.errors.interruption import reraise_interruption
from litert_ir.ir.nodes import SignatureNode

Array = NDArray[Any]

_NOISE = 2.0**-22
"""The relative perturbation of float32 weights: two to four units in the last place."""

MOST_BYTES = 1 << 30
"""The most bytes of weights; the perturbed ones need as much again."""


def outputs_with_noise(
    call: InferenceCall, flat: Sequence[Array], outputs: SignatureNode
) -> tuple[Array, ...] | None:
    """Run a model with each float weight moved up or down, at random, by one rounding.

    Args:
        call: The model's call.
        flat: One array per input, in the signature's order.
        outputs: The tree of the outputs.

    Returns:
        None where the weights are more than `MOST_BYTES`, the model does not take others, or it
        updates state, on which the results may depend unnoticed outside of a graph.
    """
    if sum(_nbytes(weight) for weight in call.weights) > MOST_BYTES:
        return None
    keras, rng = load_keras(), np.random.default_rng(0)
    values = [
        keras.ops.convert_to_tensor(_noisy(keras.ops.convert_to_numpy(weight.value), rng))
        for weight in call.weights
    ]
    tensors = [keras.ops.convert_to_tensor(array) for array in flat]
    try:
        leaves = call.leaves(call.on_weights(tensors, values), outputs)
    except UnsupportedModelError:
        return None
    except LiteRTIRError:
        raise
    except call_failures() as error:
        reraise_interruption(error)
        return None
    return tuple(np.asarray(keras.ops.convert_to_numpy(leaf)) for leaf in leaves)


def _nbytes(weight: Any) -> int:
    return int(math.prod(weight.shape)) * np.dtype(str(weight.dtype)).itemsize


def _noisy(value: Array, rng: np.random.Generator) -> Array:
    if value.dtype != np.float32:
        return value
    signs = rng.integers(0, 2, value.shape, dtype=np.int8) * 2 - 1
    return np.asarray(value * (1.0 + _NOISE * signs), np.float32)
