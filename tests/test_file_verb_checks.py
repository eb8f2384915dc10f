"""What is wrong with a request to quantize a file is told before anything is quantized."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import litert_ir as lir
from litert_ir.backends import load_schema
from litert_ir.errors import (
    FilepathError,
    FileRejectedError,
    LiteRTIRError,
    ModelSourceError,
    OptionsError,
    SamplesError,
    TargetError,
)
from litert_ir.quantization import file as quantizer
from tests.conversion.stubs import edited
from tests.runtime.quantized_files import float_file, quantized_file, samples


def not_a_file(folder: Path) -> Path:
    path = folder / "renamed.tflite"
    path.write_bytes(b"PK\x03\x04 a .keras file, renamed")
    return path


def cut(folder: Path) -> Path:
    """The beginning of a file, with its signature but without all of its buffers."""
    path = folder / "cut.tflite"
    content = float_file().read_bytes()
    path.write_bytes(content[: len(content) // 3])
    return path


def of_type(folder: Path, side: str, name: str) -> Path:
    """The file with another type of its first input or output."""

    def edit(model: Any) -> None:
        graph = model.subgraphs[0]
        graph.tensors[getattr(graph, side)[0]].type = getattr(load_schema().TensorType, name)

    path = folder / "typed.tflite"
    path.write_bytes(edited(float_file().read_bytes(), edit))
    return path


def endless() -> Iterator[Any]:
    while True:
        yield samples(1)[0]["image"]


Ask = Callable[[Path], dict[str, Any]]
FAULTS: list[tuple[Ask, type[LiteRTIRError], str, str]] = [
    (
        lambda f: {"source": f / "no.tflite"},
        ModelSourceError,
        "There is no file to quantize",
        "no.tflite",
    ),
    (lambda _: {"source": None}, ModelSourceError, "There is no file to quantize", "None"),
    (
        lambda f: {"source": cut(f)},
        FileRejectedError,
        "not a LiteRT file, or not all of one",
        "cut.tflite",
    ),
    (
        lambda f: {"source": of_type(f, "inputs", "STRING")},
        FileRejectedError,
        "a type that cannot be given or compared",
        "image",
    ),
    (
        lambda f: {"source": of_type(f, "outputs", "INT4")},
        FileRejectedError,
        "a type that cannot be given or compared",
        "scores",
    ),
    (
        lambda _: {"source": quantized_file("float16")},
        FileRejectedError,
        "quantized already",
        "float16",
    ),
    (
        lambda _: {"calibration": Path("data.npz")},
        SamplesError,
        "A path is not read as samples",
        "calibration",
    ),
    (lambda f: {"source": f}, ModelSourceError, "There is no file to quantize", ""),
    (
        lambda f: {"source": not_a_file(f)},
        FileRejectedError,
        "not a LiteRT file",
        "renamed.tflite",
    ),
    (
        lambda _: {"source": quantized_file("int8")},
        FileRejectedError,
        "quantized already",
        "int8",
    ),
    (lambda f: {"target": f / "m.bin"}, FilepathError, "must end with", "filepath"),
    (lambda f: {"target": f / "x" / "m.tflite"}, TargetError, "does not exist", "m.tflite"),
    (lambda _: {"quantization": "int3"}, OptionsError, "Unknown precision", "quantization"),
    (lambda _: {"quantization": "float"}, OptionsError, "quantizes nothing", "quantization"),
    (lambda _: {"quantization": None}, OptionsError, "quantizes nothing", "quantization"),
    (lambda _: {"calibration": None}, OptionsError, "needs samples", "calibration"),
    (lambda _: {"calibration": []}, SamplesError, "There are no samples", "calibration"),
    (
        lambda _: {"calibration": [{"image": samples(1)[0]["image"]}]},
        SamplesError,
        "does not fit the inputs",
        "sample 0 of calibration",
    ),
    (lambda _: {"calibration": endless}, SamplesError, "does not fit", "sample 0 of calibration"),
    (
        lambda _: {"calibration": iter(samples())},
        SamplesError,
        "read only once",
        "calibration",
    ),
    (lambda _: {"calibration_limit": 0}, OptionsError, "number of samples", "calibration_limit"),
    (lambda _: {"verify": "yes"}, OptionsError, "whether and how", "verify"),
    (
        lambda _: {"verify": lir.Verification(samples=[])},
        SamplesError,
        "There are no samples",
        "Verification.samples",
    ),
]


@pytest.fixture
def no_quantizing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quantizing fails the test."""

    def never(*_: object, **__: object) -> None:
        raise AssertionError("it was quantized before everything was checked")

    monkeypatch.setattr(quantizer, "quantize_file", never)


@pytest.mark.usefixtures("no_quantizing")
@pytest.mark.parametrize(("ask", "kind", "message", "where"), FAULTS)
def test_all_is_checked_before_anything_is_quantized(
    ask: Ask,
    kind: type[LiteRTIRError],
    message: str,
    where: str,
    tmp_path: Path,
) -> None:
    asked: dict[str, Any] = {
        "source": float_file(),
        "target": tmp_path / "m.tflite",
        "quantization": "int8",
        "calibration": samples(),
        **ask(tmp_path),
    }
    with pytest.raises(kind, match=message) as caught:
        lir.quantize_file(asked.pop("source"), asked.pop("target"), **asked)
    assert where in caught.value.where
    assert not (tmp_path / "m.tflite").exists()


@pytest.mark.usefixtures("no_quantizing")
def test_the_float_file_is_not_replaced_by_what_is_made_of_it(tmp_path: Path) -> None:
    source, link = tmp_path / "m.tflite", tmp_path / "link.tflite"
    source.write_bytes(float_file().read_bytes())
    link.symlink_to(source)
    for target in (source, link):
        with pytest.raises(TargetError, match="would replace the float one") as caught:
            lir.quantize_file(source, target, quantization="dynamic")
        assert caught.value.where == str(target)
    assert source.read_bytes() == float_file().read_bytes()


def test_a_rejected_file_is_not_called_by_its_temporary_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_source: Path, target: Path, *_: object, **__: object) -> None:
        target.write_bytes(b"nothing")

    monkeypatch.setattr(quantizer, "quantize_file", broken)
    target = tmp_path / "m.tflite"
    with pytest.raises(FileRejectedError, match="not a LiteRT file") as caught:
        lir.quantize_file(float_file(), target, quantization="dynamic")
    assert caught.value.where == f"the quantized file for {target}"
    assert caught.value.advice
    assert list(tmp_path.iterdir()) == []
