"""Which files are what their plan says."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest

from litert_ir import DynamicDim
from litert_ir.errors import FileRejectedError
from litert_ir.verification.verify import Verification, check_interface, samples_of
from tests.conversion.exports import exported, plan_of
from tests.conversion.quantized import quantized


@pytest.mark.parametrize(("trait", "other"), [("list", "dict"), ("dict", "list")])
def test_another_interface_is_rejected(trait: str, other: str) -> None:
    with pytest.raises(FileRejectedError, match="inputs are not the plan's") as caught:
        check_interface(exported(trait).file.interface, plan_of(other))
    assert caught.value.expected != caught.value.received


def test_an_integer_interface_is_expected_where_the_plan_asks_for_it() -> None:
    integer, real = quantized("int8"), quantized("float")
    check_interface(integer.file.interface, integer.plan)
    with pytest.raises(FileRejectedError, match="int8"):
        check_interface(integer.file.interface, real.plan)
    with pytest.raises(FileRejectedError, match="int8"):
        check_interface(real.file.interface, integer.plan)


@pytest.mark.parametrize(
    "change", [{"shape": (None, 9)}, {"dtype": "int64"}, {"name": "other"}], ids=str
)
def test_another_output_is_rejected(change: dict[str, Any]) -> None:
    export = exported("single")
    (found,) = export.file.interface.outputs
    wrong = attrs.evolve(export.file.interface, outputs=(attrs.evolve(found, **change),))
    with pytest.raises(FileRejectedError, match="outputs are not the plan's") as caught:
        check_interface(wrong, export.plan)
    assert caught.value.expected == str(found)
    assert caught.value.advice == "pass other strategies"


def test_a_size_that_only_one_side_knows_is_no_fault() -> None:
    export = exported("single")
    (found,) = export.file.interface.outputs
    unknown = attrs.evolve(found, shape=(None,) * len(found.shape))
    check_interface(attrs.evolve(export.file.interface, outputs=(unknown,)), export.plan)


@pytest.mark.parametrize(
    "dim", [DynamicDim("batch", maximum=8), DynamicDim("other"), DynamicDim()], ids=str
)
def test_another_dimension_than_the_plans_is_rejected(dim: DynamicDim) -> None:
    export = exported("single")
    (found,) = export.file.interface.inputs
    wrong = attrs.evolve(export.file.interface, inputs=(attrs.evolve(found, dims=(dim, 4)),))
    with pytest.raises(FileRejectedError, match="other names or bounds than the plan's") as caught:
        check_interface(wrong, export.plan)
    assert caught.value.where == "input 'features'"
    assert (caught.value.expected, caught.value.received) == ("(batch=?, 4)", f"({dim}, 4)")
    assert caught.value.advice == "pass other strategies"


def test_a_file_need_not_say_its_dimensions_nor_where_they_are_from() -> None:
    export = exported("single")
    (found,) = export.file.interface.inputs
    for dims in (None, (DynamicDim("batch", source="a window"), 4)):
        inputs = (attrs.evolve(found, dims=dims),)
        check_interface(attrs.evolve(export.file.interface, inputs=inputs), export.plan)


def test_samples_of_a_verification() -> None:
    samples = [[np.ones(4, np.float32)]]
    assert samples_of(Verification(samples=samples)) is samples
    assert [samples_of(verify) for verify in (True, False)] == [None, None]
