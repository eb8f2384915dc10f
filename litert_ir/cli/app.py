"""Define the command `litert-ir`: its subcommands, and how it ends."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from litert_ir.cli.exit_codes import FAILED, INTERRUPTED, UNREAD, WRONG_USAGE
from litert_ir.cli.streams import UnwrittenError, complain, usable_streams
from litert_ir.cli.termination import Terminated, ending_on_signals
from litert_ir.scratch.claims import release_all

COMMANDS = (
    "export",
    "plan",
    "quantize",
    "inspect",
    "run",
    "bench",
    "metadata",
    "tasks",
    "targets",
    "doctor",
    "demo",
)
"""The subcommands; each is a function of a module of its own name in `litert_ir.cli.commands`."""


def _version() -> str:
    return importlib.metadata.version("litert_ir")


app = App(
    name="litert-ir",
    help="Turn Keras 3 models into verified LiteRT (.tflite) files.",
    version=_version,
    suppress_keyboard_interrupt=False,
)


for _name in COMMANDS:
    app.command(f"litert_ir.cli.commands.{_name}:{_name}", name=_name)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Without the program's name; None for those of this process.

    Returns:
        The exit code: 0 when all went well, 1 when the work failed, 2 when the command line is
        wrong, 130 after Ctrl-C, 143 after SIGTERM and 129 after SIGHUP, 141 when the reader closes
        the output.
    """
    with usable_streams():
        try:
            with ending_on_signals():
                code = _called(sys.argv[1:] if arguments is None else list(arguments))
                sys.stdout.flush()
        except KeyboardInterrupt:
            release_all()  # a cycle of references may hold a folder until the interpreter ends
            complain("litert-ir: interrupted")
            return INTERRUPTED
        except Terminated as signal:
            release_all()
            complain(f"litert-ir: ended by {signal}")
            return signal.exit_code
        except UnwrittenError as error:
            if isinstance(error.reason, BrokenPipeError):  # the reader has enough, as `head` has
                return UNREAD
            complain(f"litert-ir: the result cannot be printed: {error}")
            return FAILED
    return code


def _called(arguments: list[str]) -> int:
    try:
        code = app(arguments, print_error=False, exit_on_error=False, result_action="return_value")
    except CycloptsError as error:
        complain(f"litert-ir: {error}\nlitert-ir --help shows what there is.")
        return WRONG_USAGE
    return code if isinstance(code, int) else 0
