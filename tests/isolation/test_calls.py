"""Calls that the child survives: results, exceptions, output, and which child answers."""

from __future__ import annotations

import math
import operator
import os
import pickle
import select
import threading
from pathlib import Path

import attrs
import numpy as np
import pytest

from litert_ir.errors import ConversionError, FileRejectedError, UnsupportedOp, UnsupportedOpsError
from litert_ir.isolation import place
from litert_ir.isolation.worker import Worker, shared_worker
from tests.isolation import functions


@attrs.frozen
class Point:
    """Data that this module and the child both know."""

    x: float
    names: tuple[str, ...]


@pytest.mark.parametrize("value", [None, b"\0\xff", "text", Point(1.5, ("a", "b"))], ids=repr)
def test_values_come_back(worker: Worker, value: object) -> None:
    assert worker.call(functions.echo, value) == value


def test_arrays_come_back(worker: Worker) -> None:
    arrays = {"a": np.arange(6, dtype=np.int8).reshape(2, 3), "b": np.array(math.nan)}
    found = worker.call(functions.echo, arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array, strict=True)


@pytest.mark.parametrize("unit", ["text ", b"bytes"], ids=["str", "bytes"])
def test_large_values_go_both_ways(worker: Worker, unit: str | bytes) -> None:
    large = unit * 6_000_000
    assert worker.call(operator.getitem, (large, large), 1) == large


def test_many_threads_share_a_child(worker: Worker) -> None:
    found: dict[int, int] = {}

    def ask(number: int) -> None:
        found[number] = worker.call(functions.echo, number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: number for number in range(16)}


def test_a_child_is_kept(worker: Worker) -> None:
    assert worker.call(functions.process_id) == worker.call(functions.process_id) == worker.pid


def test_our_errors_arrive_with_their_fields(worker: Worker) -> None:
    error = UnsupportedOpsError([UnsupportedOp("Erf", ("gelu",))])
    with pytest.raises(UnsupportedOpsError) as caught:
        worker.call(functions.fail_with, error)
    assert caught.value.ops == error.ops
    assert caught.value.advice == error.advice
    (note,) = caught.value.__notes__
    assert "in fail_with" in note


def test_a_conversion_error_brings_what_was_printed_meanwhile(worker: Worker) -> None:
    worker.call(functions.say, "loc: error: printed by an earlier call\n")
    with pytest.raises(ConversionError) as caught:
        worker.call(functions.say_and_fail, "loc: error: no kernel\n", ConversionError("No."))
    assert caught.value.native_output == "loc: error: no kernel"


@pytest.mark.parametrize(
    "error", [ValueError("bad"), KeyError("name"), OSError(2, "gone", "file")], ids=repr
)
def test_other_exceptions_arrive_as_they_are(worker: Worker, error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        worker.call(functions.fail_with, error)
    assert (type(caught.value), str(caught.value)) == (type(error), str(error))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("rebuilt", "tests.isolation.functions.NeedsTwoError: this and that"),
        ("pickled", "tests.isolation.functions.HoldsALambdaError: holds a lambda"),
    ],
)
def test_exceptions_that_do_not_survive_pickling(worker: Worker, kind: str, text: str) -> None:
    with pytest.raises(ConversionError, match=r"An error ended failing badly\.") as caught:
        worker.call(functions.fail_badly, kind, task="failing badly")
    assert caught.value.received == text
    assert "in fail_badly" in caught.value.__notes__[0]


def test_an_exception_of_a_package_that_is_not_loaded_here_does_not_load_it(
    worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker.start()  # the child does not know this folder from its start
    (tmp_path / "foreign_natives.py").write_text("class ForeignError(Exception): pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConversionError) as caught:
        worker.call(functions.fail_as, "foreign_natives")
    assert caught.value.received == "foreign_natives.ForeignError: abroad"


@pytest.mark.parametrize(
    "function", [lambda: None, functions.returns_a_lambda], ids=["function", "result"]
)
def test_what_cannot_be_pickled_is_an_error_and_no_crash(worker: Worker, function: object) -> None:
    assert callable(function)
    child = worker.call(functions.process_id)
    with pytest.raises((pickle.PicklingError, AttributeError), match="pickle"):
        worker.call(function)
    assert worker.call(functions.process_id) == child


def test_a_function_of_main_is_refused(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions.echo, "__module__", "__main__")
    with pytest.raises(ValueError, match="put it into a module"):
        worker.call(functions.echo, 1)


def test_output_is_that_of_the_latest_call(worker: Worker) -> None:
    worker.call(functions.say, "first\n")
    assert worker.native_output == "first\nfirst"
    worker.call(functions.say, "second\n")
    assert worker.native_output == "second\nsecond"


def test_megabytes_of_output_leave_the_last_lines(worker: Worker) -> None:
    worker.call(functions.say, "x" * 100_000 + "\nlast\n", 20)
    assert worker.native_output.splitlines()[-1] == "last"
    assert len(worker.native_output) < 20_000


def test_nothing_else_of_this_process_is_open_in_the_child(worker: Worker) -> None:
    assert worker.call(functions.descriptors_beyond_the_standard_ones) == 2
    assert worker.call(functions.stdin_is_empty)


def test_a_call_leaves_no_garbage(worker: Worker) -> None:
    worker.call(functions.make_garbage)
    assert worker.call(functions.garbage_is_gone)


def test_a_child_may_have_an_environment_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITERT_IR_KEPT", "kept")
    monkeypatch.setenv("LITERT_IR_CHANGED", "before")
    with Worker(environment={"LITERT_IR_CHANGED": "after"}) as own:
        found = [own.call(os.getenv, f"LITERT_IR_{name}") for name in ("KEPT", "CHANGED")]
    assert found == ["kept", "after"]
    assert os.environ["LITERT_IR_CHANGED"] == "before"


def test_a_child_is_out_of_the_terminals_reach(worker: Worker) -> None:
    child = worker.call(functions.process_id)
    assert os.getsid(child) == os.getpgid(child) == child


def test_modules_of_the_working_directory_shadow_none(
    worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "attrs.py").write_text("raise ValueError('shadowed')\n")
    monkeypatch.chdir(tmp_path)
    worker.recycle()
    assert worker.call(functions.echo, "alive") == "alive"


def test_a_child_loads_no_framework_by_itself(worker: Worker) -> None:
    frameworks = ("keras", "tensorflow", "jax", "ai_edge_litert", "litert_converter")
    worker.recycle()
    assert worker.call(functions.loaded, frameworks) == []


def test_modules_are_loaded_ahead() -> None:
    with Worker() as worker:
        worker.start(("wave", "no_such_module", "this"))
        child = worker.pid
        assert worker.call(functions.loaded, ("wave", "this", "chess")) == ["wave", "this"]
        worker.start(("chunk",))
        assert worker.call(functions.loaded, ("chunk",)) == ["chunk"]
        assert worker.pid == child


def test_a_child_is_replaced_after_so_many_calls() -> None:
    with Worker(max_calls=2) as worker:
        children = [worker.call(functions.process_id) for _ in range(5)]
        assert worker.pid == children[4]
    assert children[0] == children[1] != children[2] == children[3] != children[4]
    assert worker.pid is None


def test_a_recycled_child_is_replaced(worker: Worker) -> None:
    child = worker.call(functions.process_id)
    worker.recycle()
    assert not Path(f"/proc/{child}").exists()
    assert worker.call(functions.process_id) != child


def test_a_child_that_cannot_be_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    with Worker() as worker:
        worker.start()
        with pytest.raises(ConversionError, match="cannot be started") as caught:
            worker.call(functions.process_id)
        assert caught.value.where == str(tmp_path / "python")


def test_all_native_work_shares_one_worker() -> None:
    assert shared_worker() is shared_worker()


def test_a_rejected_file_is_one_here_too(worker: Worker) -> None:
    with pytest.raises(FileRejectedError):
        worker.call(functions.fail_with, FileRejectedError("No."))


def test_what_was_preloaded_is_not_looked_at_after_each_call() -> None:
    with Worker() as worker:
        worker.start(("decimal",))
        assert worker.call(functions.exempted_from_collection) > 1000


def test_a_child_without_work_ends_and_is_replaced() -> None:
    with Worker(idle_s=0.2) as worker:
        child = worker.call(functions.process_id)
        with os.fdopen(os.pidfd_open(child)) as process:
            assert select.select([process], [], [], 20)[0]
        assert worker.call(functions.process_id) != child


def test_native_work_knows_where_it_is(worker: Worker) -> None:
    assert worker.call(place.is_child)
    assert not place.is_child()
