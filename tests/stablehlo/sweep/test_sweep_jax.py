"""Every case of the table, with Keras on JAX, in processes of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs
import pytest

from tests.stablehlo.sweep.attempt import Outcome
from tests.stablehlo.sweep.elsewhere import outcomes_elsewhere
from tests.stablehlo.sweep.tried import dynamic_cases, static_cases
from tests.stablehlo.sweep.verdicts import check, expected

BACKEND = "jax"


@attrs.frozen
class Report:
    """What became of the cases that this session's tests ask for.

    Attributes:
        dynamic: By name, with a dynamic batch.
        static: By name, with a fixed one.
    """

    dynamic: Mapping[str, Outcome]
    static: Mapping[str, Outcome]


@pytest.fixture(scope="session")
def report(request: pytest.FixtureRequest) -> Report:
    dynamic = _asked(request.session.items, test_the_file_computes_what_the_model_computes)
    static = _asked(request.session.items, test_so_it_does_with_a_fixed_batch)
    return Report(
        outcomes_elsewhere(BACKEND, dynamic), outcomes_elsewhere(BACKEND, static, static=True)
    )


def _asked(items: Iterable[pytest.Item], test: object) -> list[str]:
    """The names that a test of this session is run with."""
    functions = [item for item in items if isinstance(item, pytest.Function)]
    return [str(item.callspec.params["name"]) for item in functions if item.function is test]


@pytest.mark.parametrize("name", dynamic_cases(BACKEND))
def test_the_file_computes_what_the_model_computes(report: Report, name: str) -> None:
    check(name, report.dynamic[name], expected(BACKEND, name))


@pytest.mark.parametrize("name", static_cases(BACKEND))
def test_so_it_does_with_a_fixed_batch(report: Report, name: str) -> None:
    check(name, report.static[name], expected(BACKEND, name, static=True))
