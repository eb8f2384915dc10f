"""The public verb that writes sample code for a LiteRT file."""

from __future__ import annotations

import enum
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import attrs
from typing_extensions import override

from litert_ir.errors import OptionsError
from litert_ir.errors.nearest_names import did_you_mean
from litert_ir.errors.shown import shown
from litert_ir.reports.report import Report
from litert_ir.sample_code.file_call import FileCall, read_call
from litert_ir.sample_code.kotlin_code import kotlin_code
from litert_ir.sample_code.python_code import python_code
from litert_ir.sample_code.swift_code import swift_code


class Language(enum.Enum):
    """The languages of sample code."""

    PYTHON = "python"
    KOTLIN = "kotlin"
    SWIFT = "swift"


_WRITERS: Mapping[Language, Callable[[FileCall], str]] = {
    Language.PYTHON: python_code,
    Language.KOTLIN: kotlin_code,
    Language.SWIFT: swift_code,
}


@attrs.frozen(kw_only=True, repr=False)
class SampleCode(Report):
    """Code that runs a LiteRT file; as text it is the code alone.

    Attributes:
        path: The file.
        language: The language.
        code: The code.
    """

    path: Path
    language: Language
    code: str

    @property
    @override
    def headline(self) -> str:
        """The language, the file, and the length of the code."""
        lines = len(self.code.splitlines())
        return f"{self.language.value} code for {self.path.name}, {lines} lines"

    @override
    def __str__(self) -> str:
        return self.code


def sample_code(path: str | os.PathLike[str], language: Language | str) -> SampleCode:
    """Write code that runs a LiteRT file of any origin, for its first signature.

    The code has the names, shapes and types of the file's inputs and outputs, resizes dynamic
    dimensions, quantizes and dequantizes where the file computes with integers, and normalizes
    data and names classes where the file's metadata say how; see `write_metadata`.

    Args:
        path: The file.
        language: ``"python"``, with ai-edge-litert and numpy; ``"kotlin"``, with LiteRT 2 for
            Android; ``"swift"``, with LiteRT for iOS and macOS.

    Raises:
        ModelSourceError: When there is no file.
        FileRejectedError: When it is no LiteRT file with a signature, is damaged, or has inputs or
            outputs of texts.
        OptionsError: When the language is another one.

    Example:
        ``print(sample_code("model.tflite", "kotlin"))``
    """
    wanted = _language(language)
    call = read_call(path)
    return SampleCode(path=Path(path), language=wanted, code=_WRITERS[wanted](call))


def _language(given: object) -> Language:
    if isinstance(given, Language):
        return given
    names = [language.value for language in Language]
    if not isinstance(given, str) or given.lower() not in names:
        hint = did_you_mean(given, names) if isinstance(given, str) else ""
        raise OptionsError(
            f"There is no sample code in this language.{hint}",
            where="language",
            expected=", ".join(names),
            received=shown(given),
        )
    return Language(given.lower())
