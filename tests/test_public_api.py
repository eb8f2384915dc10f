"""The public surface: what a release may not take away unnoticed."""

from __future__ import annotations

import litert_ir

PUBLIC_NAMES = [
    "Absent",
    "AdapterSpec",
    "Argument",
    "Artifact",
    "Attempt",
    "Binding",
    "ConcreteFunction",
    "ConversionStrategy",
    "ConverterOptions",
    "DEFAULT_STRATEGIES",
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


def test_the_public_names_are_these() -> None:
    assert sorted(litert_ir.__all__) == PUBLIC_NAMES


def test_every_public_name_resolves() -> None:
    unresolved = [name for name in litert_ir.__all__ if not hasattr(litert_ir, name)]
    assert unresolved == []


def test_every_public_class_and_function_is_documented() -> None:
    public = [getattr(litert_ir, name) for name in litert_ir.__all__]
    undocumented = [value for value in public if callable(value) and not value.__doc__]
    assert undocumented == []
