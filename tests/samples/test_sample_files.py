"""Samples in numpy's files: their layouts, and faults found before anything is converted."""

from __future__ import annotations

from collections.abc import Callable
from operator import length_hint
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.errors import SamplesError
from litert_ir.samples.samples import Samples
from tests.conversion.exports import Array, exported, model, plan_of
from tests.conversion.stubs import returning

X = np.arange(24, dtype=np.float32).reshape(6, 4)
ZULU = np.arange(18, dtype=np.float32).reshape(6, 3)
ALPHA = np.arange(30, dtype=np.float64).reshape(6, 5)

Write = Callable[[Path], Path]


def npz(**arrays: Any) -> Write:
    def write(folder: Path) -> Path:
        np.savez(folder / "samples.npz", **arrays)
        return folder / "samples.npz"

    return write


def npy_folder(**arrays: Any) -> Write:
    def write(folder: Path) -> Path:
        for name, array in arrays.items():
            np.save(folder / f"{name}.npy", array)
        return folder

    return write


def npy(array: Array) -> Write:
    def write(folder: Path) -> Path:
        np.save(folder / "any.npy", array)
        return folder / "any.npy"

    return write


def read(trait: str, path: Path, **plan: Any) -> list[Array]:
    """All samples of a file as a plan's, joined per input."""
    samples = Samples(exported(trait, **plan).plan, lir.samples_from(path))
    joined = [np.concatenate(arrays) for arrays in zip(*samples, strict=True)]
    assert length_hint(samples) * len(next(iter(samples))[0]) == len(joined[0])
    return joined


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(npz(features=X), id="npz"),
        pytest.param(npz(x_test=X), id="npz-any-name"),
        pytest.param(npy(X), id="npy"),
        pytest.param(npy_folder(features=X), id="folder"),
        pytest.param(npy_folder(x_test=X), id="folder-any-name"),
        pytest.param(npy_folder(**{f"s{i}": X[i] for i in range(6)}), id="a-file-per-sample"),
        pytest.param(
            npy_folder(**{f"s{i}": X[i : i + 1] for i in range(6)}), id="a-file-per-batch-of-one"
        ),
        pytest.param(npz(features=X.astype(np.float64)), id="other-float-type"),
    ],
)
def test_samples_of_one_input(write: Write, tmp_path: Path) -> None:
    (found,) = read("single", write(tmp_path))
    np.testing.assert_array_equal(found, X)


@pytest.mark.parametrize("write", [npz(alpha=ALPHA, zulu=ZULU), npy_folder(alpha=ALPHA, zulu=ZULU)])
def test_samples_of_two_inputs(write: Write, tmp_path: Path) -> None:
    zulu, alpha = read("list", write(tmp_path))
    np.testing.assert_array_equal(zulu, ZULU)
    np.testing.assert_array_equal(alpha, ALPHA.astype(np.float32))


def test_a_static_batch_takes_as_many_at_once(tmp_path: Path) -> None:
    plan = lir.plan_for(model("single"), batch_size=4)
    samples = list(Samples(plan, lir.samples_from(npz(features=X)(tmp_path))))
    assert [array.shape for (array,) in samples] == [(4, 4)]  # the other two make no batch


def test_samples_by_hand_are_dicts_by_the_stored_names(tmp_path: Path) -> None:
    found = list(lir.samples_from(npz(alpha=ALPHA, zulu=ZULU)(tmp_path)))
    assert len(found) == 6
    assert {name: array.shape for name, array in found[0].items()} == {
        "alpha": (1, 5),
        "zulu": (1, 3),
    }


def test_an_archive_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = Samples(plan_of("single"), lir.samples_from(npz(features=X)(tmp_path)))
    loads: list[Any] = []
    read = np.lib.format.read_array

    def counting(file: Any, **options: Any) -> Any:
        loads.append(file)
        return read(file, **options)

    monkeypatch.setattr(np.lib.format, "read_array", counting)
    samples.check()
    assert len(list(samples)) == 6
    assert len(loads) == 1


def test_arrays_outside_an_archive_are_mapped(tmp_path: Path) -> None:
    (sample, *_) = lir.samples_from(npy(X)(tmp_path))
    assert isinstance(sample["any"], np.memmap)


def nothing(folder: Path) -> Path:
    return folder / "nowhere.npz"


def text(folder: Path) -> Path:
    (folder / "notes.txt").write_text("hello")
    return folder / "notes.txt"


def damaged(folder: Path) -> Path:
    path = npz(features=X)(folder)
    path.write_bytes(path.read_bytes()[:100])
    return path


def damaged_npy(folder: Path) -> Path:
    path = npy(X)(folder)
    path.write_bytes(b"no array")
    return path


@pytest.mark.parametrize(
    ("write", "message", "expected", "received"),
    [
        (nothing, "There are no samples here", "an .npz", ""),
        (text, "cannot be read", "an .npz, an .npy", "neither .npz nor .npy"),
        (damaged, "cannot be read", "an .npz", "not a zip file"),
        (damaged_npy, "cannot be read", "an .npz", "magic string"),
        (npy_folder(), "There are no samples", "arrays", "none"),
        (npz(), "There are no samples", "arrays", "none"),
        (npz(x=np.array([{}, 1], object)), "pickled objects", "an array of numbers", "object"),
        (npy(np.array([{}], object)), "pickled objects", "an array of numbers", "object"),
    ],
)
def test_what_cannot_be_read_is_told_at_once(
    write: Write, message: str, expected: str, received: str, tmp_path: Path
) -> None:
    path = write(tmp_path)
    with pytest.raises(SamplesError, match=message) as caught:
        lir.samples_from(path)
    assert caught.value.where.startswith(str(path))
    assert expected in caught.value.expected
    assert received in caught.value.received


@pytest.mark.parametrize(
    ("trait", "write", "message", "received"),
    [
        ("list", npz(alpha=ALPHA, zuluu=ZULU), "other names", "['alpha', 'zuluu']"),
        ("list", npz(alpha=ALPHA), "other names", "['alpha']"),
        ("single", npz(features=X, labels=X), "other names", "['features', 'labels']"),
        ("single", npy_folder(features=X, labels=X), "other names", "['features', 'labels']"),
        (
            "list",
            npz(alpha=ALPHA[:2], zulu=ZULU),
            "different numbers",
            "zulu (6, 3) float32, alpha (2, 5) float64",
        ),
        ("single", npz(features=np.float32(1)), "different numbers", "features () float32"),
        ("single", npz(features=X[:0]), "fewer samples than one batch", "0"),
        ("single", npz(features=X[:, :3]), "another shape", "(1, 3) float32"),
        ("single", npz(features=X.astype(complex)), "element type", "complex128"),
        ("single", npz(features=np.full((2, 4), np.nan)), "NaN or infinity", "4 of 4 that are not"),
        ("single", npy_folder(a=X[0], b=X[0, :3]), "another shape", "(1, 3) float32"),
    ],
)
def test_a_fault_is_found_before_any_conversion(
    trait: str, write: Write, message: str, received: str, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    path = write(source)
    stub = returning(exported(trait).content)
    with pytest.raises(SamplesError, match=message) as caught:
        lir.export(
            model(trait),
            tmp_path / "model.tflite",
            options={"optimizations": ["DEFAULT"]},
            representative_dataset=lir.samples_from(path),
            strategies=(stub,),
        )
    assert str(path) in caught.value.where
    assert received in caught.value.received
    assert stub.calls == 0
    assert not (tmp_path / "model.tflite").exists()


def test_a_misspelt_name_is_told_with_the_nearest(tmp_path: Path) -> None:
    samples = Samples(plan_of("list"), lir.samples_from(npz(alpha=ALPHA, zuluu=ZULU)(tmp_path)))
    with pytest.raises(SamplesError) as caught:
        samples.check()
    assert caught.value.expected == "one array for each of ['zulu', 'alpha']"
    assert caught.value.advice == "'zuluu' may be 'zulu'"


def test_an_export_calibrates_on_a_file(tmp_path: Path) -> None:
    path = npz(features=np.random.default_rng(0).standard_normal((9, 4)))(tmp_path)
    result = lir.export(
        model("single"),
        tmp_path / "model.tflite",
        options={"optimizations": ["DEFAULT"]},
        representative_dataset=lir.samples_from(path),
        strategies=(lir.ConcreteFunction(),),
        verify=lir.Verification(calibration_samples=9),
    )
    assert result.plan.options.precision is lir.Precision.INTEGER
    assert result.parity is not None
    assert result.parity.cases == 9


def test_a_damaged_compressed_file(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    np.savez_compressed(path, features=np.zeros((300, 4), np.float32))
    content = bytearray(path.read_bytes())
    content[80:100] = b"\xff" * 20
    path.write_bytes(content)
    with pytest.raises(SamplesError, match="cannot be read"):
        Samples(plan_of("single"), lir.samples_from(path)).check()
