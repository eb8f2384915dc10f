"""Damaged ``.keras`` files, loaded as the command line loads them."""

from __future__ import annotations

import functools
import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import attrs

from litert_ir.backends import load_keras
from litert_ir.cli.model_source import load_model, parse_source
from litert_ir.testing import models
from tests.fuzzing.limits import more_memory_at_most
from tests.fuzzing.mutations import ODD_VALUES, mutated_bytes, mutated_document

Members = list[tuple[str, bytes]]
CONFIG, WEIGHTS = "config.json", "model.weights.h5"
_VALUES = [value for value in ODD_VALUES if not isinstance(value, int) or abs(value) < 2**31]
"""TensorFlow waits ten seconds for memory that a layer of such a size cannot get."""
_ROOM = 2 << 30
"""Bytes; a layer of damaged size takes any number of them, whatever the file has."""
_H5_HEAD = 4000
"""Bytes at the start of an HDF5 file that say where everything is."""


def members_of(content: bytes) -> Members:
    """The names and contents of an archive's members."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [(info.filename, archive.read(info)) for info in archive.infolist()]


def archive_of(members: Members) -> bytes:
    """An archive with these members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def with_member(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """An archive in which one member is changed."""
    return archive_of(
        [(member, change(data) if member == name else data) for member, data in members_of(content)]
    )


def with_config(content: bytes, change: Callable[[Any], Any]) -> bytes:
    """An archive whose configuration is changed."""
    return with_member(content, CONFIG, lambda data: json.dumps(change(json.loads(data))).encode())


def saved(model: Any) -> bytes:
    """A model as the bytes of a ``.keras`` file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.keras")
        model.save(path)
        return path.read_bytes()


@functools.cache
def _whole_files() -> tuple[bytes, ...]:
    keras = load_keras()
    ids = keras.Input((5,), dtype="int32", name="ids")
    steps = keras.layers.Embedding(20, 6)(ids)
    recurrent = keras.Model(ids, keras.layers.Dense(3)(keras.layers.GRU(4)(steps)))
    return tuple(map(saved, (models.dict_model(), models.model_in_model(), recurrent)))


@attrs.frozen
class KerasArchives:
    """`parse_source` and `load_model`.

    Attributes:
        folder: Where the files are written.
    """

    folder: Path

    def attempt(self, random: Random) -> None:
        """Load a damaged file.

        Raises:
            ModelSourceError: When it is refused.
        """
        content, kind = random.choice(_whole_files()), random.random()
        if kind < 0.55:
            damaged = with_config(
                content, lambda document: mutated_document(random, document, _VALUES)
            )
        elif kind < 0.75:
            damaged = with_member(
                content, WEIGHTS, lambda data: mutated_bytes(random, data, head=_H5_HEAD)
            )
        else:
            damaged = mutated_bytes(random, content, head=300)
        path = self.folder / "model.keras"
        path.write_bytes(damaged)
        try:
            with more_memory_at_most(_ROOM):
                assert load_model(parse_source(str(path))).name is not None
        finally:
            load_keras().backend.clear_session()
