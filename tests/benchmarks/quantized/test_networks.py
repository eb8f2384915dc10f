"""The seeded networks: what they give depends on what they see, and they are not chaotic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from benchmarks import workloads
from benchmarks.quantized import subjects
from benchmarks.quantized.accuracy import accuracy_of, compared
from benchmarks.quantized.fit import read_weights, write_weights
from benchmarks.quantized.samples import TEST_SEED, Array, picture, stacked, text, variation
from benchmarks.quantized.subjects import Subject, subject
from benchmarks.shapes import EncoderShape
from benchmarks.workloads import Workload

TINY_BERT = EncoderShape(layers=2, width=64, heads=4, mlp_width=128, sequence=256, vocabulary=600)


def outputs(seen: Subject, count: int) -> Array:
    inputs = stacked(seen.samples(TEST_SEED, count))
    given = inputs if len(inputs) > 1 else next(iter(inputs.values()))
    return np.asarray(seen.model(given, training=False))


def half_precision(model: Any) -> None:
    for weight in model.weights:
        weight.assign(weight.numpy().astype(np.float16))


@pytest.mark.slow
def test_mobilenet_tells_pictures_apart_and_bears_float16(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subjects, "FITTED_ON", 8)  # the 32 of the benchmark take gigabytes
    seen = subject(Workload.MOBILENET_V2)
    assert np.ptp(outputs(seen, 4), axis=0).max() < 1e-3, "Keras' own weights say nothing"
    seen.fit()
    probabilities = outputs(seen, 24)
    assert len(set(probabilities.argmax(axis=1).tolist())) >= 4
    assert 0.2 < probabilities.max(axis=1).mean() < 0.99
    half_precision(seen.model)
    changed = compared(probabilities, outputs(seen, 24))
    assert changed.relative_rms is not None
    assert changed.relative_rms < 0.02
    assert changed.top1 == 1


def test_bert_depends_on_the_words_and_bears_float16(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workloads, "BERT", TINY_BERT)
    seen = subject(Workload.HUB_BERT)
    seen.fit()
    logits = outputs(seen, 32)
    assert 0.2 < np.mean(logits.argmax(axis=1)) < 0.8
    assert logits.std(axis=0).min() > 0.5
    half_precision(seen.model)
    changed = compared(logits, outputs(seen, 32))
    assert changed.relative_rms is not None
    assert changed.relative_rms < 0.005


def test_weights_that_are_written_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workloads, "BERT", TINY_BERT)
    path = tmp_path / "weights.npz"
    write_weights(Workload.HUB_BERT, path)
    read, fitted = subject(Workload.HUB_BERT), subject(Workload.HUB_BERT)
    read_weights(read.model, path)
    fitted.fit()
    assert all(
        np.array_equal(one.numpy(), other.numpy())
        for one, other in zip(read.model.weights, fitted.model.weights, strict=True)
    )


def test_other_workloads_are_refused() -> None:
    with pytest.raises(ValueError, match=r"on mobilenet_v2, .*received lstm"):
        subject(Workload.LSTM)


def test_samples_depend_on_the_seed_alone() -> None:
    seen = subject(Workload.TINY_DENSE)
    first, again, other = (stacked(seen.samples(seed, 5))["features"] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.isin(first, other).any()


def test_pictures_are_smooth_and_differ() -> None:
    generator = np.random.default_rng(0)
    pictures = np.stack([picture(generator, 64) for _ in range(8)])
    assert pictures.shape == (8, 64, 64, 3)
    assert pictures.dtype == np.float32
    assert np.abs(pictures).max() <= 1
    steps = np.abs(np.diff(pictures, axis=1)).mean()
    assert steps < 0.6 * pictures.std(axis=(1, 2, 3)).mean()  # 1.13 for white noise
    own = variation(generator, pictures[0])
    distances = [float(np.square(own - each).mean()) for each in pictures]
    assert np.argmin(distances) == 0


def test_texts_have_two_segments_and_padding() -> None:
    generator = np.random.default_rng(0)
    texts = stacked([text(generator, 600, 128) for _ in range(16)])
    words = texts["padding_mask"].sum(axis=1)
    assert words.min() >= 32
    assert len(set(words.tolist())) > 8
    assert np.array_equal(texts["token_ids"] > 0, texts["padding_mask"] == 1)
    assert texts["segment_ids"].sum(axis=1).tolist() == (words - words // 2).tolist()


def test_errors_are_those_of_a_comparison_by_hand() -> None:
    found = compared(np.array([[3.0, 0.0], [0.0, 4.0]]), np.array([[3.0, 0.0], [3.0, 0.0]]))
    assert found.samples == 2
    assert found.max_error == 4
    assert found.relative_rms == 1
    assert found.cosine == pytest.approx(9 / (5 * np.sqrt(18)))
    assert found.top1 == 0.5


def test_a_file_is_compared_with_its_model(tmp_path: Path) -> None:
    seen = subject(Workload.TINY_DENSE)
    path = tmp_path / "dense.tflite"
    lir.export(seen.model, path, verify=False)
    found = accuracy_of(path, seen.model, seen.samples(TEST_SEED, 20))
    assert (found.samples, found.top1, found.failure) == (20, 1, "")
    assert found.max_error is not None
    assert found.max_error < 1e-6
    path.write_bytes(b"no model at all")
    assert accuracy_of(path, seen.model, seen.samples(TEST_SEED, 2)).failure
