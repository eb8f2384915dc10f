"""Find the arguments of a model's ``call`` that can carry tensors, by their names."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import attrs

CONTEXT_ARGUMENTS = frozenset({"training"})


@attrs.frozen
class CallParameters:
    """The parameters of ``call``, without ``self`` and Keras' own ``training``.

    Attributes:
        positional: Names that can be passed by position, in order.
        keyword_only: Names that can be passed by keyword only.
        required: Names without a default.
        any_keyword: Whether ``call`` takes ``**kwargs``.
    """

    positional: tuple[str, ...]
    keyword_only: tuple[str, ...]
    required: tuple[str, ...]
    any_keyword: bool

    @classmethod
    def of(cls, call: Callable[..., Any]) -> CallParameters:
        """Read the parameters from the bound method."""
        parameters = [
            parameter
            for parameter in inspect.signature(call).parameters.values()
            if parameter.name not in CONTEXT_ARGUMENTS
        ]
        variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        named = [parameter for parameter in parameters if parameter.kind not in variadic]
        keyword_only = inspect.Parameter.KEYWORD_ONLY
        return cls(
            positional=tuple(p.name for p in named if p.kind is not keyword_only),
            keyword_only=tuple(p.name for p in named if p.kind is keyword_only),
            required=tuple(p.name for p in named if p.default is inspect.Parameter.empty),
            any_keyword=any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters),
        )

    def accepts(self, name: str) -> bool:
        """Return whether an argument of this name can be passed."""
        return name in self.positional or name in self.keyword_only or self.any_keyword

    def is_keyword_only(self, name: str) -> bool:
        """Return whether this argument has to be passed by keyword."""
        return name not in self.positional

    def __str__(self) -> str:
        keywords = (*self.keyword_only, *(("**kwargs",) if self.any_keyword else ()))
        return ", ".join([*self.positional, *(("*", *keywords) if keywords else ())])
