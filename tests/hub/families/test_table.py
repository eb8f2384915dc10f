"""The table covers every task that KerasHub has, and nothing stands in it twice."""

from __future__ import annotations

from collections import Counter
from typing import Any

from keras_hub import models

from tests.hub.families.table import ALL, EXPORTED


def tasks() -> set[Any]:
    """Every public task that has a backbone; the others are the kinds of tasks."""
    named: list[Any] = [getattr(models, name) for name in dir(models)]
    classes: list[Any] = [
        cls for cls in named if isinstance(cls, type) and issubclass(cls, models.Task)
    ]
    return {cls for cls in classes if cls.backbone_cls is not None}


def kinds() -> set[Any]:
    """The kinds of tasks, such as `CausalLM`."""
    return {cls.__mro__[1] for cls in tasks() if cls.__mro__[1].__module__.count(".task")}


def test_every_task_is_in_the_table() -> None:
    assert tasks() - {family.cls for family in ALL} == set()


def test_every_kind_of_task_has_a_file() -> None:
    exported = {family.cls for family in EXPORTED}
    assert [kind for kind in kinds() if not any(issubclass(cls, kind) for cls in exported)] == []


def test_names_are_unique() -> None:
    assert [
        name for name, count in Counter(family.name for family in ALL).items() if count > 1
    ] == []
