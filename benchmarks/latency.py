"""Run LiteRT files in turns in this process, on the same inputs: a, b, then b, a, and so on.

Started afresh by `benchmarks.runner`. Taking turns lets every disturbance fall on all files
alike, and turning the order round in every other round lets no file always follow another:
of two copies of one file, the second of each round is slower by some percent.
ai_edge_litert is imported when the files are loaded.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence
from operator import truediv
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from benchmarks.events import Interleaved, say
from benchmarks.records import Timed

THREADS = 2
SEED = 20240607
LEAST_ROUNDS = 20
LEAST_SECONDS = 5.0
MOST_SECONDS = 120.0
"""Files are run `LEAST_ROUNDS` times each, then until `LEAST_SECONDS` have passed; after
`MOST_SECONDS` no further round begins."""

_WARM_UPS = 2
_INTEGERS_BELOW = 2
"""The bound of integer inputs: BERT's segments, of which there are two."""

Array = NDArray[Any]


@attrs.define(eq=False)
class File:
    """A file in LiteRT's interpreter, with XNNPACK, ready to run on one sample.

    Args:
        interpreter: The interpreter, with its inputs set.
        seconds: Wall time of each timed invocation so far.
    """

    interpreter: Any
    seconds: list[float] = attrs.field(factory=list)

    @classmethod
    def load(cls, path: Path) -> File:
        """Load a file; give it inputs that depend on their shapes and types alone.

        Raises:
            ValueError: When the interpreter does not load the file.
            RuntimeError: When it cannot be prepared to run.
        """
        from ai_edge_litert.interpreter import Interpreter

        interpreter = Interpreter(model_path=str(path), num_threads=THREADS)
        interpreter.allocate_tensors()
        generator = np.random.default_rng(SEED)
        for detail in interpreter.get_input_details():
            values = random_input(generator, tuple(detail["shape"]), np.dtype(detail["dtype"]))
            interpreter.set_tensor(detail["index"], values)
        return cls(interpreter)

    def run(self) -> float:
        """Invoke once; return the duration in seconds."""
        began = time.perf_counter()
        self.interpreter.invoke()
        return time.perf_counter() - began

    def outputs(self) -> tuple[Array, ...]:
        """Return the outputs of the latest invocation."""
        details = self.interpreter.get_output_details()
        return tuple(self.interpreter.get_tensor(detail["index"]) for detail in details)


def random_input(
    generator: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any]
) -> Array:
    """Numbers in [0, 1) for floats, small ones for integers; a dynamic batch is one sample."""
    if np.issubdtype(dtype, np.integer):
        return generator.integers(0, _INTEGERS_BELOW, shape).astype(dtype)
    return generator.random(shape).astype(dtype)


def interleave(
    files: Sequence[File],
    *,
    rounds: int = LEAST_ROUNDS,
    least_seconds: float = LEAST_SECONDS,
    most_seconds: float = MOST_SECONDS,
) -> None:
    """Run files in turns, and keep the time of each invocation.

    Args:
        files: The files.
        rounds: Least number of rounds.
        least_seconds: Least time for all rounds together.
        most_seconds: After so long no further round begins, of which one is always made.
    """
    for file in files:
        for _ in range(_WARM_UPS):
            file.run()
    began = time.perf_counter()
    done = 0
    while True:
        for file in files if done % 2 == 0 else reversed(files):
            file.seconds.append(file.run())
        done += 1
        elapsed = time.perf_counter() - began
        if elapsed >= most_seconds or (done >= rounds and elapsed >= least_seconds):
            return


def compare(paths: Sequence[Path]) -> tuple[Timed, ...]:
    """Load files, run them in turns, and compare their outputs.

    Args:
        paths: The files; those that do not run are left out of the turns.

    Returns:
        One entry per file, in order.
    """
    files = [_loaded(path) for path in paths]
    running = [file for file in files if isinstance(file, File)]
    if running:
        interleave(running)
    return tuple(
        _timed(file, running[0]) if isinstance(file, File) else Timed(failure=file)
        for file in files
    )


def _loaded(path: Path) -> File | str:
    """The loaded file, or the reason that it does not run."""
    try:
        file = File.load(path)
        file.run()
    except (ValueError, RuntimeError) as error:
        return str(error)
    return file


def _timed(file: File, first: File) -> Timed:
    pairs = zip(file.outputs(), first.outputs(), strict=True)
    return Timed(
        invocations=len(file.seconds),
        median=statistics.median(file.seconds),
        quartiles=_quartiles(file.seconds),
        ratio=statistics.median(map(truediv, file.seconds, first.seconds)),
        difference=max(float(np.abs(one - other).max()) for one, other in pairs),
    )


def _quartiles(seconds: Sequence[float]) -> tuple[float, float]:
    first, third = np.quantile(seconds, (0.25, 0.75))
    return float(first), float(third)


def main(arguments: Sequence[str]) -> None:
    """Run the files that the arguments name, and print the results as events."""
    if not arguments:
        sys.exit("usage: python -m benchmarks.latency FILE...")
    say(Interleaved(compare(tuple(map(Path, arguments)))))


if __name__ == "__main__":
    main(sys.argv[1:])
