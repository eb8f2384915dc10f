"""Damaged files: what is done with them works, or ends in an error of litert_ir's."""

from __future__ import annotations

import collections
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.errors import LiteRTIRError
from litert_ir.runtime.interface_reader import read_interface
from tests.conversion.exports import exported
from tests.runtime.endless_files import looping

TRIES = 100
"""For each way of using files."""
MOST_ELEMENTS = 1 << 20
WORDS = (0, 1, 2, 3, 8, 255, 1 << 20, 1 << 28, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)


def damaged(content: bytes, rng: random.Random) -> bytes:
    """A file cut off, or with some bytes, words or bits changed."""
    if rng.random() < 0.05:
        return content[: rng.randrange(len(content))]
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        at, kind = rng.randrange(len(changed)), rng.random()
        if kind < 0.5:
            changed[at] = rng.randrange(256)
        elif kind < 0.8:
            start = at & ~3
            changed[start : start + 4] = rng.choice(WORDS).to_bytes(4, "little")
        else:
            changed[at] ^= 1 << rng.randrange(8)
    return bytes(changed)


def inputs_of(path: Path) -> list[np.ndarray]:
    """Ones that fit; what would take too much memory here is nobody's input."""
    infos = read_interface(path).inputs
    shapes = [tuple(2 if size is None else size for size in info.shape) for info in infos]
    if sum(np.prod(shape, dtype=float) for shape in shapes) > MOST_ELEMENTS:
        raise LiteRTIRError("too large")
    return [np.ones(shape, info.dtype) for shape, info in zip(shapes, infos, strict=True)]


def run(path: Path) -> None:
    arrays = inputs_of(path)
    file = lir.LiteRTFile(path, timeout=3)
    file.run({info.name: array for info, array in zip(file.inputs, arrays, strict=True)})


def quantize(path: Path) -> None:
    lir.quantize_file(path, path.with_name("dynamic.tflite"), quantization="dynamic", verify=False)


def calibrate(path: Path) -> None:
    sample = tuple(inputs_of(path))
    target = path.with_name("int8.tflite")
    lir.quantize_file(path, target, quantization="int8", calibration=[sample])


def describe(path: Path) -> None:
    found = lir.inspect(path, timeout=3)
    assert str(found)
    assert found.to_json()


def sources() -> list[bytes]:
    traits = ("single", "mixed-dtypes", "nested")
    return [*(exported(trait).content for trait in traits), looping(endless=False)]


@pytest.mark.parametrize("use", [run, quantize, calibrate, describe])
def test_every_end_is_known(use: Callable[[Path], None], tmp_path: Path) -> None:
    contents = sources()
    path = tmp_path / "model.tflite"
    ends: collections.Counter[str] = collections.Counter()
    for number in range(TRIES):
        content = contents[number % len(contents)]
        path.write_bytes(damaged(content, random.Random(f"{use.__name__}{number}")))
        try:
            use(path)
            ends["fine"] += 1
        except LiteRTIRError:
            ends["refused"] += 1
    assert ends["refused"]
    assert list(tmp_path.glob(".*")) == []
