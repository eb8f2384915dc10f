"""Run a LiteRT file in the child process: there are files of which the interpreter dies."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from litert_ir.errors import ConverterCrashed, FileRejectedError
from litert_ir.isolation.worker import shared_worker
from litert_ir.runtime.runner import Array, LiteRTFile


def prepare() -> None:
    """Start the child process, so that it is there when `run_isolated` needs it."""
    shared_worker().start((__name__,))


def run_isolated(path: Path, inputs: Sequence[Mapping[str, Array]]) -> list[dict[str, Array]]:
    """Run a file on several inputs, in a process that it may crash.

    Args:
        path: The file.
        inputs: Arrays by input name, of real values even where the file takes integers.

    Returns:
        Arrays by output name, of real values even where the file gives integers.

    Raises:
        FileNotFoundError: When there is no such file.
        FileRejectedError: When the file does not load or run, or kills the process.
        ValueError: When a name is missing or unknown, or an array does not fit.
    """
    with crashes_as_rejections(path):
        return shared_worker().call(
            run_on_real_values, path.absolute(), tuple(inputs), task="running the file"
        )


@contextlib.contextmanager
def crashes_as_rejections(path: Path) -> Iterator[None]:
    """Turn the end of the child process into an error about the file that it ran.

    Raises:
        FileRejectedError: When the child process ends meanwhile.
    """
    try:
        yield
    except ConverterCrashed as crash:
        rejected = FileRejectedError(
            "The LiteRT interpreter crashes on the file.",
            where=str(path),
            received=" ".join(filter(None, (crash.summary, crash.native_output))),
            advice=crash.advice,
        )
        rejected.native_output = crash.native_output
        raise rejected from crash


def run_on_real_values(path: Path, inputs: Sequence[Mapping[str, Array]]) -> list[dict[str, Array]]:
    """What `run_isolated` runs in the child process."""
    file = LiteRTFile(path)
    results = [
        file.run({name: file.quantize(name, values) for name, values in named.items()})
        for named in inputs
    ]
    return [
        {name: file.dequantize(name, values) for name, values in named.items()} for named in results
    ]
