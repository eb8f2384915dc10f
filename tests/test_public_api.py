"""The public surface: what a release may not take away unnoticed."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path as File

import pytest

import litert_ir

PUBLIC_NAMES = [
    "Absent",
    "AdapterSpec",
    "Argument",
    "Artifact",
    "Attempt",
    "AutoQuantization",
    "Benchmark",
    "Binding",
    "Bounds",
    "ColorSpace",
    "CompiledTarget",
    "ConcreteFunction",
    "ConversionStrategy",
    "ConverterOptions",
    "Cut",
    "DEFAULT_STRATEGIES",
    "DType",
    "Diagnosis",
    "Direct",
    "DynamicDim",
    "Explanation",
    "ExportPlan",
    "ExportResult",
    "FileDifference",
    "FileMetadata",
    "FileOptions",
    "FileOrigin",
    "FileRun",
    "FileVerification",
    "ImageSamples",
    "InChildProcess",
    "IneffectiveOptionWarning",
    "InputMetadata",
    "Inspection",
    "Kernels",
    "Language",
    "LayerError",
    "LayerErrors",
    "LayerRule",
    "ListNode",
    "LiteRTFile",
    "LiteRTIRError",
    "MappingNode",
    "Metadata",
    "ModelInChild",
    "ModelKind",
    "Normalization",
    "Objective",
    "OpSet",
    "Optimization",
    "Outcome",
    "OutputMetadata",
    "PRECISION_NAMES",
    "ParityReport",
    "Path",
    "PixelScaling",
    "PluginWarning",
    "Precision",
    "Quantization",
    "Quantized",
    "QuantizedFile",
    "RecipeTry",
    "Refusal",
    "RouteStep",
    "SampleCode",
    "SampleFile",
    "SavedModel",
    "SearchReport",
    "Signature",
    "SignatureNode",
    "SignatureVisitor",
    "Skip",
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
    "bench",
    "diff",
    "doctor",
    "errors",
    "execute",
    "export",
    "fold",
    "hub",
    "inspect",
    "inspection_page",
    "install",
    "installed",
    "keras_input_specs",
    "layer_errors",
    "plan_for",
    "plot_layer_errors",
    "quantize_file",
    "read_metadata",
    "run_file",
    "sample_code",
    "samples_from",
    "tensor_errors",
    "tensorflow_specs",
    "uninstall",
    "verify",
    "write_inspection_page",
    "write_metadata",
]

ALL: list[str] = vars(litert_ir)["__all__"]
"""Not declared in the stub: mypy would take a star import of it for one of nothing."""


def test_the_public_names_are_these() -> None:
    assert sorted(ALL) == PUBLIC_NAMES


def test_every_public_name_resolves() -> None:
    unresolved = [name for name in ALL if not hasattr(litert_ir, name)]
    assert unresolved == []


def test_every_public_class_and_function_is_documented() -> None:
    public = [getattr(litert_ir, name) for name in ALL]
    undocumented = [value for value in public if callable(value) and not value.__doc__]
    assert undocumented == []


def homes() -> Iterator[tuple[str, str, str | None]]:
    """Module, name and other name of each import in the stub that names are read from."""
    stub = File(litert_ir.__file__).with_suffix(".pyi").read_text(encoding="utf-8")
    for node in ast.parse(stub).body:
        if isinstance(node, ast.ImportFrom):
            module = ".".join(filter(None, ("litert_ir", node.module)))
            yield from ((module, alias.name, alias.asname) for alias in node.names)


def test_a_public_name_stands_once_where_it_is_read_from() -> None:
    assert sorted(name for _, name, _ in homes()) == PUBLIC_NAMES


def test_type_checkers_take_each_name_for_public() -> None:
    """In a stub, that is what is imported under its own name."""
    assert [name for _, name, other in homes() if other != name] == []


def test_every_public_name_is_that_of_its_home() -> None:
    for module, name, _ in homes():
        found = getattr(litert_ir, name)
        assert found is getattr(importlib.import_module(module), name)
        assert vars(litert_ir)[name] is found  # it is looked for once


def test_the_package_lists_its_public_names() -> None:
    assert set(PUBLIC_NAMES) <= set(dir(litert_ir))


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(AttributeError, match="exprot"):
        _ = litert_ir.exprot  # type: ignore[attr-defined]


def in_a_fresh_process(script: str) -> list[str]:
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120
    )
    return run.stdout.split()


def test_a_star_import_brings_all_public_names() -> None:
    script = (
        "from litert_ir import *\nprint(*sorted(set(dir()) & set(__import__('litert_ir').__all__)))"
    )
    assert in_a_fresh_process(script) == PUBLIC_NAMES


def test_a_name_is_imported_when_it_is_used() -> None:
    script = (
        "import sys, litert_ir\n"
        "print('litert_ir.ir.path' in sys.modules)\n"
        "print(litert_ir.Path.__module__, litert_ir.errors.__name__)\n"
        "print('litert_ir.ir.path' in sys.modules, 'litert_ir.verbs' in sys.modules)\n"
    )
    assert in_a_fresh_process(script) == [
        *("False", "litert_ir.ir.path", "litert_ir.errors", "True", "False")
    ]
