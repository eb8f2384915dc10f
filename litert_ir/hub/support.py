"""List the KerasHub models that were exported and compared, one of each family."""

from __future__ import annotations

import enum
import json
from importlib import resources
from typing import Final

import attrs
from cattrs import Converter

FILE: Final = "support.json"


class Batch(enum.Enum):
    """The batch sizes that the file of a family takes."""

    ANY = "any"
    ONE = "one"
    NONE = "none"
    """There is no file."""


@attrs.frozen(kw_only=True)
class Support:
    """The result for one family.

    Attributes:
        model_class: A class of `keras_hub.models`.
        variant: Distinguishes it from another family of the class; empty for the plain one.
        task: The class that its configuration is registered for.
        batch: The batch sizes that its file takes.
        reason: The reason why not any batch.
    """

    model_class: str
    variant: str = ""
    task: str
    batch: Batch = Batch.ANY
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.model_class} ({self.variant})" if self.variant else self.model_class


def read_support() -> tuple[Support, ...]:
    """Read the results for all families, as the project's tests found them with KerasHub 0.32."""
    text = resources.files(__package__ or "").joinpath(FILE).read_text(encoding="utf-8")
    return Converter().structure(json.loads(text), tuple[Support, ...])


def support_json(families: tuple[Support, ...]) -> str:
    """Format the text of the file that `read_support` reads."""
    document = Converter(omit_if_default=True).unstructure(families)
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
