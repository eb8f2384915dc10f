"""What is refused of Keras models on JAX, and in which words."""

from __future__ import annotations

import pytest

from tests.backends.jax.process import answer


@pytest.mark.parametrize(
    ("case", "error", "text"),
    [
        ("condition", "ModelTraceError", "TracerBoolConversionError: Attempted boolean conversion"),
        ("nothing", "ModelTraceError", "AttributeError: Exception encountered when calling"),
        ("matmul", "ModelTraceError", "same shape, got (4,) and (7,)"),
        ("mask", "ModelTraceError", "NonConcreteBooleanIndexError: "),
        ("mask", "ModelTraceError", "return a fixed number of elements"),
        ("nonzero", "ModelTraceError", "return a fixed number of elements"),
        ("sparse", "SignatureError", "output: expected a dense tensor, received a sparse tensor"),
        ("key", "SignatureError", "received key<fry>"),
        ("strings", "SignatureError", "received string"),
        ("stateful", "UnsupportedModelError", "where:    memory"),
        ("noise", "UnsupportedModelError", "1 updated variable(s): seed_generator_state"),
        ("unbuilt", "ModelNotBuiltError", "Model must be built before export."),
    ],
)
def test_refused(case: str, error: str, text: str) -> None:
    name, message = answer(f"refused: {case}")
    assert name == error
    assert text in message
    assert "\x1b" not in message


def test_the_strategies_over_tensorflow_say_that_it_is_not_installed() -> None:
    name, message = answer("refused: export")
    assert name == "AllStrategiesFailedError"
    for strategy in ("direct", "concrete-function", "saved-model"):
        assert f"{strategy}: refused: tensorflow is not installed: pip install" in message


def test_all_but_one_of_jax_errors_are_builtin_ones() -> None:
    assert answer("beyond builtins") == ["InconclusiveDimensionOperation"]
