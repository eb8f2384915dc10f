"""Give advice in the terms of the surface that its reader is on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from typing_extensions import override

from litert_ir.errors.root import LiteRTIRError
from litert_ir.errors.setting_names import BATCH_SIZE, Wording, option_of


class Advice(str):
    """Advice in the terms of Python, which knows its form for the command line.

    It is a string for any reader; `on_command_line` reads the other form.
    """

    command_line: str

    def __new__(cls, python: str, command_line: str) -> Advice:
        """Make the string from both forms."""
        advice = super().__new__(cls, python)
        advice.command_line = command_line
        return advice

    @override
    def __add__(self, other: str, /) -> Advice:
        return Advice(str(self) + other, self.command_line + on_command_line(other))

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return Advice, (str(self), self.command_line)


def advise(template: str, **settings: Wording | str) -> Advice:
    """Fill in what both surfaces word differently.

    Args:
        template: The advice, with names in braces.
        settings: Each name's wordings; a text is the same on both.

    Example:
        >>> from litert_ir.errors.setting_names import BATCH_SIZE
        >>> advice = advise("fix the batch with {batch}", batch=BATCH_SIZE.to(1))
        >>> advice, on_command_line(advice)
        ('fix the batch with batch_size=1', 'fix the batch with --batch-size 1')
    """
    both = {
        name: Wording(each, each) if isinstance(each, str) else each
        for name, each in settings.items()
    }
    return Advice(
        template.format(**{name: each.python for name, each in both.items()}),
        template.format(**{name: each.command_line for name, each in both.items()}),
    )


def on_command_line(advice: str) -> str:
    """Return the form for the command line; that of a plain string is the string."""
    return advice.command_line if isinstance(advice, Advice) else advice


def joined(advices: Iterable[str], separator: str = "; ") -> Advice:
    """Join those advices that are not empty, each once."""
    known = tuple(dict.fromkeys(filter(None, advices)))
    return Advice(separator.join(known), separator.join(map(on_command_line, known)))


def for_command_line(error: LiteRTIRError) -> LiteRTIRError:
    """Return the error in the terms of the command line: its place, and its advice."""
    told = {"where": option_of(error.where), "advice": on_command_line(error.advice)}
    changed = {name: text for name, text in told.items() if text != getattr(error, name)}
    return error.evolve(**changed) if changed else error


FIX_SIZES = advise(
    "fix the sizes with {batch}, or {size}",
    batch=BATCH_SIZE.to(),
    size=Wording("an int in input_signature", "--input with a number in that place"),
)
"""Advice against whatever cannot be done for all sizes."""
