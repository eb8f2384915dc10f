"""The metadata of a LiteRT file, as they are read from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import attrs
from typing_extensions import override

from litert_ir.errors.shown import bytes_text
from litert_ir.ir.metadata import Metadata
from litert_ir.metadata.origin import FileOrigin
from litert_ir.reports.report import Report
from litert_ir.reports.table import Column, Table, facts

_SHOWN_LABELS = 3


@attrs.frozen
class AssociatedFile:
    """A file that a LiteRT file carries.

    Attributes:
        name: Its name.
        size_bytes: Its size.
    """

    name: str
    size_bytes: int


@attrs.frozen(kw_only=True, repr=False)
class FileMetadata(Report):
    """The metadata of a LiteRT file, in TFLite's metadata schema.

    Attributes:
        path: The file.
        metadata: The description; the names of its inputs and outputs are those of the file's
            first signature, where that has them.
        origin: How litert_ir made the file; None for files of others.
        files: The files that it carries, such as lists of labels.
        schema_version: The version of the schema that readers need.
        notes: Parts that were left out of the description, and why.
    """

    path: Path
    metadata: Metadata
    origin: FileOrigin | None = None
    files: tuple[AssociatedFile, ...] = ()
    schema_version: str = ""
    notes: tuple[str, ...] = ()

    @property
    @override
    def headline(self) -> str:
        """The name, version, author and license of the model."""
        said = self.metadata
        title = " ".join(filter(None, (said.name, said.version)))
        parts = (title, said.author and f"by {said.author}", said.license)
        known = ", ".join(filter(None, parts)) or "no name, author or license"
        return f"{self.path.name}: {known}"

    @override
    def tables(self) -> tuple[Table, ...]:
        """The texts, the tensors, the files, and how the file was made."""
        said = self.metadata
        texts = [
            (name, getattr(said, name))
            for name in ("name", "version", "author", "license", "description")
        ]
        columns = ("tensor", "is", "values")
        files = [(file.name, bytes_text(file.size_bytes)) for file in self.files]
        return (
            facts("metadata", [*texts, ("notes", "\n".join(self.notes))]),
            Table("tensors", columns, list(self._tensor_rows())),
            Table("files", ("name", Column("size", numeric=True)), files),
            self._origin_table(),
        )

    def _tensor_rows(self) -> Iterator[tuple[str, str, str]]:
        for taken in self.metadata.inputs:
            color = f"{taken.color_space.value} images" if taken.color_space else ""
            values = (
                str(taken.normalization) if taken.normalization else "",
                str(taken.bounds) if taken.bounds else "",
            )
            yield taken.name, _joined(color, taken.description), _joined(*values)
        for given in self.metadata.outputs:
            bounds = str(given.bounds) if given.bounds else ""
            yield given.name, _joined(_labels_text(given.labels), given.description), bounds

    def _origin_table(self) -> Table:
        if self.origin is None:
            return facts("made with", [])
        return facts(
            "made with",
            [
                ("plan", self.origin.plan),
                ("strategy", self.origin.strategy),
                ("Keras on", self.origin.backend),
                ("packages", "\n".join(map(str, self.origin.tools))),
                ("then", "\n".join(self.origin.changes)),
            ],
        )


def _joined(*lines: str) -> str:
    return "\n".join(filter(None, lines))


def _labels_text(labels: tuple[str, ...]) -> str:
    if not labels:
        return ""
    first = ", ".join(labels[:_SHOWN_LABELS])
    return f"{len(labels)} labels: {first}{', ...' if len(labels) > _SHOWN_LABELS else ''}"
