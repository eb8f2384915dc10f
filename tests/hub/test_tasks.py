"""KerasHub tasks from the model to the file: sizes, names, errors, what stays out of it."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.errors import OptionsError, SizeError, UnsupportedTaskError
from litert_ir.hub import (
    REGISTRY,
    CausalLMExporterConfig,
    DefaultSizeWarning,
    ExporterRegistry,
    Seq2SeqLMExporterConfig,
)
from litert_ir.ir.task import SizeSource
from tests.hub.tiny_tasks import (
    LONGEST,
    AudioClassifier,
    UnbuiltLM,
    bart_seq_2_seq_lm,
    bert_classifier,
    gpt2_causal_lm,
    models,
)


@contextlib.contextmanager
def default_sizes() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DefaultSizeWarning)
        yield


def shapes(plan: lir.ExportPlan) -> dict[str, tuple[int | None, ...]]:
    return {spec.name: spec.sizes for spec in plan.inputs}


def test_the_length_is_that_of_the_preprocessor(tmp_path: Path) -> None:
    model = bert_classifier(sequence_length=12)
    result = lir.export(model, tmp_path / "bert.tflite", strategies=(lir.StableHLO(),))
    file = lir.LiteRTFile(tmp_path / "bert.tflite")
    assert [info.name for info in file.inputs] == ["token_ids", "padding_mask", "segment_ids"]
    assert shapes(result.plan) == dict.fromkeys(
        ("token_ids", "padding_mask", "segment_ids"), (None, 12)
    )
    assert [info.name for info in file.outputs] == ["predictions"]
    assert result.plan.task is not None
    (size,) = result.plan.task.sizes
    assert (size.value, size.source) == (12, SizeSource.PREPROCESSOR)
    assert "text_classifier by TextClassifierExporterConfig" in str(result.plan)
    assert "sequence_length 12 (preprocessor.sequence_length)" in str(result.plan)


def test_an_argument_comes_first() -> None:
    plan = lir.plan_for(bert_classifier(sequence_length=12), max_sequence_length=7)
    assert shapes(plan)["token_ids"] == (None, 7)


def test_without_a_preprocessor_there_is_a_default_and_a_warning() -> None:
    with pytest.warns(DefaultSizeWarning, match="sequence_length 16 is taken"):
        plan = lir.plan_for(gpt2_causal_lm(), registry=shorter(16))
    assert shapes(plan) == {"token_ids": (None, 16), "padding_mask": (None, 16)}


def shorter(length: int) -> ExporterRegistry:
    registry = ExporterRegistry()
    config = type("Short", (CausalLMExporterConfig,), {"DEFAULT_SEQUENCE_LENGTH": length})
    registry.register_config("keras_hub.models.CausalLM", config)
    return registry


def test_a_default_does_not_exceed_the_position_table() -> None:
    plan = lir.plan_for(gpt2_causal_lm())
    assert plan.task is not None
    (size,) = plan.task.sizes
    assert (size.value, size.source) == (LONGEST, SizeSource.MODEL)


def test_a_length_beyond_the_position_table_is_refused() -> None:
    with pytest.raises(SizeError, match="beyond the model's position table") as caught:
        lir.plan_for(gpt2_causal_lm(), max_sequence_length=LONGEST + 1)
    assert caught.value.expected == f"at most {LONGEST} (backbone.max_sequence_length)"


def test_the_file_of_a_sequence_to_sequence_model() -> None:
    model = bart_seq_2_seq_lm()
    config = REGISTRY.get_config(model)
    assert isinstance(config, Seq2SeqLMExporterConfig)
    assert list(config.EXPECTED_INPUTS) == [
        "encoder_token_ids",
        "encoder_padding_mask",
        "decoder_token_ids",
        "decoder_padding_mask",
    ]
    plan = lir.plan_for(model, max_sequence_length=8, sizes={"decoder_sequence_length": 5})
    result = lir.execute(plan, model, strategies=(lir.StableHLO(),))
    assert result.parity is not None
    assert result.parity.agrees
    assert list(shapes(plan)) == list(config.EXPECTED_INPUTS)
    assert [leaf.spec.name for leaf in plan.output_leaves] == ["logits"]
    assert plan.output_leaves[0].spec.sizes == (None, 5, 16)


def test_the_adapter_shares_the_variables() -> None:
    model = bert_classifier()
    with default_sizes():
        plan = lir.plan_for(model)
    adapter = lir.adapter_model(plan, model)
    assert [tensor.name for tensor in adapter.inputs] == [spec.name for spec in plan.inputs]
    assert [id(v) for v in adapter.variables] == [id(v) for v in model.variables]
    adapter.variables[0].assign(np.full(adapter.variables[0].shape, 0.5))
    np.testing.assert_array_equal(model.variables[0], adapter.variables[0])
    tokens = np.array([[2, 5, 6, 3] + [0] * 20], np.int32)
    flat = [tokens, (tokens > 0).astype(np.int32), np.zeros_like(tokens)]
    nested = dict(zip((spec.name for spec in plan.inputs), flat, strict=True))
    np.testing.assert_array_equal(adapter(flat)["predictions"], model(nested))


def test_the_adapter_costs_no_memory_for_weights() -> None:
    backbone = models.BertBackbone(
        vocabulary_size=250_000,
        num_layers=1,
        num_heads=2,
        hidden_dim=64,
        intermediate_dim=16,
        max_sequence_length=LONGEST,
    )
    model = models.BertTextClassifier(backbone, num_classes=2)
    with default_sizes():
        plan = lir.plan_for(model)
    before = resident_bytes()
    adapter = lir.adapter_model(plan, model)
    grown = resident_bytes() - before
    assert len(adapter.variables) == len(model.variables)
    assert plan.model.weight_bytes > 64e6
    assert grown < 16e6


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


@pytest.mark.parametrize("strategy", [lir.Direct(), lir.ConcreteFunction(), lir.SavedModel()])
def test_no_strategy_takes_the_tokenizer_along(strategy: lir.ConversionStrategy) -> None:
    model = bert_classifier(sequence_length=12)
    result = lir.execute(lir.plan_for(model, batch_size=1), model, strategies=(strategy,))
    assert result.content is not None
    assert b"brown" not in result.content
    assert result.parity is not None
    assert result.parity.agrees


def test_a_task_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="AudioClassifier model type is not supported") as caught:
        lir.export(AudioClassifier(), "model.tflite")
    assert isinstance(caught.value, UnsupportedTaskError)


def test_a_draft_model_is_refused_before_it_is_called() -> None:
    registry = ExporterRegistry()
    config = REGISTRY.find(object.__new__(models.Gemma4AssistantCausalLM))
    assert config is not None
    registry.register_config(type(gpt2_causal_lm()), config)
    with pytest.raises(UnsupportedTaskError, match="not supported for export") as caught:
        lir.plan_for(gpt2_causal_lm(), registry=registry)
    assert "draft model" in caught.value.received


def test_a_task_that_is_not_built_is_built_from_shapes() -> None:
    model, registry = UnbuiltLM(), ExporterRegistry()
    registry.register_config(UnbuiltLM, CausalLMExporterConfig)
    plan = lir.plan_for(model, max_sequence_length=6, registry=registry)
    assert model.built_for == {"token_ids": (None, 6), "padding_mask": (None, 6)}
    result = lir.execute(plan, model, strategies=(lir.StableHLO(),))
    assert result.parity is not None
    assert result.parity.agrees
    assert [(spec.name, spec.dtype.value) for spec in plan.inputs] == [
        ("token_ids", "int32"),
        ("padding_mask", "int32"),
    ]


def test_a_wrong_file_name_is_an_assertion_error() -> None:
    with pytest.raises(AssertionError, match=r"must end with '\.tflite'"):
        lir.export(gpt2_causal_lm(), "model.pb", format="litert")


def test_sizes_and_a_signature_contradict_each_other() -> None:
    specs = {name: np.zeros((1, 6), np.int32) for name in ("token_ids", "padding_mask")}
    plan = lir.plan_for(gpt2_causal_lm(), input_signature=specs)
    assert plan.kind is lir.ModelKind.HUB_TASK
    assert shapes(plan)["token_ids"] == (None, 6)
    assert plan.task is not None
    assert plan.task.sizes == ()
    with pytest.raises(SizeError, match="Sizes are for models"):
        lir.plan_for(gpt2_causal_lm(), input_signature=specs, max_sequence_length=6)


def test_other_models_take_no_sizes() -> None:
    from tests.hub.plain_models import text_model

    with pytest.raises(SizeError, match="Sizes are for models") as caught:
        lir.plan_for(text_model("token_ids"), max_sequence_length=6)
    assert "max_sequence_length=6" in caught.value.received


def test_an_exporter_uses_its_own_configuration(tmp_path: Path) -> None:
    model = gpt2_causal_lm()
    config = shorter(5).get_config(model)
    exporter = REGISTRY.get_exporter("litert", config)
    with default_sizes():
        result = exporter.export(tmp_path / "gpt2.tflite", strategies=(lir.StableHLO(),))
    assert shapes(result.plan)["token_ids"] == (None, 5)
    with pytest.raises(OptionsError, match="Unknown format"):
        lir.export(model, "model.tflite", format="onnx")


def test_integers_are_compared_within_their_bounds() -> None:
    plan = lir.plan_for(bert_classifier(sequence_length=12))
    assert plan.task is not None
    bounds: dict[str, Any] = {bound.name: bound.below for bound in plan.task.bounds}
    assert bounds == {"token_ids": 10, "padding_mask": 2, "segment_ids": 2}
