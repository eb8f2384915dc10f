"""Read plans of format 1: options in TensorFlow's terms, quantizers beside strategies."""

from __future__ import annotations

from typing import Any

from litert_ir.ir.file_options import FileOptions
from litert_ir.ir.options import ConverterOptions
from litert_ir.ir.plan import ExportPlan, RouteStep
from litert_ir.ir.scalars import exactly
from litert_ir.ir.structuring import strict_converter

FORMAT_1 = "litert_ir.plan/1"

_QUANTIZER = "litert-quantizer"
"""The quantizer that made its file from a strategy's float one; now a strategy around that one."""


def plan_of_1(document: dict[str, Any]) -> ExportPlan:
    """Read the plan of a document of format 1.

    Args:
        document: The document without its format.

    Raises:
        BaseValidationError: When it is no valid plan; see `cattrs.errors`.
    """
    return _CONVERTER.structure(document, ExportPlan)


def _structure_options(value: object, _type: object) -> FileOptions:
    return _CONVERTER.structure(value, ConverterOptions).parsed()


def _structure_step(value: object, _type: object) -> RouteStep:
    fields = dict(exactly(value, dict))
    if fields.pop("quantizer", None) == _QUANTIZER:
        fields["strategy"] = f"quantized-{fields.get('strategy')}"
    return _STEPS.structure(fields, RouteStep)


_CONVERTER = strict_converter()
_CONVERTER.register_structure_hook(FileOptions, _structure_options)
_CONVERTER.register_structure_hook(RouteStep, _structure_step)
_STEPS = strict_converter()
