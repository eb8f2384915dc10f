"""litert_ir: Keras 3 models to verified LiteRT files through a typed export plan."""

from litert_ir import errors, hub
from litert_ir.backends.specs import keras_input_specs, tensorflow_specs
from litert_ir.conversion.attempts import Attempt, Outcome
from litert_ir.conversion.concrete_function import ConcreteFunction
from litert_ir.conversion.direct import Direct
from litert_ir.conversion.keras_adapter import adapter_model
from litert_ir.conversion.protocol import Artifact, ConversionStrategy, Refusal
from litert_ir.conversion.result import ExportResult
from litert_ir.conversion.saved_model import SavedModel
from litert_ir.conversion.stablehlo.strategy import StableHLO
from litert_ir.conversion.stopwatch import Timings
from litert_ir.conversion.through_file.parent import ModelInChild
from litert_ir.conversion.through_file.settings import ThroughFile
from litert_ir.conversion.through_file.strategy import InChildProcess
from litert_ir.errors import LiteRTIRError
from litert_ir.export import DEFAULT_STRATEGIES, execute, export, plan_for
from litert_ir.ir.adapter import AdapterSpec, Binding
from litert_ir.ir.fold import SignatureVisitor, fold
from litert_ir.ir.nodes import Absent, ListNode, MappingNode, SignatureNode, TupleNode
from litert_ir.ir.options import ConverterOptions, OpSet, Optimization, Precision, TargetSpec
from litert_ir.ir.path import Path
from litert_ir.ir.plan import ExportPlan, ModelKind, RouteStep
from litert_ir.ir.signature import Argument, Signature
from litert_ir.ir.tensor import DType, DynamicDim, TensorSpec
from litert_ir.runtime.parity import ParityReport
from litert_ir.runtime.runner import LiteRTFile
from litert_ir.runtime.tolerance import Tolerance
from litert_ir.runtime.verify import Verification

__all__ = [
    "DEFAULT_STRATEGIES",
    "Absent",
    "AdapterSpec",
    "Argument",
    "Artifact",
    "Attempt",
    "Binding",
    "ConcreteFunction",
    "ConversionStrategy",
    "ConverterOptions",
    "DType",
    "Direct",
    "DynamicDim",
    "ExportPlan",
    "ExportResult",
    "InChildProcess",
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
    "Refusal",
    "RouteStep",
    "SavedModel",
    "Signature",
    "SignatureNode",
    "SignatureVisitor",
    "StableHLO",
    "TargetSpec",
    "TensorSpec",
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
    "plan_for",
    "tensorflow_specs",
]
