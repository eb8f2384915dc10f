"""Check the types of the verbs' switches and callbacks."""

from __future__ import annotations

from litert_ir.errors import OptionsError
from litert_ir.errors.shown import shown


def check_reporting(on_progress: object, *, verbose: object) -> None:
    """Require a valid ``on_progress`` and ``verbose``.

    Raises:
        OptionsError: When ``on_progress`` cannot be called, or ``verbose`` is no switch.
    """
    check_callback("on_progress", on_progress)
    if not (verbose is None or isinstance(verbose, bool)):
        raise OptionsError(
            "verbose is a switch.",
            where="verbose",
            expected="True, False or None",
            received=shown(verbose),
        )


def check_callback(where: str, function: object) -> None:
    """Require a function, or None.

    Args:
        where: The argument's name.
        function: The function.

    Raises:
        OptionsError: When it cannot be called.
    """
    if function is not None and not callable(function):
        raise OptionsError(
            f"{where} is a function.",
            where=where,
            expected="a function, or None",
            received=shown(function),
        )
