"""The runtime that a file needs, by the versions of its operators."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import litert_ir as lir
from litert_ir.backends.litert.files import packed, unpacked
from litert_ir.inspection.runtime_needs import first_runtime
from tests.inspection.runtime_table import TARGET, table_of, text_of
from tests.runtime.quantized_files import float_file

SOURCE = """
  {{BuiltinOperator_ADD, 1}, "1.5.0"},
  {{BuiltinOperator_ADD, 2}, "1.14.0"},
  {{BuiltinOperator_BROADCAST_TO, 2}, "2.5.0"},
"""


def test_the_table_is_made_from_litert_s_source() -> None:
    table = table_of(SOURCE)
    assert table == {"ADD": ["1.5.0", "1.14.0"], "BROADCAST_TO": [None, "2.5.0"]}
    assert json.loads(text_of(table)) == table


def test_the_table_has_the_form_that_it_is_generated_in() -> None:
    text = TARGET.read_text("utf-8")
    assert text_of(json.loads(text)) == text


@pytest.mark.parametrize(
    ("operator", "version", "runtime"),
    [("ADD", 1, "1.5.0"), ("BROADCAST_TO", 1, None), ("ADD", 0, None), ("NOTHING", 1, None)],
)
def test_a_version_has_its_first_runtime(operator: str, version: int, runtime: str | None) -> None:
    assert first_runtime(operator, version) == runtime


def test_the_most_demanding_operator_decides(tmp_path: Path) -> None:
    model = unpacked(float_file().read_bytes())
    model.operatorCodes[0].version = 2
    path = tmp_path / "later.tflite"
    path.write_bytes(packed(model))
    before = lir.inspect(float_file(), delegation=False).runtime
    after = lir.inspect(path, delegation=False).runtime
    assert after.version is not None
    assert after.version != before.version
    assert len(after.because) == 1
    assert after.because[0].endswith("version 2")
    assert f"the file says {after.stated}" in after.summary


def test_versions_beyond_the_table_are_named(tmp_path: Path) -> None:
    model = unpacked(float_file().read_bytes())
    model.operatorCodes[0].version = 900
    path = tmp_path / "unknown.tflite"
    path.write_bytes(packed(model))
    needs = lir.inspect(path, delegation=False).runtime
    assert len(needs.unknown) == 1
    assert "newer than is known" in needs.summary
