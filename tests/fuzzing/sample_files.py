"""Damaged files of samples, read as an export reads them."""

from __future__ import annotations

import functools
import io
import zipfile
from pathlib import Path
from random import Random

import attrs
import numpy as np

import litert_ir as lir
from litert_ir.ir.nodes import TupleNode
from litert_ir.ir.signature import Argument, Signature
from litert_ir.samples.samples import Samples
from tests.fuzzing.mutations import mutated_bytes

_SPEC = lir.TensorSpec(name="x", shape=(lir.DynamicDim("batch"), 8), dtype=lir.DType.FLOAT32)
_SIGNATURE = Signature((Argument("inputs", TupleNode((_SPEC,))),))
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


@attrs.frozen
class OneInput:
    """What the samples are for: a model of one input, (batch, 8)."""

    inputs: tuple[lir.TensorSpec, ...] = (_SPEC,)
    signature: Signature = _SIGNATURE


def npy(array: np.ndarray) -> bytes:
    """An array as the bytes of an ``.npy`` file."""
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def npz(content: bytes, compression: int = zipfile.ZIP_STORED, name: str = "x.npy") -> bytes:
    """The bytes of an ``.npz`` file with one member."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        archive.writestr(name, content)
    return file.getvalue()


@functools.cache
def _whole_files() -> tuple[tuple[str, bytes], ...]:
    values = np.random.default_rng(0).standard_normal((6, 8), dtype=np.float32)
    array = npy(values)
    return (("x.npy", array), *(("x.npz", npz(array, kind)) for kind in _COMPRESSIONS))


@attrs.frozen
class SampleFiles:
    """`samples_from`, and reading each sample.

    Attributes:
        folder: Where the files are written.
    """

    folder: Path

    def attempt(self, random: Random) -> None:
        """Read a damaged file: all of it, or of an archive the array inside.

        Raises:
            SamplesError: When it is refused.
        """
        name, content = random.choice(_whole_files())
        damaged = mutated_bytes(random, content)
        if name == "x.npz" and random.random() < 0.3:
            inner = mutated_bytes(random, _whole_files()[0][1])
            damaged = npz(inner, random.choice(_COMPRESSIONS))
        path = self.folder / name
        path.write_bytes(damaged)
        samples = Samples(OneInput(), lir.samples_from(path), str(path), finite=True, most=300)
        samples.check()
        assert all(sample[0].shape == (1, 8) for sample in samples)
