"""Compare what became of a case with what is expected of it."""

from __future__ import annotations

from typing import assert_never

from tests.stablehlo.sweep import expectations_jax, expectations_tensorflow
from tests.stablehlo.sweep.attempt import Outcome
from tests.stablehlo.sweep.expectations import Expectation, FallsBack, Lacking
from tests.stablehlo.sweep.table import CASES

EXPECTED = {"tensorflow": expectations_tensorflow.EXPECTED, "jax": expectations_jax.EXPECTED}


def expected(backend: str, name: str, *, static: bool = False) -> Expectation | None:
    """What is expected of a case; None where it should convert."""
    found = EXPECTED[backend].get(name)
    if static and isinstance(found, FallsBack) and found.only_dynamic:
        return None
    return found


def check(name: str, outcome: Outcome, expectation: Expectation | None) -> None:
    """Require what is expected."""
    match expectation:
        case FallsBack(reason=reason):
            assert reason in outcome.error, f"{name}: {outcome}"
            assert not outcome.is_leak, f"{name}: {outcome}"
        case None:
            assert not outcome.error, f"{name}: {outcome}"
            assert not outcome.vague or not CASES[name].telling, f"{name}: {outcome}"
        case Lacking():
            raise ValueError(f"{name} is not to be tried: {expectation.reason}")
        case _:
            assert_never(expectation)
