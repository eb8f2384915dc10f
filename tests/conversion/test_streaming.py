"""Strategies whose file is computed while it is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typing_extensions import override

import litert_ir as lir
from litert_ir.conversion.protocol import Artifact, Content
from litert_ir.conversion.target import pending_file
from litert_ir.errors import AllStrategiesFailedError, ConversionError, FileRejectedError
from tests.conversion.exports import exported, model
from tests.conversion.stubs import Pieces, returning


@pytest.fixture(scope="module")
def content() -> bytes:
    return exported("single").content


class Breaking(Pieces):
    """Fails in the middle."""

    @override
    def pieces(self) -> Iterator[bytes | memoryview]:
        yield self.content[:100]
        raise ConversionError("The rest cannot be computed.")


def test_the_pieces_are_the_file(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    streamed = Pieces(content)
    result = lir.export(model("single"), path, strategies=(returning(streamed, "streaming"),))
    assert (result.strategy, result.size_bytes) == ("streaming", len(content))
    assert path.read_bytes() == content
    assert streamed.given == -(-len(content) // 100), "computed once"


def test_a_streamed_file_can_be_kept_in_memory(content: bytes) -> None:
    plan = lir.plan_for(model("single"))
    result = lir.execute(plan, model("single"), strategies=(returning(Pieces(content)),))
    assert result.content == content


def test_a_piece_is_written_before_the_next_one_is_asked_for(tmp_path: Path) -> None:
    class Overwriting(Pieces):
        @override
        def pieces(self) -> Iterator[bytes | memoryview]:
            slab = bytearray(10)
            for value in range(5):
                slab[:] = bytes([value]) * 10
                yield memoryview(slab)

    with pending_file(tmp_path / "model.tflite") as pending:
        pending.write(Overwriting(b"", announced=50))
        assert pending.path.read_bytes() == b"".join(bytes([value]) * 10 for value in range(5))


def test_a_shorter_attempt_leaves_nothing_of_the_longer_one(content: bytes, tmp_path: Path) -> None:
    with pending_file(tmp_path / "model.tflite") as pending:
        pending.write(Pieces(content * 2))
        pending.write(content)
        assert pending.path.read_bytes() == content


def test_what_breaks_while_it_is_written_is_a_failed_attempt(
    content: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "model.tflite"
    strategies = (returning(Breaking(content), "breaking"), returning(content, "following"))
    result = lir.export(model("single"), path, strategies=strategies)
    assert result.strategy == "following"
    assert "The rest cannot be computed" in str(result.attempts[0].error)
    assert path.read_bytes() == content


@pytest.mark.parametrize("difference", [-1, 1])
def test_a_file_of_another_size_than_announced_is_rejected(
    difference: int, content: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(b"old")
    streamed = Pieces(content, announced=len(content) + difference)
    with pytest.raises(AllStrategiesFailedError, match="not of the size") as caught:
        lir.export(model("single"), path, strategies=(returning(streamed),))
    error = caught.value.attempts[0].error
    assert isinstance(error, FileRejectedError)
    assert error.expected == f"{len(content) + difference:,} bytes"
    assert path.read_bytes() == b"old"


def test_bytes_are_no_streamed_content() -> None:
    assert not isinstance(b"", Content)
    assert Artifact(content=b"TFL3").content == b"TFL3"
    assert "TFL3" not in repr(Artifact(content=b"TFL3")), "a file is too long to print"
