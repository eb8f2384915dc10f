"""Give a traced module with dynamic dimensions the shapes of one point."""

from __future__ import annotations

from collections.abc import Sequence

from litert_ir.backends.mlir import ir, mlir_context, parse, printed
from litert_ir.conversion.stablehlo.modules.boolean_constants import packed, unpacked
from litert_ir.conversion.stablehlo.modules.category_counts import count_by_one_hot


def specialized(module: str, shapes: Sequence[tuple[int, ...] | None]) -> str:
    """See `litert_ir.conversion.stablehlo.native.specialize`."""
    with mlir_context():
        parsed = parse(unpacked(module))
        (main,) = (
            function
            for function in parsed.body.operations
            if ir.StringAttr(function.attributes["sym_name"]).value == "main"
        )
        block = main.regions[0].blocks[0]
        for argument, shape in zip(list(block.arguments), shapes, strict=True):
            if shape is not None:
                element = ir.RankedTensorType(argument.type).element_type
                argument.set_type(ir.RankedTensorType.get(list(shape), element))
        results = ir.FunctionType(ir.TypeAttr(main.attributes["function_type"]).value).results
        inputs = [argument.type for argument in block.arguments]
        kind = ir.FunctionType.get(inputs, results)
        main.attributes["function_type"] = ir.TypeAttr.get(kind)
        count_by_one_hot(parsed)
        return packed(printed(parsed))
