"""Run a LiteRT file in the child process: some files crash the interpreter."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar, TypeVarTuple

from litert_ir.backends.model_failures import brief
from litert_ir.errors import ConverterCrashed, FileRejectedError
from litert_ir.errors.advice import advise
from litert_ir.errors.setting_names import VERIFY_TIMEOUT
from litert_ir.isolation.call import Translate
from litert_ir.isolation.time_limits import WARM_SAVES_S, TimeBudget, running_s
from litert_ir.isolation.worker import shared_worker
from litert_ir.runtime.interface_reader import FileInterface, read_interface_by_name
from litert_ir.runtime.interpreter import Array, LoadedFile

R = TypeVar("R")
Ts = TypeVarTuple("Ts")

_MORE_TIME = advise("allow more time: {timeout}", timeout=VERIFY_TIMEOUT)


def prepare() -> None:
    """Start the child process ahead of `run_isolated`."""
    shared_worker().start((__name__,))


def run_isolated(
    path: Path, inputs: Sequence[Mapping[str, Array]], budget: TimeBudget | None = None
) -> list[dict[str, Array]]:
    """Run a file on several inputs, in a child process that it may crash.

    Args:
        path: The file.
        inputs: Arrays by input name, of real values even where the file takes integers.
        budget: The seconds that are allowed; by default many times the usual time of such a file.

    Returns:
        Arrays by output name, of real values even where the file gives integers.

    Raises:
        FileNotFoundError: When there is no such file.
        FileRejectedError: When the file does not load or run, or kills the process.
        ConverterCrashed: When it does not end in time, or the process is killed from outside.
        ValueError: When a name is missing or unknown, or an array does not fit.
    """
    return call_on_file(
        path,
        budget or TimeBudget(),
        running_s(path.stat().st_size, elements_of(read_interface_by_name(path), inputs)),
        "running the file",
        run_on_real_values,
        path.absolute(),
        tuple(inputs),
    )


def call_on_file(
    path: Path,
    budget: TimeBudget,
    default_s: float,
    task: str,
    function: Callable[[*Ts], R],
    *args: *Ts,
) -> R:
    """Call a function that runs a file in the child process; retry once if the child was killed.

    Args:
        path: The file that is to blame for a crash.
        budget: The seconds that are allowed.
        default_s: The seconds that are allowed by default, a child's start included.
        task: The activity, for errors.
        function: A module-level function without side effects.
        *args: Its arguments.

    Raises:
        FileRejectedError: When the file does not load or run, or kills the process.
        ConverterCrashed: When it does not end in time, or the process is killed from outside
            again.
        ValueError: When the function raises it for wrong arguments.
    """
    worker = shared_worker()

    def call() -> R:
        return worker.call(
            function,
            *args,
            time_limit_s=budget.left(default_s - WARM_SAVES_S * worker.is_warm),
            task=task,
            translate=translated_for(path),
        )

    with blamed_for_crashes(path, task, budget, _MORE_TIME):
        return once_more_if_killed(call)


def once_more_if_killed(call: Callable[[], R]) -> R:
    """Return the result of a call of a child process; repeat it if the child was killed.

    Args:
        call: Calls a function without side effects.

    Raises:
        ConverterCrashed: When the child crashes, or is killed from outside again.
    """
    try:
        return call()
    except ConverterCrashed as crash:
        if not crash.is_from_outside:
            raise
    return call()


def elements_of(interface: FileInterface, inputs: Sequence[Mapping[str, Array]]) -> Iterator[int]:
    """Yield for each run the number of elements of the largest input or output, as far as known."""
    known = [
        math.prod(size for size in info.shape if size is not None) for info in interface.outputs
    ]
    for named in inputs:
        yield max([*known, *(array.size for array in named.values())], default=0)


def translated_for(path: Path) -> Translate:
    """Return the translation of the child's exceptions: errors of the caller pass unchanged."""

    def translate(error: Exception) -> Exception:
        if isinstance(error, ValueError | FileNotFoundError):
            return error
        return FileRejectedError(
            "The LiteRT interpreter fails on the file.", where=str(path), received=brief(error)
        )

    return translate


@contextlib.contextmanager
def blamed_for_crashes(path: Path, task: str, budget: TimeBudget, more_time: str) -> Iterator[None]:
    """Turn a crash of the child process into an error about the file, if that is the cause.

    Args:
        path: The file.
        task: The activity, for errors.
        budget: The seconds that are allowed.
        more_time: Advice on how to allow more time.

    Raises:
        FileRejectedError: When native code crashes.
        ConverterCrashed: When it does not end in time, or the process is killed from outside.
    """
    try:
        yield
    except ConverterCrashed as crash:
        if crash.is_from_outside:
            raise
        if not crash.timed_out:
            raise _rejected(path, crash) from crash
        raise ConverterCrashed(
            task,
            timed_out=True,
            time_limit_s=budget.seconds or crash.time_limit_s,
            native_output=crash.native_output,
            advice=more_time,
        ) from crash


def _rejected(path: Path, crash: ConverterCrashed) -> FileRejectedError:
    rejected = FileRejectedError(
        "The LiteRT interpreter crashes on the file.",
        where=str(path),
        received=" ".join(filter(None, (crash.summary, crash.native_output))),
        advice=crash.advice,
    )
    rejected.native_output = crash.native_output
    return rejected


def run_on_real_values(path: Path, inputs: Sequence[Mapping[str, Array]]) -> list[dict[str, Array]]:
    """Run the file in the child process, for `run_isolated`."""
    file = LoadedFile(path)
    results = [
        file.run({name: file.quantize(name, values) for name, values in named.items()})
        for named in inputs
    ]
    return [
        {name: file.dequantize(name, values) for name, values in named.items()} for named in results
    ]
