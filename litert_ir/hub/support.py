"""Which models of KerasHub were exported and compared, one of each family; which cannot be."""

from __future__ import annotations

import enum
import json
from importlib import resources
from typing import Final

import attrs
from cattrs import Converter

FILE: Final = "support.json"


class Batch(enum.Enum):
    """What batch the file of a family takes."""

    ANY = "any"
    ONE = "one"
    NONE = "none"
    """There is no file."""


@attrs.frozen(kw_only=True)
class Support:
    """What was found out about one family.

    Attributes:
        model_class: A class of `keras_hub.models`.
        variant: What tells it from another family of the class; empty for the plain one.
        task: The class that its configuration is registered for.
        batch: What its file takes.
        reason: Why not any batch.
    """

    model_class: str
    variant: str = ""
    task: str
    batch: Batch = Batch.ANY
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.model_class} ({self.variant})" if self.variant else self.model_class


def read_support() -> tuple[Support, ...]:
    """All families, as the project's tests found them with KerasHub 0.32."""
    text = resources.files(__package__ or "").joinpath(FILE).read_text(encoding="utf-8")
    return Converter().structure(json.loads(text), tuple[Support, ...])


def support_json(families: tuple[Support, ...]) -> str:
    """The text of the file that `read_support` reads."""
    document = Converter(omit_if_default=True).unstructure(families)
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
