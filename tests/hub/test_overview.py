"""The overview of tasks: from the registry, and from what the tests of the families found."""

from __future__ import annotations

from litert_ir.hub import (
    CausalLMExporterConfig,
    ExporterRegistry,
    ImageClassifierExporterConfig,
    Seq2SeqLMExporterConfig,
)
from litert_ir.hub.default_registry import BUILT_IN, REGISTRY
from litert_ir.hub.overview import task_rows
from litert_ir.hub.support import Batch, Support, read_support, support_json

FOUND = (
    Support(model_class="GPT2CausalLM", task="CausalLM"),
    Support(model_class="Gemma3CausalLM", variant="vision", task="CausalLM"),
    Support(model_class="OddCausalLM", task="CausalLM", batch=Batch.ONE, reason="it reshapes"),
    Support(model_class="FNetLM", task="CausalLM", batch=Batch.NONE, reason="no kernels"),
    Support(model_class="BartSeq2SeqLM", task="Seq2SeqLM"),
)


def test_a_row_says_where_sizes_come_from_and_what_was_compared() -> None:
    registry = ExporterRegistry()
    registry.register_config("keras_hub.models.CausalLM", CausalLMExporterConfig)
    registry.register_config("keras_hub.models.Seq2SeqLM", Seq2SeqLMExporterConfig)
    registry.register_config("keras_hub.models.ImageClassifier", ImageClassifierExporterConfig)
    causal, seq, image = task_rows(registry, FOUND)
    assert (causal.task, causal.inputs) == ("CausalLM", ("token_ids", "padding_mask"))
    (line,) = causal.sizes
    assert line.startswith("sequence_length: max_sequence_length → preprocessor.sequence_length")
    assert line.endswith(" → 128")
    assert causal.families == ("GPT2CausalLM", "Gemma3CausalLM (vision)")
    assert causal.exceptions == (
        "OddCausalLM: batch_size=1, it reshapes",
        "FNetLM: no file, no kernels",
    )
    assert [size.partition(":")[0] for size in seq.sizes] == [
        "encoder_sequence_length",
        "decoder_sequence_length",
    ]
    assert image.sizes == (
        "image size: image_size → the model's own input → preprocessor.image_size",
    )


def test_the_built_in_registry_has_a_row_for_each_class() -> None:
    rows = task_rows(REGISTRY, read_support())
    assert [row.task for row in rows] == [name for name, _ in BUILT_IN]
    refused = {row.task: row.exceptions for row in rows}["Gemma4AssistantCausalLM"]
    assert "draft model" in refused[0]


def test_support_is_written_and_read_back() -> None:
    assert support_json(read_support()).startswith("[")
    assert '"batch": "one"' in support_json(FOUND)
