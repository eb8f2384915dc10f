"""List the metadata of a file, with the content of those that are text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import attrs

from litert_ir.inspection.contents import FileContents
from litert_ir.inspection.regions import read_region

_MOST_BYTES = 4096
"""The bytes above which an entry is not shown."""
_DIGITS = 16


@attrs.frozen(kw_only=True)
class MetadataEntry:
    """An entry of a file's metadata.

    Attributes:
        name: Its name.
        size_bytes: The bytes of its content.
        text: The content; None where it is not printable text, or too long to show.
        digest: The first digits of the content's SHA-256.
    """

    name: str
    size_bytes: int
    text: str | None
    digest: str


def metadata_entries_of(contents: FileContents) -> tuple[MetadataEntry, ...]:
    """List the metadata."""
    return tuple(_entries(contents))


def _entries(contents: FileContents) -> Iterator[MetadataEntry]:
    for entry in contents.metadata:
        size = 0 if entry.region is None else entry.region.size
        content = read_region(contents.path, entry.region)
        yield MetadataEntry(
            name=entry.name,
            size_bytes=size,
            text=_text(content) if size <= _MOST_BYTES else None,
            digest=hashlib.sha256(content).hexdigest()[:_DIGITS],
        )


def _text(content: bytes) -> str | None:
    try:
        text = content.rstrip(b"\0").decode()
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() else None
