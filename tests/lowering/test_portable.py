"""Input signatures on their way to another process."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras, load_tensorflow
from litert_ir.errors import SignatureError
from litert_ir.lowering.portable import portable

keras: Any = load_keras()
OWN = lir.TensorSpec(name="own", shape=(2, lir.DynamicDim()), dtype=lir.DType.INT8)


def arrived(value: Any) -> Any:
    return pickle.loads(pickle.dumps(portable(value)))


@pytest.mark.parametrize(
    "value", [None, OWN, lir.Absent(), 3, 2.5, True, [OWN, (None, OWN)], {"b": [OWN], "a": (OWN,)}]
)
def test_structures_and_their_order_are_kept(value: Any) -> None:
    found = arrived(value)
    assert (type(found), found) == (type(value), value)
    assert repr(found) == repr(value)


def test_symbols_lose_their_history() -> None:
    found = arrived(keras.Input((None, 3), dtype="int32", name="tokens"))
    assert (found.shape, found.dtype, found.name) == ((None, None, 3), "int32", "tokens")
    assert not hasattr(found, "_keras_history")
    assert arrived(keras.KerasTensor((2,), sparse=True)).sparse
    assert arrived(keras.KerasTensor((2,), ragged=True)).ragged


def test_specs_are_kept() -> None:
    tf = load_tensorflow()
    spec = keras.InputSpec(shape=(None, 3), dtype="int32", name="mine")
    assert vars(arrived(spec)) == vars(spec)
    wanted = tf.TensorSpec((None, 3), tf.int32, "mine")
    assert arrived(wanted) == wanted
    assert arrived(tf.RaggedTensorSpec((None, None))) == tf.RaggedTensorSpec((None, None))


@pytest.mark.parametrize("make", [np.asarray, keras.ops.convert_to_tensor, keras.Variable])
def test_tensors_are_arrays(make: Any) -> None:
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    found = arrived([make(values)])[0]
    assert isinstance(found, np.ndarray)
    np.testing.assert_array_equal(found, values, strict=True)


def test_what_cannot_be_sent_is_a_fault_of_its_place() -> None:
    with pytest.raises(SignatureError, match="input_signature is not valid") as caught:
        portable({"a": [OWN, lambda: None]})
    (problem,) = caught.value.problems
    assert problem.path == "input_signature['a'][1]"
    assert problem.expected == "a tensor spec or an example array"
