"""Which cases the tests try."""

from __future__ import annotations

from collections.abc import Iterable

from tests.stablehlo.sweep.case import Case
from tests.stablehlo.sweep.expectations import Lacking
from tests.stablehlo.sweep.table import ALL, STATIC
from tests.stablehlo.sweep.verdicts import expected


def dynamic_cases(backend: str) -> list[str]:
    """Every case that Keras can run on the backend."""
    return [case.name for case in _tried(backend, ALL)]


def static_cases(backend: str) -> list[str]:
    """The cases that are also tried with a fixed batch.

    Beside those of the table, these are the cases for which two sizes do not tell enough.
    """
    differing = [case for case in ALL if _differs(backend, case.name)]
    chosen = dict.fromkeys((*STATIC, *differing))
    return [case.name for case in _tried(backend, chosen)]


def _tried(backend: str, cases: Iterable[Case]) -> list[Case]:
    return [case for case in cases if not isinstance(expected(backend, case.name), Lacking)]


def _differs(backend: str, name: str) -> bool:
    return expected(backend, name) != expected(backend, name, static=True)
