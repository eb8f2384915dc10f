"""Rewrite a traced model, legalize it, and write the flatbuffer's tables: the skeleton."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from litert_ir.backends.keras.inference import INPUT_WIRE, OUTPUT_WIRE
from litert_ir.backends.model_failures import brief
from litert_ir.errors import ConversionError
from litert_ir.stablehlo.dump import PointDump
from litert_ir.stablehlo.mlir.bindings import (
    MLIRError,
    flatbuffer,
    legalize_to_tfl,
    mlir_context,
    parse,
    run_passes,
)
from litert_ir.stablehlo.mlir.creation import before
from litert_ir.stablehlo.mlir.functions import (
    block_of,
    declare_type,
    drop_result_attributes,
    hide_others,
    terminator,
)
from litert_ir.stablehlo.mlir.interfaces import Module
from litert_ir.stablehlo.mlir.locations import shorten_locations
from litert_ir.stablehlo.mlir.walk import remove_unused
from litert_ir.stablehlo.rewrites import STAGES
from litert_ir.stablehlo.rewrites.engine.main_arguments import bind_weights, tell_varying
from litert_ir.stablehlo.rewrites.engine.pattern import apply_patterns
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.weight_table import WeightTable
from litert_ir.stablehlo.rewrites.layers.padding import pad_plainly
from litert_ir.stablehlo.rewrites.numbers.special_values import mend_special_values
from litert_ir.stablehlo.skeleton.outlining import outline_regions
from litert_ir.stablehlo.skeleton.promotion import promote_to_float32
from litert_ir.stablehlo.skeleton.refusals import refuse_unsupported, refuse_untranslated
from litert_ir.stablehlo.skeleton.skeleton import Skeleton
from litert_ir.stablehlo.skeleton.stage_texts import StageTexts
from litert_ir.stablehlo.trace.traced_function import InputArgument, Traced


def skeleton_of(
    traced: Traced, values: Mapping[int, NDArray[Any]], dump: PointDump | None = None
) -> Skeleton:
    """See `litert_ir.stablehlo.child_steps.make_skeleton`."""
    with mlir_context():
        module = _parsed(traced.module)
        rewriter, texts = Rewriter(values), StageTexts(dump)
        texts.write("traced", module)
        inline(module)
        order_results(module, traced.results)
        shorten_locations(module)
        refuse_untranslated(module)
        promote_to_float32(module, traced)
        bind_weights(module, traced, rewriter)
        tell_varying(module, traced, rewriter)
        texts.write("bind weights", module, rewriter)
        for stage in STAGES:
            apply_patterns(module, stage.patterns, rewriter)
            texts.write(stage.name, module, rewriter)
        remove_unused(module)
        refuse_unsupported(module)
        weights = rewriter.weights.number(module)
        content = _converted(module, traced, rewriter.weights, texts)
        return Skeleton(content=content, weights=weights)


def _parsed(text: str) -> Module:
    try:
        return parse(text)
    except MLIRError as error:
        raise ConversionError(
            "The traced model has operations that LiteRT's MLIR does not know.",
            received=brief(error),
        ) from error


def _converted(module: Module, traced: Traced, table: WeightTable, texts: StageTexts) -> bytes:
    inputs = sum(isinstance(argument, InputArgument) for argument in traced.arguments)
    try:
        legalize_to_tfl(
            module,
            [INPUT_WIRE.format(index) for index in range(inputs)],
            [OUTPUT_WIRE.format(index) for index in range(len(traced.results))],
        )
        texts.write("legalize to TFL", module)
        pad_plainly(module)
        table.place_kept(module)
        mend_special_values(module)
        outline_regions(module)
        texts.write("skeleton", module)
        return flatbuffer(module)
    except (MLIRError, ValueError) as error:
        raise ConversionError("LiteRT's converter failed.", received=brief(error)) from error


def inline(module: Module) -> None:
    """Leave one function, the public ``main``."""
    hide_others(module)
    run_passes(module, "inline,symbol-dce")


def order_results(module: Module, results: Sequence[int]) -> None:
    """Select and reorder the results of ``main``."""
    (function,) = module.body.operations
    block = block_of(function)
    end = terminator(block)
    values = [end.operands[index] for index in results]
    before(end).create("func.return", values, [])
    end.erase()
    declare_type(function)
    drop_result_attributes(function)
