"""Define the command `litert-ir`: its subcommands, and how it ends."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from litert_ir.cli.exit_codes import code_of
from litert_ir.cli.failure import report_failure
from litert_ir.cli.streams import UnwrittenError, complain, usable_streams
from litert_ir.cli.termination import Terminated, ending_on_signals
from litert_ir.scratch.claims import release_all

COMMANDS = (
    "export",
    "plan",
    "verify",
    "explain",
    "quantize",
    "inspect",
    "diff",
    "run",
    "bench",
    "metadata",
    "tasks",
    "targets",
    "doctor",
    "demo",
)
"""The subcommands; each is a function of a module of its own name in `litert_ir.cli.commands`."""


def _versions() -> str:
    from litert_ir.cli.version_text import versions_text

    return versions_text()


app = App(
    name="litert-ir",
    help="Turn Keras 3 models into verified LiteRT (.tflite) files.",
    version=_versions,
    version_format="plaintext",
    suppress_keyboard_interrupt=False,
)


for _name in COMMANDS:
    app.command(f"litert_ir.cli.commands.{_name}:{_name}", name=_name)
app.register_install_completion_command(help="Complete commands and options in this shell.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Without the program's name; None for those of this process.

    Returns:
        The exit code; see `EXIT_CODES`.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    with usable_streams():
        try:
            with ending_on_signals():
                code = _called(given)
                sys.stdout.flush()
        except (KeyboardInterrupt, Terminated) as signal:
            release_all()  # a cycle of references may hold a folder until the interpreter ends
            return report_failure(signal, as_json=_asks_for_json(given))
        except UnwrittenError as error:
            if not isinstance(error.reason, BrokenPipeError):  # else the reader has enough
                complain(f"litert-ir: the result cannot be printed: {error}")
            return code_of(error)
    return code


def _called(arguments: list[str]) -> int:
    try:
        code = app(arguments, print_error=False, exit_on_error=False, result_action="return_value")
    except CycloptsError as error:
        return report_failure(error, as_json=_asks_for_json(arguments))
    return code if isinstance(code, int) else 0


def _asks_for_json(arguments: Sequence[str]) -> bool:
    """Tell whether a command line asks for JSON, whatever else is wrong with it."""
    return "--json" in itertools.takewhile(lambda argument: argument != "--", arguments)
