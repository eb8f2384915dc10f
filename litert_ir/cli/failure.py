"""Report that a command failed: as a message, as JSON, as an event; and by its exit code."""

from __future__ import annotations

import contextlib
import json
import sys
import traceback
from typing import Any

from cyclopts import CycloptsError

from litert_ir.cli.exit_codes import code_of
from litert_ir.cli.streams import UnwrittenError, complain
from litert_ir.cli.termination import Terminated
from litert_ir.errors import LiteRTIRError
from litert_ir.errors.advice import for_command_line
from litert_ir.errors.attempts import Attempt
from litert_ir.reports.plain_data import plain

_FACTS = ("where", "expected", "received", "advice")


def report_failure(
    error: BaseException, *, as_json: bool, verbose: bool = False, as_text: bool = True
) -> int:
    """Print what went wrong on stderr and, where JSON is asked for, on stdout.

    Args:
        error: The error, an interrupt or a signal.
        as_json: Whether to print one JSON object.
        verbose: Whether to print the traceback.
        as_text: Whether to print the message; False where an event has it.

    Returns:
        The exit code.
    """
    if verbose:
        complain("".join(traceback.format_exception(error)).rstrip())
    if as_text:
        complain(f"litert-ir: {message_of(error, verbose=verbose)}")
    if as_json:
        with contextlib.suppress(UnwrittenError):  # the exit code says what failed first
            print(json.dumps(failure_document(error), indent=2))
            sys.stdout.flush()
    return code_of(error)


def message_of(error: BaseException, *, verbose: bool = False) -> str:
    """Return the message of an error, in the terms of the command line."""
    match error:
        case LiteRTIRError():
            return str(for_command_line(error))
        case CycloptsError():
            return f"{error}\nlitert-ir --help shows what there is."
        case KeyboardInterrupt():
            return "interrupted"
        case Terminated():
            return f"ended by {error}"
        case _:
            more = (
                "" if verbose else "\n  to do:    --verbose shows the traceback; please report it"
            )
            return f"This is a fault of litert_ir: {_brief(error)}{more}"


def failure_document(error: BaseException) -> dict[str, Any]:
    """Return an error as a program reads it: its facts, its attempts, and the exit code.

    What else an error of litert_ir knows, such as ``problems``, ``ops`` or ``signal``, is under its
    own name.
    """
    return {"error": _document(error), "exit_code": code_of(error)}


def _document(error: BaseException) -> dict[str, Any]:
    if not isinstance(error, LiteRTIRError):
        summary = message_of(error, verbose=True).partition("\n")[0]
        return {"class": _class_of(error), "summary": summary, **dict.fromkeys(_FACTS, "")} | {
            "attempts": []
        }
    told = for_command_line(error)
    more = {name: plain(each) for name, each in vars(told).items() if not name.startswith("_")}
    attempts = getattr(error, "attempts", ())
    return {
        "class": _class_of(error),
        "summary": told.summary,
        **told.facts,
        **{name: each for name, each in more.items() if name not in ("summary", *_FACTS)},
        "attempts": [_attempt(attempt) for attempt in attempts],
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    error = None if attempt.error is None else _document(attempt.error)
    return {**plain(attempt), "error": error}


def _class_of(error: BaseException) -> str:
    """Return the name of the class; every error of the command line's syntax is a UsageError."""
    match error:
        case CycloptsError():
            return "UsageError"
        case Terminated():
            return "Terminated"
        case _:
            return type(error).__name__


def _brief(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
