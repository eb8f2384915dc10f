"""Define the options of a file's metadata: a file with all of them, and single ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import attrs
from cyclopts import Parameter, Token

from litert_ir.cli.option_groups import METADATA
from litert_ir.errors import OptionsError
from litert_ir.errors.shown import shown
from litert_ir.ir.metadata import InputMetadata, Metadata, Normalization, OutputMetadata
from litert_ir.metadata.given_metadata import labels_from, metadata_from

T = TypeVar("T", InputMetadata, OutputMetadata)

LABELS_FORM = "[OUTPUT=]FILE"
NORMALIZATION_FORM = "[INPUT=]MEAN:STD"
_TEXTS = ("name", "model_version", "author", "license", "description")


def convert_labels(_type: object, tokens: Sequence[Token]) -> tuple[OutputMetadata, ...]:
    """Read all the ``--labels`` options of a command line, and their files.

    Raises:
        OptionsError: When a file cannot be read.
    """
    return tuple(_labels(token.value) for token in tokens)


def _labels(text: str) -> OutputMetadata:
    name, found, path = text.partition("=")
    if not found or Path(text).is_file():
        name, path = "", text
    return OutputMetadata(name, labels=labels_from(Path(path)))


def convert_normalizations(_type: object, tokens: Sequence[Token]) -> tuple[InputMetadata, ...]:
    """Read all the ``--normalization`` options of a command line.

    Raises:
        OptionsError: When one is none.
    """
    return tuple(_normalization(token.value) for token in tokens)


def _normalization(text: str) -> InputMetadata:
    name, _, numbers = text.rpartition("=")
    mean, found, std = numbers.partition(":")
    try:
        if not found:
            raise ValueError("no colon")
        known = Normalization(_floats(mean), _floats(std))
    except ValueError as error:  # OptionsError is one, too
        raise OptionsError(
            "This is not the normalization of an input.",
            where="--normalization",
            expected=f"{NORMALIZATION_FORM}, each a number or as many as there are channels, such "
            "as 127.5:127.5 or images=123.675,116.28,103.53:58.395,57.12,57.375",
            received=shown(text),
        ) from error
    return InputMetadata(name, normalization=known)


def _floats(text: str) -> list[float]:
    return [float(number) for number in text.split(",")]


@Parameter(name="*", group=METADATA, negative=(), show_default=False)
@attrs.frozen(kw_only=True)
class MetadataOptions:
    """The description that the file carries for its users.

    Attributes:
        metadata: A .toml or .json file with all of it: name, description, version, author,
            license, and inputs and outputs by name, of which those have normalization (mean,
            std), bounds (minimum, maximum) and color_space, and these labels and bounds. The
            options below come on top.
        name: The model's name.
        model_version: Its version.
        author: Who made it.
        license: Under what terms it may be used.
        description: What it does.
        labels: A text file with a label in each line for the classes of an output; of the only
            one, where no name is given. Repeatable.
        normalizations: How data become the values of an input, (x - mean) / std, such as
            127.5:127.5; each a number, or as many as there are channels. Repeatable.
    """

    metadata: Annotated[Path | None, Parameter(metavar="FILE")] = None
    name: str = ""
    model_version: str = ""
    author: str = ""
    license: Annotated[str, Parameter(name=("--license", "--licence"))] = ""
    description: str = ""
    labels: Annotated[
        tuple[OutputMetadata, ...],
        Parameter(converter=convert_labels, n_tokens=1, accepts_keys=False, metavar=LABELS_FORM),
    ] = ()
    normalizations: Annotated[
        tuple[InputMetadata, ...],
        Parameter(
            name="--normalization",
            converter=convert_normalizations,
            n_tokens=1,
            accepts_keys=False,
            metavar=NORMALIZATION_FORM,
        ),
    ] = ()

    @property
    def are_given(self) -> bool:
        """Tell whether any of these options is given."""
        return self != MetadataOptions()

    def stated(self) -> Metadata:
        """The metadata that these options state; the file is read.

        Raises:
            OptionsError: When the file cannot be read, or something in it is malformed.
        """
        known = metadata_from(self.metadata)
        texts = {"version" if key == "model_version" else key: getattr(self, key) for key in _TEXTS}
        return attrs.evolve(
            known,
            **{key: text for key, text in texts.items() if text},
            inputs=_on_top(known.inputs, self.normalizations, "normalization"),
            outputs=_on_top(known.outputs, self.labels, "labels"),
        )


def _on_top(known: tuple[T, ...], given: tuple[T, ...], field: str) -> tuple[T, ...]:
    """The descriptions, with one field of those that options give.

    One without a name is for the only tensor, as is the only description.
    """
    found = {item.name: item for item in known}
    for item in given:
        alone = next(iter(found), "") if len(found) == 1 and not item.name else item.name
        changed = {"name": alone, field: getattr(item, field)}
        found[alone] = attrs.evolve(found.get(alone, item), **changed)
    return tuple(found.values())
