"""Run the steps of quantization that load or edit the file, in the child process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
from numpy.typing import NDArray

from litert_ir.backends.litert.file_quantizer import Calibrator, Entry, Ranges, quantized
from litert_ir.backends.litert.files import (
    mapped,
    share_equal_data,
    unpacked,
    with_data_inside,
    write_behind,
    write_inline,
)
from litert_ir.backends.litert.output_operators import (
    give_outputs_operators,
    take_copies_of_outputs,
)
from litert_ir.backends.litert.schema import operator_name, type_name
from litert_ir.errors import ConversionError
from litert_ir.errors.advice import advise
from litert_ir.errors.setting_names import Wording
from litert_ir.ir.estimate import Layout, layout_for
from litert_ir.ir.quantization import Quantization
from litert_ir.ir.tensor import DType
from litert_ir.metadata.file_entry import put_entry
from litert_ir.quantization.embeddings import look_up_embeddings
from litert_ir.quantization.entries import entries_of
from litert_ir.quantization.gates import gating_operators
from litert_ir.quantization.interface import give_interface_types, name_outputs
from litert_ir.quantization.masked_scores import ranges_of_scores
from litert_ir.quantization.operator_precisions import (
    exceptions,
    placed_operators,
    precisions,
    scopes_in,
)
from litert_ir.quantization.tensor_names import make_unique
from litert_ir.runtime.interface_reader import damage_rejected

PRELOAD = (__name__, "litert_quantizer.quantizer", "litert_quantizer.calibrator")
"""Modules that the child imports while the float file is made."""

_CONVERSIONS = ("QUANTIZE", "DEQUANTIZE", "SHAPE")
"""Operators that may take or produce floats at the interface of an integer-only file."""


@attrs.frozen(kw_only=True)
class Prepared:
    """A float file in the form that the quantizer accepts.

    Attributes:
        path: Its path.
        entries: The recipe's entries for it.
        outputs: The names of its output tensors.
    """

    path: Path
    entries: tuple[Entry, ...]
    outputs: tuple[bytes, ...]


def prepare(
    source: Path, scratch: Path, recipe: Quantization, layers: tuple[str, ...] | None
) -> Prepared:
    """Apply the recipe's rules to the file's operators, and rewrite unsupported ones.

    Args:
        source: A float file; it is not changed.
        scratch: A folder for an edited copy.
        recipe: The recipe.
        layers: The paths of the model's layers; None where the model is unknown.

    Raises:
        FileRejectedError: When the file's tables are damaged.
        OptionsError: When a rule matches no operator of the file.
    """
    with damage_rejected(source):
        return _prepared(source, scratch, recipe, layers)


def _prepared(
    source: Path, scratch: Path, recipe: Quantization, layers: tuple[str, ...] | None
) -> Prepared:
    content = mapped(source)
    model = unpacked(content)
    outputs = tuple(model.subgraphs[0].tensors[i].name for i in model.subgraphs[0].outputs)
    changed = _with_outputs_for(recipe, model)
    changed = make_unique(model) or changed
    scopes = scopes_in(model, layers)
    operators = tuple(placed_operators(model, scopes))
    chosen = precisions(operators, recipe, _in_float(model, recipe))
    if not recipe.integer_only and look_up_embeddings(model, operators, chosen):
        make_unique(model)
        operators = tuple(placed_operators(model, scopes))
        chosen = precisions(operators, recipe, _in_float(model, recipe))
        changed = True
    if changed:
        write_behind(model, content, scratch)
    others = exceptions(operators, chosen, recipe.precision)
    return Prepared(
        path=scratch if changed else source,
        entries=entries_of(recipe, others.items(), _rims(model)),
        outputs=outputs,
    )


def _in_float(model: Any, recipe: Quantization) -> tuple[Any, ...]:
    """Return the operators that have to compute in float, where the recipe allows that."""
    if recipe.integer_only:
        return ()
    return gating_operators(model, float_inputs=recipe.input_type is DType.FLOAT32)


def _with_outputs_for(recipe: Quantization, model: Any) -> bool:
    """Add operators before outputs that shall stay float, so that the quantizer leaves them alone.

    Integer outputs keep the integers of the tensors that they copy: `quantize` copies those.

    Returns:
        Whether the model was changed.
    """
    if recipe.output_type is DType.FLOAT32:
        return give_outputs_operators(model)
    return take_copies_of_outputs(model)


def _rims(model: Any) -> Iterator[str]:
    """Yield the scopes of the inputs and outputs of all subgraphs but the first."""
    for graph in model.subgraphs[1:]:
        for side in (graph.inputs, graph.outputs):
            yield "".join(f"{graph.tensors[index].name.decode()};" for index in side)


def calibrate(
    path: Path, signature: str, samples: Sequence[Mapping[str, NDArray[Any]]], ranges: Ranges
) -> Ranges:
    """Extend the ranges of a prepared file's tensors by those over these samples."""
    return Calibrator(str(path), ranges).add(signature, samples)


def quantize(
    prepared: Prepared,
    target: Path,
    recipe: Quantization,
    ranges: Ranges | None,
    metadata: bytes | None,
) -> None:
    """Write the quantized file.

    Args:
        prepared: The float file.
        target: The path to write to; the write is not atomic.
        recipe: The recipe.
        ranges: From `calibrate`, where the recipe needs any.
        metadata: The content of its metadata; None for those of the float file.

    Raises:
        ConversionError: When operators stay in float although the recipe forbids it.
    """
    if ranges is not None:
        source = mapped(prepared.path)
        ranges = ranges_of_scores(with_data_inside(unpacked(source), source), ranges)
    content = quantized(str(prepared.path), prepared.entries, ranges)
    model = unpacked(content)
    give_outputs_operators(model)
    name_outputs(model, prepared.outputs)
    if recipe.integer_only:
        _require_integers(model)
    give_interface_types(model, recipe)
    if metadata is not None:
        put_entry(model, metadata)
    if layout_for(len(content)) is Layout.OFFSET:
        write_behind(model, content, target)
        return
    share_equal_data(with_data_inside(model, content))
    write_inline(model, target, len(content))


def _require_integers(model: Any) -> None:
    """Require that only the conversions at the file's interface take or produce floats.

    Raises:
        ConversionError: Naming the other operators.
    """
    rim = {int(i) for i in (*model.subgraphs[0].inputs, *model.subgraphs[0].outputs)}
    left: list[str] = []
    for number, graph in enumerate(model.subgraphs):
        for operator in graph.operators:
            name = operator_name(model, operator)
            used = {int(i) for i in (*operator.inputs, *operator.outputs) if i >= 0}
            floats = {i for i in used if type_name(graph.tensors[i].type) == "float32"}
            if floats and not (name in _CONVERSIONS and number == 0 and floats <= rim):
                result = graph.tensors[int(operator.outputs[0])].name.decode()
                left.append(f"{name} ({result})")
    if left:
        raise ConversionError(
            "Operators of the file have no integer kernel, where integer kernels only are allowed.",
            where=", ".join(left[:10]) + (", ..." if len(left) > 10 else ""),
            expected="operators that LiteRT's quantizer knows integer kernels of",
            received=f"{len(left)} operator(s) in float",
            advice=advise(
                "allow float operators: {switch}",
                switch=Wording(
                    "integer_only=False, or TFLITE_BUILTINS among the supported_ops",
                    "leave --integer-only out",
                ),
            ),
        )
