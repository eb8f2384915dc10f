"""All cases of the sweep, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from tests.conversion.stablehlo.sweep import (
    cases_algebra,
    cases_arrays,
    cases_attention,
    cases_control_flow,
    cases_convolution,
    cases_core,
    cases_elementwise,
    cases_images,
    cases_models,
    cases_normalization,
    cases_pooling,
    cases_preprocessing,
    cases_recurrent,
    cases_reductions,
    cases_reshaping,
)
from tests.conversion.stablehlo.sweep.case import Case

MODULES: tuple[ModuleType, ...] = (
    *(cases_core, cases_convolution, cases_pooling, cases_normalization, cases_attention),
    *(cases_recurrent, cases_reshaping, cases_preprocessing, cases_models),
    *(cases_elementwise, cases_reductions, cases_arrays, cases_algebra),
    *(cases_control_flow, cases_images),
)
ALL: tuple[Case, ...] = tuple(case for module in MODULES for case in module.CASES)
CASES: Mapping[str, Case] = {case.name: case for case in ALL}
STATIC: tuple[Case, ...] = tuple(
    case
    for case in (
        *(*cases_recurrent.CASES, *cases_control_flow.CASES, *cases_convolution.TRANSPOSED),
        *(*cases_reshaping.MOVING, *cases_reshaping.CUTTING, *cases_arrays.MOVING),
    )
    if case.batch is None
)
"""Those with loops and reshapes, which a fixed batch may change, are tried with one as well."""
