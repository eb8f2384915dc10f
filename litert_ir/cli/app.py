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

COMMANDS = {
    "export": "Convert a model, run the file, compare it with the model, and write it.",
    "plan": "Show how a model would be exported: inputs, outputs, options and "
    "route; convert nothing.",
    "verify": "Compare a LiteRT file of any origin with its model, as an export does.",
    "explain": "Find the layers of a LiteRT file that depart from the Keras model.",
    "quantize": "Quantize a float LiteRT file of any origin, and show what each layer loses.",
    "inspect": "Describe a LiteRT file: signatures, operators, bytes, quantization, "
    "what runs where.",
    "diff": "Compare two LiteRT files: interface, operators, weights, quantization, metadata.",
    "run": "Run a LiteRT file once, and show what it gives.",
    "bench": "Measure how fast a LiteRT file runs here, or which one of two is faster.",
    "metadata": "Show what a LiteRT file says of itself, or write a copy that says more.",
    "tasks": "List KerasHub's tasks; show the inputs, sizes and families of one.",
    "targets": "List the values of --aot-target: what each target needs, and whether "
    "that is installed.",
    "doctor": "Show what can be converted here and with what, and what to mend; "
    "fails if nothing can.",
    "demo": "Export MobileNetV2, run the file on an image, and compare it with the model.",
}
"""The subcommands, each a function of a module of its own name in `litert_ir.cli.commands`, with
the first line of its docstring, which the list shows without importing it.
"""


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


for _place, (_name, _help) in enumerate(COMMANDS.items()):
    _path = f"litert_ir.cli.commands.{_name}:{_name}"
    app.command(_path, name=_name, help=_help, sort_key=_place)
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
