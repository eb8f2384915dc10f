"""The models that the benchmarks define themselves, in small."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import litert_ir as lir
from benchmarks import workloads
from benchmarks.contenders import SEQUENCE, keras_signature
from benchmarks.encoder import transformer_encoder
from benchmarks.language_model import language_model, rotation
from benchmarks.latency import _INTEGERS_BELOW
from benchmarks.measure import weight_bytes
from benchmarks.shapes import HALF_GB, ONE_GB, TINY_LM, TWO_GB, EncoderShape, LanguageModelShape
from benchmarks.workloads import Workload, build
from litert_ir.hub import DefaultSizeWarning

LARGEST_FLATBUFFER = 2**31
TINY_BERT = EncoderShape(layers=1, width=16, heads=2, mlp_width=32, sequence=256, vocabulary=500)


def tokens(shape: LanguageModelShape) -> Any:
    return np.random.default_rng(0).integers(0, shape.vocabulary, (2, shape.sequence))


def test_the_language_model_gives_logits_of_a_sane_size() -> None:
    model = build(Workload.TINY_LM)
    assert model.input_shape == (None, TINY_LM.sequence)
    logits = np.asarray(model(tokens(TINY_LM)))
    assert logits.shape == (2, TINY_LM.sequence, TINY_LM.vocabulary)
    assert 0.3 < logits.std() < 3
    assert keras_signature(model) is None


def test_no_token_sees_a_later_one() -> None:
    model = build(Workload.TINY_LM)
    before = tokens(TINY_LM)
    after = before.copy()
    after[:, 9] = (after[:, 9] + 1) % TINY_LM.vocabulary
    difference = np.abs(np.asarray(model(before)) - np.asarray(model(after))).max(axis=(0, 2))
    assert difference[:9].max() <= 1e-5  # float32 sums of the same numbers
    assert difference[9:].min() > 1e-3


def test_weights_depend_on_the_seed_and_no_two_are_alike() -> None:
    first, again, other = (
        [weight.numpy() for weight in language_model(TINY_LM, seed).weights if weight.ndim > 1]
        for seed in (1, 1, 2)
    )
    assert all(map(np.array_equal, first, again))
    assert not any(map(np.array_equal, first, other))
    samples = {weight.ravel()[:8].tobytes() for weight in first}
    assert len(samples) == len(first) == 1 + 7 * TINY_LM.layers


def test_the_weights_of_a_shape_are_those_of_its_model() -> None:
    model = build(Workload.TINY_LM)
    assert weight_bytes(model) == 4 * TINY_LM.weights == 4 * model.count_params()


@pytest.mark.parametrize(("shape", "size"), [(HALF_GB, 0.5e9), (ONE_GB, 1e9), (TWO_GB, 2e9)])
def test_the_language_models_have_the_sizes_of_their_names(
    shape: LanguageModelShape, size: float
) -> None:
    assert 4 * shape.weights == pytest.approx(size, rel=0.02)
    assert 4 * shape.weights < LARGEST_FLATBUFFER


@given(
    query=st.lists(st.floats(-1, 1), min_size=8, max_size=8),
    key=st.lists(st.floats(-1, 1), min_size=8, max_size=8),
    positions=st.tuples(st.integers(0, 10), st.integers(0, 10), st.integers(0, 20)),
)
def test_rotation_makes_scores_depend_on_distance_alone(
    query: list[float], key: list[float], positions: tuple[int, int, int]
) -> None:
    cosine, sine = rotation(32, 8)

    def rotated(vector: list[float], position: int) -> Any:
        left, right = np.split(np.array(vector), 2)
        halves = np.concatenate((-right, left))
        return vector * cosine[position] + halves * sine[position]

    here, there, shift = positions
    score = rotated(query, here) @ rotated(key, there)
    shifted = rotated(query, here + shift) @ rotated(key, there + shift)
    assert shifted == pytest.approx(score, abs=1e-4)  # cosines are rounded to float32
    assert np.linalg.norm(rotated(query, here)) == pytest.approx(np.linalg.norm(query), abs=1e-4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"key_heads": 3}, "heads: expected a multiple of 3 key heads, received 4"),
        ({"head_width": 15}, "head_width: expected an even number, received 15"),
    ],
)
def test_a_shape_says_what_is_wrong(change: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        attrs.evolve(TINY_LM, **change)


def test_the_encoder_gives_a_vector_per_token() -> None:
    shape = EncoderShape(layers=2, width=16, heads=2, mlp_width=32, sequence=8, vocabulary=40)
    model = transformer_encoder(shape)
    assert model.input_shape == (None, 8)
    assert model.output_shape == (None, 8, 16)
    assert weight_bytes(model) == 4 * model.count_params()
    moved = np.asarray(model(np.full((1, 8), 3)))
    assert np.abs(moved[0, 0] - moved[0, 1]).max() > 1e-3, "the positions are in the model"


def test_the_encoders_width_splits_over_its_heads() -> None:
    with pytest.raises(ValueError, match="width: expected a multiple of 5 heads, received 384"):
        EncoderShape(heads=5)


def test_the_lstm_has_a_static_signature() -> None:
    model = build(Workload.LSTM)
    signature = keras_signature(model)
    assert signature is not None
    (spec,) = signature
    assert (spec.shape, spec.dtype, spec.name) == ((1, 128, 64), "float32", "features")


@pytest.mark.parametrize("workload", [Workload.HUB_GEMMA, Workload.HUB_BERT])
def test_keras_exports_a_hub_task_with_the_length_that_litert_ir_takes(
    workload: Workload, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, shape in (("GEMMA", TINY_LM), ("BERT", TINY_BERT)):
        monkeypatch.setattr(workloads, name, shape)
    model = build(workload)
    signature = keras_signature(model)
    assert signature is not None
    (specs,) = signature
    with pytest.warns(DefaultSizeWarning, match=f"sequence_length {SEQUENCE}"):
        plan = lir.plan_for(model)
    assert {spec.name: spec.sizes for spec in plan.inputs} == {
        name: spec.shape for name, spec in specs.items()
    }


def test_every_vocabulary_holds_the_tokens_that_files_are_run_on() -> None:
    shapes = (HALF_GB, ONE_GB, TWO_GB, TINY_LM, EncoderShape())
    assert min(shape.vocabulary for shape in shapes) >= _INTEGERS_BELOW
