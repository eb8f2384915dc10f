"""The default registry: a configuration for every kind of KerasHub task."""

from __future__ import annotations

from typing import Final

from litert_ir.hub import configs
from litert_ir.hub.config import ExporterConfig
from litert_ir.hub.registry import ExporterRegistry
from litert_ir.hub.task_plugins import task_plugins

BUILT_IN: Final[tuple[tuple[str, type[ExporterConfig]], ...]] = (
    ("CausalLM", configs.CausalLMExporterConfig),
    ("Seq2SeqLM", configs.Seq2SeqLMExporterConfig),
    ("MoonshineAudioToText", configs.AudioToTextExporterConfig),
    ("TextClassifier", configs.TextClassifierExporterConfig),
    ("TextEmbedder", configs.TextEmbedderExporterConfig),
    ("MaskedLM", configs.MaskedLMExporterConfig),
    ("ImageClassifier", configs.ImageClassifierExporterConfig),
    ("ObjectDetector", configs.ObjectDetectorExporterConfig),
    ("ImageSegmenter", configs.ImageSegmenterExporterConfig),
    ("DepthEstimator", configs.DepthEstimatorExporterConfig),
    ("TextToImage", configs.TextToImageExporterConfig),
    ("ImageToImage", configs.ImageToImageExporterConfig),
    ("Inpaint", configs.InpaintExporterConfig),
    ("Gemma4AssistantCausalLM", configs.DraftModelExporterConfig),
    ("Backbone", configs.BackboneExporterConfig),
)
"""Classes of `keras_hub.models`, each with its configuration."""


def built_in_registry() -> ExporterRegistry:
    """Build a new registry with the configurations of KerasHub's tasks, and with plug-ins."""
    by_name = {f"keras_hub.models.{name}": config for name, config in BUILT_IN}
    registry = ExporterRegistry(lambda: task_plugins(by_name))
    for name, config in by_name.items():
        registry.register_config(name, config)
    registry.register_exporter("litert", "litert_ir.task_exporter:LiteRTExporter")
    return registry


REGISTRY: Final = built_in_registry()
"""The default registry."""
