"""Which cases the tests try, and how they are marked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from tests.conversion.stablehlo.sweep.case import Case
from tests.conversion.stablehlo.sweep.expectations import Bug, Lacking
from tests.conversion.stablehlo.sweep.table import ALL, STATIC
from tests.conversion.stablehlo.sweep.verdicts import expected


def dynamic_cases(backend: str) -> list[Any]:
    """A parameter for every case that Keras can run on the backend."""
    return [_marked(backend, case, static=False) for case in _tried(backend, ALL)]


def static_cases(backend: str) -> list[Any]:
    """A parameter for the cases that are also tried with a fixed batch.

    Beside those of the table, these are the cases for which two sizes do not tell enough.
    """
    differing = [case for case in ALL if _differs(backend, case.name)]
    chosen = dict.fromkeys((*STATIC, *differing))
    return [_marked(backend, case, static=True) for case in _tried(backend, chosen)]


def _tried(backend: str, cases: Iterable[Case]) -> list[Case]:
    return [case for case in cases if not isinstance(expected(backend, case.name), Lacking)]


def _differs(backend: str, name: str) -> bool:
    return expected(backend, name) != expected(backend, name, static=True)


def _marked(backend: str, case: Case, *, static: bool) -> Any:
    found = expected(backend, case.name, static=static)
    if not isinstance(found, Bug):
        return case.name
    mark = pytest.mark.xfail(reason=found.cause, raises=AssertionError)
    return pytest.param(case.name, marks=mark)
