"""A process with Keras on JAX in which TensorFlow cannot be imported; it answers questions.

Starting it takes seconds, so one process answers all questions of a topic of `answers`.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[3]
MAIN = "import sys; from tests.backends.jax.process import main; main(*sys.argv[1:])"
SETTINGS = {
    "KERAS_BACKEND": "jax",
    "JAX_PLATFORMS": "cpu",
    "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",  # compiles in half the time
}


class WithoutTensorFlow(PathFinder):
    """Finds what is installed but TensorFlow, of which `sys.modules` then has no trace either.

    Keras takes TensorFlow for loaded where `sys.modules` has its name, even with None.
    """

    @classmethod
    def find_spec(
        cls,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] == "tensorflow":
            return None
        return super().find_spec(fullname, path, target)


def block_tensorflow() -> None:
    """Keep TensorFlow from being found, as if it were not installed."""
    sys.meta_path[sys.meta_path.index(PathFinder)] = WithoutTensorFlow


def unblock_tensorflow() -> None:
    """Let it be found again."""
    sys.meta_path[sys.meta_path.index(WithoutTensorFlow)] = PathFinder


def answers_of(questions: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    """Each question's answer; of one that fails, the traceback."""
    found: dict[str, Any] = {}
    for name, question in questions.items():
        try:
            found[name] = {"answer": question()}
        except Exception:  # noqa: BLE001  (whatever it is, the test of this question reports it)
            found[name] = {"failure": traceback.format_exc()}
    return found


def main(topic: str, target: str) -> None:
    """Answer everything of a topic, and write the answers to a file, in JSON."""
    block_tensorflow()
    from tests.backends.jax.answers import TOPICS, WITH_TENSORFLOW

    found = answers_of(TOPICS[topic])
    unblock_tensorflow()
    found.update(answers_of(WITH_TENSORFLOW.get(topic, {})))
    Path(target).write_text(json.dumps(found), encoding="utf-8")


@functools.cache
def _all_answers(topic: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "answers.json")
        run = subprocess.run(
            [sys.executable, "-W", "error::UserWarning", "-c", MAIN, topic, str(target)],
            cwd=ROOT,
            env={**os.environ, **SETTINGS},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        answers: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    return answers


def answer(question: str, topic: str = "plans") -> Any:
    """What the topic's process on JAX answers."""
    given = _all_answers(topic)[question]
    assert "failure" not in given, given["failure"]
    return given["answer"]
