"""The verbs' keywords: in their signatures and docstrings, and told apart from others."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

import litert_ir as lir

VERBS = (lir.plan_for, lir.export, lir.execute)
each_verb = pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__)


def keywords(verb: Callable[..., Any]) -> dict[str, Any]:
    """The defaults of a verb's keywords."""
    return {
        name: parameter.default
        for name, parameter in inspect.signature(verb).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    }


def test_the_keywords_and_their_defaults() -> None:
    route = {"strategies": None, "through": None}
    run = {
        "representative_dataset": None,
        "calibration_limit": 300,
        "verify": True,
        "verbose": None,
        "on_progress": None,
    }
    names = ("input_signature", "batch_size", "max_sequence_length", "image_size", "sizes")
    model = {
        **dict.fromkeys((*names, "options", "quantization", "metadata")),
        "registry": lir.hub.REGISTRY,
    }
    assert keywords(lir.plan_for) == {**model, **route}
    assert keywords(lir.execute) == {**route, **run}
    assert keywords(lir.export) == {
        **model,
        **route,
        **run,
        "format": "litert",
        "litert_kwargs": None,
    }


@each_verb
def test_each_argument_is_described_once(verb: Callable[..., Any]) -> None:
    lines = (verb.__doc__ or "").splitlines()
    for name, parameter in inspect.signature(verb).parameters.items():
        assert sum(line.startswith(f"    {name}: ") for line in lines) == 1, name
        assert parameter.kind is not parameter.VAR_KEYWORD
    assert not any("**given" in line for line in lines)


@each_verb
@pytest.mark.parametrize(
    ("name", "hint"),
    [("stratgies", r"\. Did you mean 'strategies'\?$"), ("xyz", "$"), ("quantizers", "")],
)
def test_an_unknown_keyword_names_the_nearest(
    verb: Callable[..., Any], name: str, hint: str
) -> None:
    unexpected = rf"^{verb.__name__}\(\) got an unexpected keyword argument '{name}'"
    arguments = [object()] * (1 + (verb is not lir.plan_for))
    with pytest.raises(TypeError, match=unexpected + hint):
        verb(*arguments, **{name: 3})


def test_type_checkers_know_the_keywords() -> None:
    """Each of these is an error to mypy, which would refuse a needless ``type: ignore``."""
    with pytest.raises(TypeError, match="Did you mean 'batch_size'"):
        lir.plan_for(None, bacth_size=1)  # type: ignore[call-arg]
    with pytest.raises(lir.errors.OptionsError, match="a number of samples"):
        lir.export(None, "m.tflite", calibration_limit="many")  # type: ignore[arg-type]
