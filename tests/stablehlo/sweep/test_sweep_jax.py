"""Every case of the table, with Keras on JAX, in processes of their own."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.stablehlo.sweep.elsewhere import TIME_LIMIT_S, Elsewhere
from tests.stablehlo.sweep.tried import dynamic_cases, static_cases
from tests.stablehlo.sweep.verdicts import check, expected

BACKEND = "jax"

# The first case of a part waits for all of it.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(TIME_LIMIT_S + 60)]


@pytest.fixture(scope="module")
def dynamic(request: pytest.FixtureRequest) -> Elsewhere:
    """The cases that this session asks for, with a dynamic batch."""
    names = _asked(request.session.items, test_the_file_computes_what_the_model_computes)
    return Elsewhere(BACKEND, names, static=False)


@pytest.fixture(scope="module")
def static(request: pytest.FixtureRequest) -> Elsewhere:
    """Those that it asks for with a fixed one."""
    names = _asked(request.session.items, test_so_it_does_with_a_fixed_batch)
    return Elsewhere(BACKEND, names, static=True)


def _asked(items: Iterable[pytest.Item], test: object) -> list[str]:
    """The names that a test of this session is run with."""
    functions = [item for item in items if isinstance(item, pytest.Function)]
    return [str(item.callspec.params["name"]) for item in functions if item.function is test]


@pytest.mark.parametrize("name", dynamic_cases(BACKEND))
def test_the_file_computes_what_the_model_computes(dynamic: Elsewhere, name: str) -> None:
    check(name, dynamic.outcome(name), expected(BACKEND, name))


@pytest.mark.parametrize("name", static_cases(BACKEND))
def test_so_it_does_with_a_fixed_batch(static: Elsewhere, name: str) -> None:
    check(name, static.outcome(name), expected(BACKEND, name, static=True))
