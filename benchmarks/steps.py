"""Time the steps of a computation by replacing its functions with timed ones."""

from __future__ import annotations

import contextlib
import functools
import importlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import attrs


@attrs.frozen
class Step:
    """A function that is a step.

    Args:
        label: The label of the step; several functions may share a label.
        module: The module in which the function is looked up when it is called.
        name: Its name there; ``Class.method`` for a method.
    """

    label: str
    module: str
    name: str


class Recorder:
    """Seconds by label; what a step spends in steps within it counts for those alone."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._inner = [0.0]

    @contextlib.contextmanager
    def step(self, label: str) -> Iterator[None]:
        """Add the block's time, without that of steps within it, to a label."""
        self._inner.append(0.0)
        began = time.perf_counter()
        try:
            yield
        finally:
            elapsed = time.perf_counter() - began
            self.seconds[label] += elapsed - self._inner.pop()
            self._inner[-1] += elapsed

    def add(self, label: str, seconds: float) -> None:
        """Count time that another process spent while the present step waited for it."""
        self.seconds[label] += seconds
        self._inner[-1] += seconds


@contextlib.contextmanager
def timed(steps: Iterable[Step], recorder: Recorder) -> Iterator[None]:
    """Record the steps while the block runs.

    Args:
        steps: The functions; their modules are imported.
        recorder: Gets their seconds.

    Raises:
        AttributeError: When there is no function of a step's name.
    """
    with contextlib.ExitStack() as replaced:
        for step in steps:
            function = functools.partial(_recorded, recorder, step.label)
            replaced.enter_context(replacement(step, function))
        yield


@contextlib.contextmanager
def replacement(
    step: Step, wrapped: Callable[[Callable[..., Any]], Callable[..., Any]]
) -> Iterator[None]:
    """Replace a function by a wrapped one while the block runs.

    Args:
        step: The function.
        wrapped: Takes the function and gives the one to put in its place.
    """
    *owners, name = step.name.split(".")
    owner: Any = functools.reduce(getattr, owners, importlib.import_module(step.module))
    original = getattr(owner, name)
    setattr(owner, name, wrapped(original))
    try:
        yield
    finally:
        setattr(owner, name, original)


def _recorded(recorder: Recorder, label: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        with recorder.step(label):
            return function(*args, **options)

    return call
