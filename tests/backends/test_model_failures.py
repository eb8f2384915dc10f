"""What somebody's model may raise, in one line."""

from __future__ import annotations

import subprocess
import sys

import pytest

from litert_ir.backends import load_tensorflow
from litert_ir.backends.model_failures import MODEL_FAILURES, brief, call_failures


@pytest.mark.parametrize(
    "error", [ZeroDivisionError, KeyError, IndexError, UnboundLocalError, NotImplementedError]
)
def test_common_errors_are_failures_of_the_model(error: type[Exception]) -> None:
    assert issubclass(error, MODEL_FAILURES)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, MemoryError, OSError])
def test_troubles_of_the_machine_are_not(error: type[BaseException]) -> None:
    assert not issubclass(error, call_failures())


def test_errors_of_tensorflows_ops_are_failures_of_the_call() -> None:
    assert issubclass(load_tensorflow().errors.InvalidArgumentError, call_failures())


def test_failures_are_known_without_loading_a_framework() -> None:
    script = (
        "import sys; from litert_ir.backends.model_failures import MODEL_FAILURES, call_failures; "
        "assert call_failures() == MODEL_FAILURES; print(*sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120
    )
    assert not {"tensorflow", "jax", "keras"} & set(run.stdout.split())


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("one line"), "ValueError: one line"),
        (ValueError("one\n\n  two  \n"), "ValueError: one | two"),
        (ValueError("again\nagain"), "ValueError: again"),
        (ValueError(), "ValueError: no message"),
        (
            ValueError(
                "Graph execution error:\n\nDetected at node model/lookup defined at (most recent "
                'call last):\n  File "<string>", line 1, in <module>\n\nindices[0] = 99 is not in'
            ),
            "ValueError: indices[0] = 99 is not in",
        ),
        (RuntimeError("\x1b[1mbold\x1b[0m \x1b[31;1mred\x1b[0m"), "RuntimeError: bold red"),
    ],
)
def test_an_error_in_one_line(error: Exception, text: str) -> None:
    assert brief(error) == text


def test_lines_that_tell_of_an_error_are_kept_before_all_others() -> None:
    text = brief(RuntimeError('module {\n <unknown>:0: error: loc("x"): no such op\n}\n'))
    assert text.startswith("RuntimeError: ")
    assert 'loc("x"): no such op' in text
    assert "module {" not in text


def test_a_long_error_is_cut() -> None:
    assert brief(ValueError("x" * 50), limit=10) == f"ValueError: {'x' * 10} ..."


def test_where_a_node_of_a_graph_was_made_is_left_out() -> None:
    message = (
        "Graph execution error:\n\nDetected at node m/Gather defined at (most recent call last):\n"
        '  File "/somewhere/model.py", line 6, in call\n\nindices[40] = 40 is not in [0, 40)\n'
    )
    assert brief(RuntimeError(message)) == "RuntimeError: indices[40] = 40 is not in [0, 40)"
