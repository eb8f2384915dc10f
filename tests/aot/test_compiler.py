"""Vendors' compilers: what they say when they fail, and when their file is incomplete."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import cast

import pytest

import litert_ir as lir
from litert_ir.aot import compiler
from litert_ir.aot.compiler import checked, compile_for
from litert_ir.backends.litert.aot_compiler import AppliedCompiler, telling_lines
from litert_ir.backends.litert.files import packed, unpacked
from litert_ir.errors import AotError, ConversionError
from litert_ir.ir.targets import SocTarget, parse_target
from tests.aot.files import INTEL_CPU, crashing, needs_plugins, rounding

QUALCOMM = cast(SocTarget, parse_target("qualcomm:SM8750"))


def soc(name: str) -> SocTarget:
    return cast(SocTarget, parse_target(name))


@needs_plugins
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("qualcomm:SM8750", "libQnnHtp.so: cannot open shared object file"),
        ("mediatek:MT6991", "Failed to load NeuronAdapter shared library"),
        ("google_tensor:G4", "liblitert_plugin_compiler.so: cannot open shared object file"),
        ("samsung:E9965", "undefined symbol"),
        ("intel:LNL", "libopenvino_intel_npu_compiler"),
    ],
)
def test_a_compiler_that_fails_is_quoted(
    name: str, reason: str, portable: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """These are the compilers themselves, called without their SDKs, past the check for them."""
    monkeypatch.chdir(tmp_path)
    before = set(Path(tempfile.gettempdir()).iterdir())
    with pytest.raises(AotError, match=r"^The vendor's compiler failed\.") as caught:
        compile_for(soc(name), portable, tmp_path / "compiled.tflite")
    error = caught.value
    assert error.where == name
    assert reason in error.received
    assert not any(line.startswith("INFO: [environment") for line in error.received.splitlines())
    assert len(error.native_output.splitlines()) > len(error.received.splitlines())
    assert isinstance(error, ConversionError)
    assert list(tmp_path.iterdir()) == []
    left = set(Path(tempfile.gettempdir()).iterdir()) - before
    assert [path.name for path in left if path.suffix == ".error" or "aot" in path.name] == []


@needs_plugins
def test_an_operator_that_is_not_taken_over_is_named(tmp_path: Path) -> None:
    """A model of nothing else is refused by LiteRT itself."""
    lir.export(rounding(dense=False), tmp_path / "floor.tflite", batch_size=1)
    with pytest.raises(AotError) as caught:
        compile_for(soc(INTEL_CPU), tmp_path / "floor.tflite", tmp_path / "compiled.tflite")
    assert "op type 8 is not supported" in caught.value.received
    assert "selected 0 ops, from a total of 1 ops" in caught.value.received
    assert not (tmp_path / "compiled.tflite").exists()


def test_a_crash_is_an_error(
    portable: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiler, "apply_compiler", crashing)
    with pytest.raises(AotError, match="The vendor's compiler crashed, or took too long") as caught:
        compile_for(soc(INTEL_CPU), portable, tmp_path / "compiled.tflite")
    assert caught.value.where == INTEL_CPU
    assert "died of SIGSEGV while compiling for intel:LNL/cpu" in caught.value.received
    assert list(tmp_path.iterdir()) == []


def test_the_telling_lines() -> None:
    output = "\n".join(
        [
            "INFO: [environment.cc:36] Creating LiteRT environment with options",
            "WARNING: [npu_registry.cc:34] NPU accelerator could not be loaded",
            "CMD: apply",
            "  / /   (_/ /____  / __ \\/ /_",
            "[LITERT_TOOLS:APPLY] \t Done!",
            "INFO: [a.cc:1] op type 8 is not supported",
            "ERROR: [b.cc:2] Exception in compilation:",
            "Cannot load library",
            "",
            "[LITERT_TOOLS:APPLY] \tFailed",
        ]
    )
    assert telling_lines(output).splitlines() == [
        "INFO: [a.cc:1] op type 8 is not supported",
        "ERROR: [b.cc:2] Exception in compilation:",
        "Cannot load library",
        "[LITERT_TOOLS:APPLY] \tFailed",
    ]


def made(path: Path, partitions: int = 1) -> AppliedCompiler:
    return AppliedCompiler(path=path, partitions=partitions)


def with_dispatch(portable: Path, path: Path) -> Path:
    """The portable file with its first operator's code replaced by a dispatch."""
    model = unpacked(portable.read_bytes())
    model.operatorCodes[model.subgraphs[0].operators[0].opcodeIndex].customCode = b"DISPATCH_OP"
    path.write_bytes(packed(model))
    return path


@pytest.mark.parametrize(
    ("content", "received"),
    [(b"", "an empty one"), (b"nothing at all", "This is not a LiteRT file, or not all of one.")],
)
def test_a_file_that_is_none(content: bytes, received: str, portable: Path, tmp_path: Path) -> None:
    path = tmp_path / "compiled.tflite"
    path.write_bytes(content)
    with pytest.raises(AotError, match="an incomplete file") as caught:
        checked(QUALCOMM, portable, made(path))
    assert (caught.value.where, caught.value.received) == ("qualcomm:SM8750", received)


def test_no_file_at_all(portable: Path, tmp_path: Path) -> None:
    with pytest.raises(AotError, match="incomplete"):
        checked(QUALCOMM, portable, made(tmp_path / "missing.tflite"))


def test_a_cut_off_file(portable: Path, tmp_path: Path) -> None:
    path = tmp_path / "compiled.tflite"
    path.write_bytes(portable.read_bytes()[:200])
    with pytest.raises(AotError, match="incomplete"):
        checked(QUALCOMM, portable, made(path))


def test_a_file_of_which_partitions_are_missing(portable: Path, tmp_path: Path) -> None:
    path = with_dispatch(portable, tmp_path / "compiled.tflite")
    assert checked(QUALCOMM, portable, made(path)).partitions == 1
    with pytest.raises(AotError, match="incomplete") as caught:
        checked(QUALCOMM, portable, made(path, partitions=3))
    assert (caught.value.expected, caught.value.received) == ("3 partitions", "1")


def test_a_file_with_another_interface(portable: Path, tmp_path: Path) -> None:
    path = with_dispatch(portable, tmp_path / "compiled.tflite")
    model = unpacked(path.read_bytes())
    model.signatureDefs[0].inputs[0].name = b"pictures"
    path.write_bytes(packed(model))
    with pytest.raises(AotError, match="incomplete") as caught:
        checked(QUALCOMM, portable, made(path))
    assert "images" in caught.value.expected
    assert "pictures" in caught.value.received


def test_a_file_of_which_nothing_was_taken_over(portable: Path) -> None:
    with pytest.raises(AotError, match="took over none of the operators") as caught:
        checked(QUALCOMM, portable, made(portable, partitions=0))
    assert caught.value.expected == "some of the 5 ops"
    assert "the portable file does the same" in caught.value.advice


def test_what_was_taken_over_is_counted(portable: Path, tmp_path: Path) -> None:
    path = with_dispatch(portable, tmp_path / "compiled.tflite")
    found = checked(QUALCOMM, portable, made(path))
    assert (found.ops_total, found.ops_offloaded, found.partitions) == (5, 1, 1)
