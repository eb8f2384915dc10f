"""litert_ir: Keras 3 models to verified LiteRT files through a typed export plan.

A public name is imported when it is used first: the child process needs few of them.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from litert_ir import errors, hub
    from litert_ir.aot.compiled_target import CompiledTarget
    from litert_ir.backends.keras.specs import keras_input_specs, tensorflow_specs
    from litert_ir.conversion.defaults import DEFAULT_STRATEGIES
    from litert_ir.conversion.in_child.parent import ModelInChild
    from litert_ir.conversion.in_child.settings import ThroughFile
    from litert_ir.conversion.in_child.strategy import InChildProcess
    from litert_ir.conversion.protocol import Artifact, ConversionStrategy, Refusal
    from litert_ir.conversion.quantized import Quantized
    from litert_ir.conversion.result import ExportResult
    from litert_ir.conversion.stopwatch import Timings
    from litert_ir.conversion.tensorflow.concrete_function import ConcreteFunction
    from litert_ir.conversion.tensorflow.direct import Direct
    from litert_ir.conversion.tensorflow.keras_adapter import adapter_model
    from litert_ir.conversion.tensorflow.saved_model import SavedModel
    from litert_ir.errors import LiteRTIRError
    from litert_ir.errors.attempts import Attempt, Outcome
    from litert_ir.file_verbs import QuantizedFile, quantize_file
    from litert_ir.ir.adapter import AdapterSpec, Binding
    from litert_ir.ir.fold import SignatureVisitor, fold
    from litert_ir.ir.nodes import Absent, ListNode, MappingNode, SignatureNode, TupleNode
    from litert_ir.ir.options import ConverterOptions, OpSet, Optimization, TargetSpec
    from litert_ir.ir.path import Path
    from litert_ir.ir.plan import ExportPlan, ModelKind, RouteStep
    from litert_ir.ir.quantization import PRECISION_NAMES, LayerRule, Precision, Quantization
    from litert_ir.ir.signature import Argument, Signature
    from litert_ir.ir.tensor import DType, DynamicDim, TensorSpec
    from litert_ir.runtime.runner import LiteRTFile
    from litert_ir.samples.sample_files import SampleFile, samples_from
    from litert_ir.stablehlo.strategy import StableHLO
    from litert_ir.verbs import execute, export, plan_for
    from litert_ir.verification.error_plot import plot_layer_errors
    from litert_ir.verification.layer_errors import LayerErrors, TensorError, layer_errors
    from litert_ir.verification.parity import ParityReport
    from litert_ir.verification.thresholds import Thresholds
    from litert_ir.verification.tolerance import Tolerance
    from litert_ir.verification.verify import Verification

__all__ = [
    "DEFAULT_STRATEGIES",
    "PRECISION_NAMES",
    "Absent",
    "AdapterSpec",
    "Argument",
    "Artifact",
    "Attempt",
    "Binding",
    "CompiledTarget",
    "ConcreteFunction",
    "ConversionStrategy",
    "ConverterOptions",
    "DType",
    "Direct",
    "DynamicDim",
    "ExportPlan",
    "ExportResult",
    "InChildProcess",
    "LayerErrors",
    "LayerRule",
    "ListNode",
    "LiteRTFile",
    "LiteRTIRError",
    "MappingNode",
    "ModelInChild",
    "ModelKind",
    "OpSet",
    "Optimization",
    "Outcome",
    "ParityReport",
    "Path",
    "Precision",
    "Quantization",
    "Quantized",
    "QuantizedFile",
    "Refusal",
    "RouteStep",
    "SampleFile",
    "SavedModel",
    "Signature",
    "SignatureNode",
    "SignatureVisitor",
    "StableHLO",
    "TargetSpec",
    "TensorError",
    "TensorSpec",
    "Thresholds",
    "ThroughFile",
    "Timings",
    "Tolerance",
    "TupleNode",
    "Verification",
    "adapter_model",
    "errors",
    "execute",
    "export",
    "fold",
    "hub",
    "keras_input_specs",
    "layer_errors",
    "plan_for",
    "plot_layer_errors",
    "quantize_file",
    "samples_from",
    "tensorflow_specs",
]

_HOMES = {
    "litert_ir.aot.compiled_target": ("CompiledTarget",),
    "litert_ir.backends.keras.specs": ("keras_input_specs", "tensorflow_specs"),
    "litert_ir.errors.attempts": ("Attempt", "Outcome"),
    "litert_ir.conversion.tensorflow.concrete_function": ("ConcreteFunction",),
    "litert_ir.conversion.defaults": ("DEFAULT_STRATEGIES",),
    "litert_ir.conversion.tensorflow.direct": ("Direct",),
    "litert_ir.conversion.tensorflow.keras_adapter": ("adapter_model",),
    "litert_ir.conversion.protocol": ("Artifact", "ConversionStrategy", "Refusal"),
    "litert_ir.conversion.quantized": ("Quantized",),
    "litert_ir.conversion.result": ("ExportResult",),
    "litert_ir.conversion.tensorflow.saved_model": ("SavedModel",),
    "litert_ir.stablehlo.strategy": ("StableHLO",),
    "litert_ir.conversion.stopwatch": ("Timings",),
    "litert_ir.conversion.in_child.parent": ("ModelInChild",),
    "litert_ir.conversion.in_child.settings": ("ThroughFile",),
    "litert_ir.conversion.in_child.strategy": ("InChildProcess",),
    "litert_ir.errors": ("LiteRTIRError",),
    "litert_ir.file_verbs": ("QuantizedFile", "quantize_file"),
    "litert_ir.ir.adapter": ("AdapterSpec", "Binding"),
    "litert_ir.ir.fold": ("SignatureVisitor", "fold"),
    "litert_ir.ir.nodes": ("Absent", "ListNode", "MappingNode", "SignatureNode", "TupleNode"),
    "litert_ir.ir.options": (
        "ConverterOptions",
        "OpSet",
        "Optimization",
        "TargetSpec",
    ),
    "litert_ir.ir.path": ("Path",),
    "litert_ir.ir.plan": ("ExportPlan", "ModelKind", "RouteStep"),
    "litert_ir.ir.quantization": (
        "PRECISION_NAMES",
        "LayerRule",
        "Precision",
        "Quantization",
    ),
    "litert_ir.ir.signature": ("Argument", "Signature"),
    "litert_ir.ir.tensor": ("DType", "DynamicDim", "TensorSpec"),
    "litert_ir.verification.error_plot": ("plot_layer_errors",),
    "litert_ir.verification.layer_errors": ("LayerErrors", "TensorError", "layer_errors"),
    "litert_ir.verification.parity": ("ParityReport",),
    "litert_ir.runtime.runner": ("LiteRTFile",),
    "litert_ir.samples.sample_files": ("SampleFile", "samples_from"),
    "litert_ir.verification.thresholds": ("Thresholds",),
    "litert_ir.verification.tolerance": ("Tolerance",),
    "litert_ir.verification.verify": ("Verification",),
    "litert_ir.verbs": ("execute", "export", "plan_for"),
}
"""Where the public names are."""

_MODULES = ("errors", "hub")
"""Public modules."""

if not TYPE_CHECKING:  # where it runs, there are all these names and no others
    _HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

    def __getattr__(name):
        """Import a public name."""
        if name in _MODULES:
            return importlib.import_module(f"{__name__}.{name}")
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
        value = getattr(importlib.import_module(_HOME_OF[name]), name)
        globals()[name] = value
        return value

    def __dir__():
        """The public names, and what else is here."""
        return sorted({*globals(), *__all__})
