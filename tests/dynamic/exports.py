"""Exports of the table's models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import litert_ir as lir
from tests.dynamic.comparison import Exported, GraphReference
from tests.dynamic.dynamic_case import DynamicCase


def exported(case: DynamicCase, path: Path, **options: Any) -> Exported | str:
    """Export a case's model.

    Args:
        case: The case.
        path: The file to write.
        options: Of `litert_ir.export`.

    Returns:
        What to compare, or why the export was refused.
    """
    model = case.model()
    signature = None if case.signature is None else case.signature()
    try:
        result = lir.export(model, path, input_signature=signature, **options)
    except lir.LiteRTIRError as error:
        return f"{type(error).__name__}: {error}"
    return Exported(result.plan, path, model, GraphReference(model), case.integers_below)
