"""Exports that are killed, terminated or interrupted, at each phase."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

import litert_ir
from litert_ir.backends import load_keras
from litert_ir.conversion.target import pending_file
from tests.faults import stopping_exports
from tests.faults.stopping_exports import COMMITTING, WRITING, Order

ROOT = Path(litert_ir.__file__).parents[1]
SECONDS = 60
OLD = b"the old file"
EXIT_CODES = {signal.SIGKILL: -9, signal.SIGTERM: 143, signal.SIGINT: 130}


@attrs.frozen
class Exports:
    """The warm process that exports are forked from."""

    process: subprocess.Popen[str]

    def start(self, order: Order) -> int:
        """Start an export; its process id."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(attrs.asdict(order)) + "\n")
        self.process.stdin.flush()
        return self._number()

    def exit_code(self) -> int:
        """The exit code of the export; -9 after SIGKILL."""
        return self._number()

    def _number(self) -> int:
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())


@pytest.fixture(scope="module")
def exports() -> Iterator[Exports]:
    with subprocess.Popen(
        [sys.executable, "-m", stopping_exports.__name__],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Exports(process)
        process.kill()


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved model."""
    keras = load_keras()
    x = keras.Input((3,), batch_size=1)
    path = tmp_path_factory.mktemp("saved") / "model.keras"
    keras.Model(x, keras.layers.Dense(2)(x)).save(path)
    return path


@attrs.frozen
class Place:
    """Where an export works: a target's folder with an old file, and one for temporary files."""

    folder: Path

    @property
    def target(self) -> Path:
        return self.folder / "targets" / "model.tflite"

    @property
    def left(self) -> list[str]:
        """All files beside the target, and all temporary ones."""
        found = [*self.target.parent.iterdir(), *(self.folder / "temporary").iterdir()]
        return sorted(path.name for path in found if path != self.target)

    def order(self, saved: Path, phase: str | None, *options: str) -> Order:
        return Order(
            arguments=["export", str(saved), "-o", str(self.target), *options],
            phase=phase,
            fifo=str(self.folder / "fifo"),
            temporary=str(self.folder / "temporary"),
            output=str(self.folder / "output"),
        )


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    for name in ("targets", "temporary"):
        (tmp_path / name).mkdir()
    os.mkfifo(tmp_path / "fifo")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    made = Place(tmp_path)
    made.target.write_bytes(OLD)
    return made


BEFORE_FILES = ("loading the model", "planning")
OPTIONS = {"quantizing": ("--recipe", "dynamic"), "compiling for": ("--aot", "intel:LNL/cpu")}
PHASES = (
    *BEFORE_FILES,
    "running the model",
    "converting",
    "quantizing",
    WRITING,
    "comparing with the model",
    "compiling for",
    COMMITTING,
)


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("number", EXIT_CODES)
def test_an_export_that_ends_early(
    exports: Exports, saved: Path, place: Place, phase: str, number: signal.Signals
) -> None:
    export = exports.start(place.order(saved, phase, *OPTIONS.get(phase, ())))
    child = int((place.folder / "fifo").read_text())
    watched = os.pidfd_open(child) if child else None
    os.kill(export, number)
    assert exports.exit_code() == EXIT_CODES[number], (place.folder / "output").read_text()
    assert place.target.read_bytes() == OLD
    if watched is not None:
        assert select.select([watched], [], [], SECONDS)[0], "the child is still there"
        os.close(watched)
    if number is signal.SIGKILL:
        assert bool(place.left) == (phase not in BEFORE_FILES)
        with pending_file(place.target):  # what the next export begins with
            pass
    else:
        assert "Traceback" not in (place.folder / "output").read_text()
    assert place.left == []


@pytest.mark.parametrize("closed", [[1], [0, 1, 2]])
def test_an_export_without_some_streams(
    exports: Exports, saved: Path, place: Place, closed: list[int]
) -> None:
    order = attrs.evolve(place.order(saved, None), closed=closed)
    exports.start(order)
    assert exports.exit_code() == 0
    assert litert_ir.LiteRTFile(place.target).outputs
    assert place.left == []
    shown = (place.folder / "output").read_text()
    assert ("parity" in shown) == (1 not in closed)
