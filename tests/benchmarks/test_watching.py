"""Memory of processes and of trees of processes, and what is made of it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.assembly import extra_of, measurement_of
from benchmarks.events import MARK, Began, Built, Ended, heard, say
from benchmarks.memory import (
    Memory,
    high_water,
    memory_of,
    reset_high_water,
    settle,
    shared_with,
)
from benchmarks.records import Exported, Measurement, Stage
from benchmarks.tree import Sample, Tree, TreeWatch
from benchmarks.watched import Watched
from tests.benchmarks import hungry
from tests.benchmarks.hungry import CHILD, MB, OWN

HUNGRY = hungry.__name__
SLACK = 30 * MB
"""What Python itself takes besides."""

BYTES = st.integers(0, 10**10)
MEMORY = st.builds(Memory, BYTES, BYTES)
BEGAN = Began(stage=Stage.COLD, at=1.0, own=Memory(100, 60), children=Memory(30, 20))


def ended(own: int | None = None, children: int | None = None, shared: int = 0) -> Ended:
    return Ended(
        stage=Stage.COLD,
        at=2.0,
        own_high_water=own,
        children_high_water=children,
        shared=shared,
        exported=Exported(strategy="none"),
    )


def sample(root: tuple[int, int], children: tuple[int, int]) -> Sample:
    return Sample(at=1.5, root=Memory(*root), children=Memory(*children))


def test_memory_of_this_process_has_both_parts() -> None:
    before = memory_of(os.getpid())
    block = bytearray(b"x") * (64 * MB)
    after = memory_of(os.getpid())
    assert 0 < before.anonymous < before.resident
    assert after.anonymous - before.anonymous >= 60 * MB
    assert after.resident - before.resident >= 60 * MB
    del block


def test_a_process_that_has_ended_has_no_memory() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert memory_of(process.pid) == Memory()
    assert high_water(process.pid) is None
    assert shared_with(process.pid, os.getpid()) == 0


def test_the_high_water_mark_keeps_what_is_gone() -> None:
    settle()
    if not reset_high_water(os.getpid()):
        pytest.skip("this kernel does not reset high-water marks")
    before = memory_of(os.getpid()).resident
    block = bytearray(b"x") * (64 * MB)
    del block
    mark = high_water(os.getpid())
    assert mark is not None
    assert mark - before >= 60 * MB


def test_two_pythons_share_the_pages_of_their_libraries() -> None:
    wait = [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()"]
    with subprocess.Popen(wait, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        memory = memory_of(child.pid)
        shared = shared_with(child.pid, os.getpid())
        assert 0 < shared <= memory.resident - memory.anonymous + MB
        assert shared_with(child.pid, child.pid) >= shared
        child.communicate()


def test_a_tree_holds_grandchildren_and_drops_what_has_ended() -> None:
    inner = "import sys; print('up', flush=True); sys.stdin.read()"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    tree = Tree(os.getpid())
    others = set(tree.children())
    command = [sys.executable, "-c", outer]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        found = {*tree.children(), *tree.children()} - others
        assert child.pid in found
        assert len(found) == 2
        child.communicate()
    assert not found & set(tree.children())


def test_a_fork_counts_once_it_runs_a_program_of_its_own() -> None:
    tree = Tree(os.getpid())
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.read(reading, 1)
        os._exit(0)
    try:
        assert pid not in tree.children()
    finally:
        os.write(writing, b".")
        os.waitpid(pid, 0)
        os.close(reading)
        os.close(writing)


def test_a_watch_keeps_its_samples_in_order() -> None:
    watch = TreeWatch(os.getpid())
    began = time.perf_counter()
    first, second = watch.sample(), watch.sample()
    assert watch.between(began, time.perf_counter()) == (first, second)
    assert watch.between(second.at, float("inf")) == (second,)
    assert first.root.resident > 0


def measured(ending: str) -> tuple[Measurement | None, str, str]:
    with Watched(HUNGRY, (ending,)) as process:
        process.wait(60, lambda _: None)
        measurement = measurement_of(process.events, process.watch)
        return measurement, process.failure, process.stderr_tail


def test_the_peak_of_a_real_tree_is_seen_from_outside() -> None:
    measurement, failure, _ = measured("end")
    assert failure == ""
    assert measurement is not None
    extra = measurement.cold.extra
    assert (measurement.weights, measurement.file.size) == (7, 3)
    assert CHILD <= extra.resident <= CHILD + SLACK
    assert CHILD <= extra.anonymous <= CHILD + SLACK
    assert CHILD <= extra.children <= CHILD + SLACK
    assert extra.parent < OWN / 2
    assert extra.resident_limit is None or extra.resident_limit >= OWN + CHILD
    assert extra.samples >= 5
    assert 0.2 <= measurement.cold.seconds < 60


def test_a_process_that_fails_says_why() -> None:
    measurement, failure, tail = measured("crash")
    assert measurement is None
    assert failure == "exit status 1"
    assert tail == "[boom] no file"


def test_a_process_that_takes_too_long_is_killed() -> None:
    with Watched(HUNGRY, ("hang",)) as process:
        process.wait(0.05, lambda _: None)
        assert process.failure == "stopped after 0.05 s"


def test_an_objection_kills_the_process_and_its_children() -> None:
    with Watched(HUNGRY, ("hang",)) as process:
        tree = Tree(os.getpid())
        reason = process.wait(
            60, lambda each: "enough" if each.children.anonymous > CHILD else None
        )
        running = set(tree.children())
    assert reason == "enough"
    assert not [pid for pid in running if HUNGRY.encode() in _command(pid)]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return b""


def test_events_are_heard_among_other_lines(capsys: pytest.CaptureFixture[str]) -> None:
    events = (Built(weights=3, load_average=0.25), BEGAN, ended(own=1, shared=2))
    for event in events:
        sys.stdout.write("a framework says")
        say(event)
    lines = capsys.readouterr().out.splitlines(keepends=True)
    assert len(lines) > len([line for line in lines if line.startswith(MARK)]) == 3
    assert tuple(heard(iter(lines))) == events


def test_extra_memory_is_what_comes_on_top() -> None:
    samples = [sample((150, 70), (60, 50)), sample((180, 65), (20, 10))]
    extra = extra_of(BEGAN, ended(own=185, children=70, shared=10), samples)
    assert (extra.resident, extra.parent, extra.children) == (70, 50, 20)
    assert extra.resident_limit == 185 - 100 + 70 - 10 - 30
    assert extra.anonymous == 70 + 50 - 60 - 20
    assert extra.samples == 2


def test_the_kernels_mark_counts_where_samples_missed_the_peak() -> None:
    extra = extra_of(BEGAN, ended(own=400), [sample((110, 60), (30, 20))])
    assert (extra.resident, extra.parent, extra.children) == (270, 300, -30)
    assert extra.resident_limit is None


@given(
    own=st.none() | BYTES,
    children=st.none() | BYTES,
    shared=BYTES,
    seen=st.lists(st.tuples(MEMORY, MEMORY), max_size=4),
)
def test_extra_memory_is_never_negative_nor_above_its_limit(
    own: int | None, children: int | None, shared: int, seen: list[tuple[Memory, Memory]]
) -> None:
    samples = [Sample(at=1.5, root=root, children=rest) for root, rest in seen]
    extra = extra_of(BEGAN, ended(own, children, shared), samples)
    assert extra.resident == max(0, extra.parent + extra.children)
    assert extra.anonymous >= 0
    assert extra.resident_limit is None or extra.resident_limit >= extra.resident
