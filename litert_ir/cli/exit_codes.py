"""The exit codes of the command: one table, by the class of the error."""

from __future__ import annotations

import attrs
from cyclopts import CycloptsError

from litert_ir.cli.streams import UnwrittenError
from litert_ir.cli.termination import Terminated
from litert_ir.errors import (
    AllStrategiesFailedError,
    BackendError,
    ConversionError,
    ConverterCrashed,
    FilepathError,
    FileRejectedError,
    LiteRTIRError,
    MissingDependencyError,
    ModelFileError,
    ModelNotBuiltError,
    ModelSourceError,
    ModelTraceError,
    OptionsError,
    ParityError,
    PlanError,
    PluginError,
    RegistryError,
    SamplesError,
    SignatureError,
    SizeError,
    TargetError,
    UnsupportedModelError,
)

FAILED = 1
DIFFERS = 7
_SIGNALLED = 128
"""The number that shells add to that of the signal which ended a process."""


@attrs.frozen
class ExitCode:
    """An exit code.

    Attributes:
        number: The code.
        when: What has happened.
        errors: The classes of errors that end so; the nearest class of an error counts.
    """

    number: int
    when: str
    errors: tuple[type[BaseException], ...] = ()


EXIT_CODES = (
    ExitCode(0, "all went well"),
    ExitCode(
        FAILED,
        "a fault of litert_ir itself or of what it calls, or the result cannot be printed",
        (BaseException,),
    ),
    ExitCode(2, "the command line is wrong", (CycloptsError,)),
    ExitCode(
        3,
        "there is no such model, or it cannot be loaded, called or exported",
        (
            ModelSourceError,
            ModelNotBuiltError,
            ModelTraceError,
            ModelFileError,
            UnsupportedModelError,
        ),
    ),
    ExitCode(
        4,
        "an option, the signature, a size, the plan or the samples are wrong",
        (OptionsError, SignatureError, SizeError, PlanError, SamplesError, RegistryError),
    ),
    ExitCode(5, "the target cannot be written", (FilepathError, TargetError)),
    ExitCode(6, "no strategy converted the model, or a chip's compiler failed", (ConversionError,)),
    ExitCode(
        DIFFERS,
        "a file differs from its model or from another file, or misses a threshold",
        (ParityError,),
    ),
    ExitCode(
        8,
        "a file does not load or run, or native code crashed or took too long",
        (FileRejectedError, ConverterCrashed),
    ),
    ExitCode(
        9,
        "a package, a backend or a plug-in that the work needs is not here, or fails",
        (MissingDependencyError, BackendError, PluginError),
    ),
    ExitCode(130, "Ctrl-C", (KeyboardInterrupt,)),
    ExitCode(141, "nobody reads the output any more", (BrokenPipeError,)),
)
"""All exit codes but those of signals, 128 and the number of the signal."""


def code_of(error: BaseException) -> int:
    """Return the exit code for an error.

    Where all strategies failed, the file of one that differs tells more than that others made none.
    """
    match error:
        case Terminated():
            return _SIGNALLED + error.number
        case UnwrittenError(reason=BrokenPipeError() as reason):
            return code_of(reason)
        case AllStrategiesFailedError() if any(
            isinstance(attempt.error, ParityError) for attempt in error.attempts
        ):
            return DIFFERS
    known = {kind: each.number for each in EXIT_CODES for kind in each.errors}
    return next(known[kind] for kind in type(error).__mro__ if kind in known)


def exit_codes_table() -> str:
    """Return the exit codes as a table in Markdown."""
    rows = (f"| {each.number} | {each.when} | {_named(each)} |" for each in EXIT_CODES)
    signals = f"| {_SIGNALLED} + N | ended by signal N, such as SIGTERM (143) or SIGHUP (129) | |"
    return "\n".join(["| exit code | when | errors |", "|---|---|---|", *rows, signals])


def _named(code: ExitCode) -> str:
    """Return the names of those classes that programs may catch."""
    return ", ".join(
        f"`{kind.__name__}`" for kind in code.errors if issubclass(kind, LiteRTIRError)
    )
