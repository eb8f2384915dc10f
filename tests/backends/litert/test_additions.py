"""What is added to a file's object tree, and the names that the schema gives its numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from litert_ir.backends.litert.additions import (
    Kernel,
    add_buffer,
    add_tensor,
    new_operator,
    retarget,
)
from litert_ir.backends.litert.files import packed, unpacked
from litert_ir.backends.litert.schema import (
    builtin_code,
    new_table,
    operator_name,
    tables,
    type_name,
    type_number,
)


@pytest.fixture
def model() -> Any:
    """A file of one subgraph without operators."""
    empty = new_table("Model")
    empty.version, empty.subgraphs = 3, [new_table("SubGraph")]
    empty.buffers, empty.operatorCodes = [new_table("Buffer")], []
    empty.subgraphs[0].tensors, empty.subgraphs[0].operators = [], []
    return empty


@pytest.mark.parametrize("kernel", Kernel)
def test_every_kernel_is_one_of_the_schema(kernel: Kernel, model: Any) -> None:
    operator = new_operator(model, kernel, [0], [1])
    model.subgraphs[0].operators = [operator]
    (read,) = unpacked(bytes(packed(model))).subgraphs[0].operators
    assert operator_name(model, read) == kernel.name
    assert type(read.builtinOptions).__name__ == (
        f"{kernel.value}T" if kernel.value else "NoneType"
    )
    assert [list(read.inputs), list(read.outputs)] == [[0], [1]]


def test_a_code_that_is_there_is_used_again(model: Any) -> None:
    versions = (1, 2, 1, 2)
    made = [new_operator(model, Kernel.CAST, [0], [1], version=each) for each in versions]
    assert [operator.opcodeIndex for operator in made] == [0, 1, 0, 1]
    assert [code.version for code in model.operatorCodes] == [1, 2]


def test_a_later_code_is_said_in_both_fields(model: Any) -> None:
    new_operator(model, Kernel.BROADCAST_TO, [0], [1])
    (code,) = model.operatorCodes
    assert code.deprecatedBuiltinCode == 127
    assert builtin_code(code) == code.builtinCode > 127


def test_a_file_from_before_the_second_field_is_read(model: Any) -> None:
    operator = new_operator(model, Kernel.CAST, [0], [1])
    model.operatorCodes[0].builtinCode = 0
    assert operator_name(model, operator) == "CAST"


def test_a_retargeted_operator_keeps_its_results_and_no_options(model: Any) -> None:
    operator = new_operator(model, Kernel.CAST, [0], [1], inDataType=type_number("int32"))
    retarget(model, operator, Kernel.EMBEDDING_LOOKUP, [2, 3])
    assert operator_name(model, operator) == "EMBEDDING_LOOKUP"
    assert (operator.builtinOptionsType, operator.builtinOptions) == (0, None)
    assert [list(operator.inputs), list(operator.outputs)] == [[2, 3], [1]]


def test_buffers_and_tensors_go_behind_the_others(model: Any) -> None:
    data = np.arange(3, dtype=np.int32)
    tensor = new_table("Tensor")
    tensor.type, tensor.shape = type_number("int32"), np.array([3], np.int32)
    tensor.buffer = add_buffer(model, data.tobytes())
    assert (tensor.buffer, add_buffer(model), add_tensor(model.subgraphs[0], tensor)) == (1, 2, 0)
    read = tables(bytes(packed(model)))
    assert type_name(read.Subgraphs(0).Tensors(0).Type()) == "int32"
    assert bytes(read.Buffers(1).DataAsNumpy()) == data.tobytes()
    assert read.Buffers(2).DataLength() == 0


def test_an_unknown_type_has_no_number() -> None:
    with pytest.raises(KeyError):
        type_number("float7")
