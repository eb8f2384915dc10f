"""Configure KerasHub's tasks for export: their inputs, and the source of each size."""

from litert_ir.hub.config import ExporterConfig
from litert_ir.hub.configs import (
    AudioToTextExporterConfig,
    BackboneExporterConfig,
    CausalLMExporterConfig,
    DepthEstimatorExporterConfig,
    ImageClassifierExporterConfig,
    ImageSegmenterExporterConfig,
    ImageToImageExporterConfig,
    InpaintExporterConfig,
    MaskedLMExporterConfig,
    ObjectDetectorExporterConfig,
    Seq2SeqLMExporterConfig,
    TextClassifierExporterConfig,
    TextEmbedderExporterConfig,
    TextToImageExporterConfig,
)
from litert_ir.hub.default_registry import REGISTRY
from litert_ir.hub.exporter import Exporter
from litert_ir.hub.registry import ExporterRegistry
from litert_ir.hub.size_sources import RequestedSizes
from litert_ir.hub.task_inputs import DefaultSizeWarning

__all__ = [
    "REGISTRY",
    "AudioToTextExporterConfig",
    "BackboneExporterConfig",
    "CausalLMExporterConfig",
    "DefaultSizeWarning",
    "DepthEstimatorExporterConfig",
    "Exporter",
    "ExporterConfig",
    "ExporterRegistry",
    "ImageClassifierExporterConfig",
    "ImageSegmenterExporterConfig",
    "ImageToImageExporterConfig",
    "InpaintExporterConfig",
    "MaskedLMExporterConfig",
    "ObjectDetectorExporterConfig",
    "RequestedSizes",
    "Seq2SeqLMExporterConfig",
    "TextClassifierExporterConfig",
    "TextEmbedderExporterConfig",
    "TextToImageExporterConfig",
]
