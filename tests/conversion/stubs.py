"""Strategies that misbehave on purpose, and files that are subtly wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import flatbuffers

import litert_ir as lir
from litert_ir.backends import load_schema
from litert_ir.conversion.protocol import Content
from litert_ir.errors import ConversionError
from litert_ir.ir.file_dimensions import METADATA_NAME

Act = Callable[[], bytes | Content]


class Pieces(Content):
    """A file that is given piece by piece.

    Args:
        content: The file.
        announced: The size that it claims to have; by default its own.
    """

    def __init__(self, content: bytes, announced: int | None = None) -> None:
        self.content = content
        self.announced = len(content) if announced is None else announced
        self.given = 0

    @property
    def size_bytes(self) -> int:
        return self.announced

    def pieces(self) -> Iterator[bytes | memoryview]:
        view = memoryview(self.content)
        for start in range(0, len(view), 100):
            self.given += 1
            yield view[start : start + 100]


class Stub:
    """A strategy that does what it is told and counts how often it is asked to convert.

    Args:
        name: The strategy's name.
        act: Gives the file, or raises.
        refusal: Why it refuses; None when it does not.
    """

    def __init__(self, name: str, act: Act, refusal: str | None = None) -> None:
        self._name = name
        self.act = act
        self.refusal = refusal
        self.calls = 0

    @property
    def name(self) -> str:
        return self._name

    def refuses(self, plan: lir.ExportPlan) -> lir.Refusal | None:
        del plan
        return None if self.refusal is None else lir.Refusal(reason=self.refusal)

    def convert(
        self, plan: lir.ExportPlan, model: Any, calibration: Iterable[Any] | None
    ) -> lir.Artifact:
        del plan, model, calibration
        self.calls += 1
        return lir.Artifact(content=self.act())


def returning(content: bytes | Content, name: str = "returning") -> Stub:
    """A strategy that always makes the same file."""
    return Stub(name, lambda: content)


def raising(error: BaseException, name: str = "raising") -> Stub:
    """A strategy that always fails the same way."""

    def act() -> bytes:
        raise error

    return Stub(name, act)


def failing(name: str = "failing") -> Stub:
    """A strategy that fails as strategies may."""
    return raising(ConversionError("It broke.", received="a stub"), name)


def refusing(name: str = "refusing") -> Stub:
    """A strategy that takes no plan."""
    return Stub(name, bytes, refusal="not today")


def edited(content: bytes, edit: Callable[[Any], None]) -> bytes:
    """A LiteRT file whose tables were changed in place by ``edit``."""
    model = load_schema().ModelT.InitFromPackedBuf(content, 0)
    edit(model)
    builder = flatbuffers.Builder(len(content))
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def without_signature(content: bytes) -> bytes:
    """The same file without its signature."""

    def edit(model: Any) -> None:
        model.signatureDefs = []

    return edited(content, edit)


def with_dimensions(content: bytes, metadata: bytes | None) -> bytes:
    """The same file with other metadata of its dimensions, or without any."""

    def edit(model: Any) -> None:
        (entry,) = (e for e in model.metadata if e.name == METADATA_NAME.encode())
        if metadata is None:
            model.metadata.remove(entry)
        else:
            model.buffers[entry.buffer].data = list(metadata)

    return edited(content, edit)


def with_swapped_inputs(content: bytes) -> bytes:
    """The same file whose signature names its inputs in the reverse order."""

    def edit(model: Any) -> None:
        model.signatureDefs[0].inputs.reverse()

    return edited(content, edit)


def with_other_output_names(content: bytes) -> bytes:
    """The same file with every output renamed."""

    def edit(model: Any) -> None:
        for entry in model.signatureDefs[0].outputs:
            entry.name = b"other_" + entry.name

    return edited(content, edit)
