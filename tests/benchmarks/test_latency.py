"""Files: their operators, and how they are run in turns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import attrs
import numpy as np
import pytest

import litert_ir as lir
from benchmarks.latency import File, _timed, compare, interleave, random_input
from benchmarks.litert_files import facts_of
from benchmarks.workloads import Workload, build


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "dense.tflite"
    lir.export(build(Workload.TINY_DENSE), path, verify=False)
    return path


@attrs.define(eq=False)
class Logged(File):
    """A file that keeps a log of its invocations."""

    name: str = ""
    log: list[str] = attrs.field(factory=list)

    def run(self) -> float:
        self.log.append(self.name)
        return float(len(self.log))


def test_facts_are_read_off_a_file(file: Path) -> None:
    facts = facts_of(file)
    assert facts.size == file.stat().st_size
    assert facts.operators == (("FULLY_CONNECTED", 1),)
    assert facts.operator_count == 1


def test_files_run_in_turns_and_none_always_follows_another() -> None:
    log: list[str] = []
    files = [Logged(None, name=name, log=log) for name in "ab"]
    interleave(files, rounds=3, least_seconds=0)
    assert "".join(log) == "aabb" + "abbaab"
    assert [len(each.seconds) for each in files] == [3, 3]


def test_turns_go_on_until_enough_time_has_passed() -> None:
    (several, one) = (Logged(None), Logged(None))
    interleave([several], rounds=1, least_seconds=0.01)
    assert len(several.seconds) > 1
    interleave([one], rounds=20, most_seconds=0)
    assert len(one.seconds) == 1


def test_a_file_is_compared_with_the_first(file: Path) -> None:
    first, second = File.load(file), File.load(file)
    interleave([first, second], rounds=5, least_seconds=0)
    timed = _timed(second, first)
    assert timed.invocations == 5
    assert timed.difference == 0
    assert timed.median is not None
    assert timed.quartiles is not None
    assert 0 < timed.quartiles[0] <= timed.median <= timed.quartiles[1]
    assert timed.ratio is not None
    assert timed.ratio > 0


def test_a_file_that_does_not_load_is_left_out(tmp_path: Path) -> None:
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(b"no model at all")
    (timed,) = compare([broken])
    assert timed.invocations == 0
    assert timed.failure


@pytest.mark.parametrize("dtype", ["float32", "int32", "int64"])
def test_inputs_depend_on_shape_and_type_alone(dtype: str) -> None:
    def inputs() -> Iterator[np.ndarray]:
        generator = np.random.default_rng(3)
        for shape in ((1, 4), (2, 3, 5)):
            yield random_input(generator, shape, np.dtype(dtype))

    for first, again in zip(inputs(), inputs(), strict=True):
        assert np.array_equal(first, again)
        assert first.dtype == dtype
        assert first.min() >= 0
