"""Require that a converted file contains its weights."""

from __future__ import annotations

from litert_ir.backends.litert.schema import builtin_number, tables
from litert_ir.errors import FileRejectedError


def require_frozen(content: bytes) -> None:
    """Require a file without references to variables.

    Raises:
        FileRejectedError: When variables were not frozen, which leaves a file without weights.
    """
    model = tables(content)
    codes = {model.OperatorCodes(i).BuiltinCode() for i in range(model.OperatorCodesLength())}
    if builtin_number("VAR_HANDLE") in codes:
        raise FileRejectedError(
            "The file refers to variables that it does not contain.",
            expected="weights frozen into the file",
            received="VAR_HANDLE operators",
        )
