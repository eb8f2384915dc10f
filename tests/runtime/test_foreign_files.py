"""Running files of other tools: by signature, and by tensors' names where there is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.errors import OptionsError
from tests.conversion.exports import exported, random_inputs
from tests.runtime.foreign_files import swapped, two_signatures, unsigned

ROW = np.arange(4, dtype=np.float32)[None]


@pytest.fixture
def written(tmp_path: Path) -> Callable[[bytes], Path]:
    """Writes a file's content to a path."""

    def write(content: bytes) -> Path:
        path = tmp_path / "model.tflite"
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize("isolated", [True, False])
def test_each_signature_runs_by_its_name(
    written: Callable[[bytes], Path], *, isolated: bool
) -> None:
    path = written(two_signatures())
    doubled = lir.LiteRTFile(path, signature="double", isolated=isolated)
    added = lir.LiteRTFile(path, signature="add", isolated=isolated)
    np.testing.assert_array_equal(doubled.run(ROW)["y"], 2 * ROW)
    np.testing.assert_array_equal(added.run({"left": ROW, "right": 3 * ROW})["sum"], 4 * ROW)
    assert doubled.interface.other_signatures == ("add",)
    assert {doubled.interface.subgraph, added.interface.subgraph} == {0, 1}


def test_an_unknown_signature_is_refused_with_the_known_ones(
    written: Callable[[bytes], Path],
) -> None:
    with pytest.raises(OptionsError, match="no signature of this name") as caught:
        lir.LiteRTFile(written(two_signatures()), signature="duoble")
    assert caught.value.expected == "add, double"
    assert caught.value.advice == "'duoble' may be 'double'"


@pytest.mark.parametrize("isolated", [True, False])
def test_a_file_without_signatures_runs_by_its_tensors_names(
    written: Callable[[bytes], Path], *, isolated: bool
) -> None:
    export = exported("list")
    inputs = [*random_inputs(export.plan, 3).values()]
    file = lir.LiteRTFile(written(unsigned()), isolated=isolated)
    assert [info.name for info in file.inputs] == ["tensor", "tensor_1"]
    found, wanted = file.run(inputs), export.file.run(inputs)
    assert list(found) == ["tensor", "tensor_1"]
    for values, expected in zip(found.values(), wanted.values(), strict=True):
        np.testing.assert_array_equal(values, expected)


def test_a_file_without_signatures_has_none_to_choose(written: Callable[[bytes], Path]) -> None:
    with pytest.raises(OptionsError, match="no signature of this name") as caught:
        lir.LiteRTFile(written(unsigned()), signature="serving_default")
    assert "no signatures at all" in caught.value.expected


def test_names_decide_where_the_signature_has_another_order(
    written: Callable[[bytes], Path],
) -> None:
    export = exported("list")
    inputs = random_inputs(export.plan, 2)
    found = lir.LiteRTFile(written(swapped())).run(inputs)
    for name, values in export.file.run(inputs).items():
        np.testing.assert_array_equal(found[name], values)
