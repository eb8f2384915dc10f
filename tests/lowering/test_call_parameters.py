"""The arguments of ``call`` by their real names, without any model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from litert_ir.lowering.call_parameters import CallParameters


class Calls:
    """Methods as models have them."""

    def plain(self, x: Any) -> None: ...

    def training(self, x: Any, training: Any = None) -> None: ...

    def optional(self, x: Any, y: Any = None, training: bool = False, mask: Any = None) -> None: ...

    def keywords(self, x: Any, *, y: Any, z: Any = 1) -> None: ...

    def only_keywords(self, *, x: Any) -> None: ...

    def anything(self, x: Any, *rest: Any, y: Any = None, **more: Any) -> None: ...

    def nothing(self) -> None: ...


@pytest.mark.parametrize(
    ("call", "positional", "keyword_only", "required", "text"),
    [
        (Calls().plain, "x", "", "x", "x"),
        (Calls().training, "x", "", "x", "x"),
        (Calls().optional, "x y mask", "", "x", "x, y, mask"),
        (Calls().keywords, "x", "y z", "x y", "x, *, y, z"),
        (Calls().only_keywords, "", "x", "x", "*, x"),
        (Calls().anything, "x", "y", "x", "x, *, y, **kwargs"),
        (Calls().nothing, "", "", "", ""),
    ],
)
def test_parameters_by_kind(
    call: Callable[..., Any], positional: str, keyword_only: str, required: str, text: str
) -> None:
    parameters = CallParameters.of(call)
    assert parameters.positional == tuple(positional.split())
    assert parameters.keyword_only == tuple(keyword_only.split())
    assert parameters.required == tuple(required.split())
    assert str(parameters) == text


def test_names_that_are_accepted() -> None:
    keywords, anything = CallParameters.of(Calls().keywords), CallParameters.of(Calls().anything)
    assert [keywords.accepts(name) for name in ("x", "y", "w", "self")] == [
        True,
        True,
        False,
        False,
    ]
    assert all(anything.accepts(name) for name in ("x", "y", "w"))
    assert not CallParameters.of(Calls().training).accepts("training")


def test_names_that_go_by_keyword_only() -> None:
    parameters = CallParameters.of(Calls().anything)
    assert [parameters.is_keyword_only(name) for name in ("x", "y", "w")] == [False, True, True]
