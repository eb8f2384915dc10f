"""Quantizing leaves no file open: a removed one would stay on the disk as long as the process."""

from __future__ import annotations

import gc
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from litert_ir.ir.parse_options import parse_recipe
from litert_ir.quantization import child_steps
from litert_ir.runtime.interface_reader import read_interface
from tests.conversion.exports import exported


def open_files() -> Counter[str]:
    """What this process has open, or has mapped through a descriptor of its own."""
    found = Counter[str]()
    for descriptor in os.listdir("/proc/self/fd"):  # noqa: PTH208 - the names alone
        place = Path("/proc/self/fd", descriptor)
        if place.is_symlink():  # not that of the listing itself
            found[str(place.readlink())] += 1
    return found


@pytest.mark.filterwarnings("ignore:Warning. Enabling `experimental_preserve_all_tensors`")
@pytest.mark.parametrize("name", ["dynamic", "int8"])
def test_no_descriptor_stays(name: str, tmp_path: Path) -> None:
    source = exported("single").file.path
    recipe = parse_recipe(name)
    assert recipe is not None
    interface = read_interface(source)
    before = open_files()
    prepared = child_steps.prepare(source, tmp_path / "float.tflite", recipe, None)
    ranges = None
    if recipe.needs_calibration:
        (given,) = interface.inputs
        shape = [2 if size is None else size for size in given.shape]
        samples = [{given.name: np.ones(shape, np.float32)}]
        ranges = child_steps.calibrate(prepared.path, interface.signature_key, samples, {})
    child_steps.quantize(prepared, tmp_path / "small.tflite", recipe, ranges, None)
    gc.collect()
    assert open_files() <= before
    assert read_interface(tmp_path / "small.tflite").inputs == interface.inputs
