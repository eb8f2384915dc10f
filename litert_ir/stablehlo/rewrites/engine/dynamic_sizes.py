"""Tell whether a value's sizes may differ between runs.

A module is traced at sizes of its own choice. What holds at these sizes alone must not decide
how the file computes a value that has other sizes in another run.
"""

from __future__ import annotations

from litert_ir.stablehlo.mlir.interfaces import Value
from litert_ir.stablehlo.mlir.values import producer, shape_of
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter


def varies(value: Value, rewriter: Rewriter) -> bool:
    """Tell whether a value is computed from an input with a dynamic dimension besides the batch.

    Not all dimensions of such a value need be dynamic.
    """
    if not any(rewriter.varying.values()):
        return False
    memory = rewriter.memory("varying")
    waiting = [value]
    while waiting:
        last = waiting[-1]
        if last not in memory:
            unknown = [operand for operand in _operands(last) if operand not in memory]
            if unknown:
                waiting.extend(unknown)
                continue
            memory[last] = _of_argument(last, rewriter) or any(map(memory.get, _operands(last)))
        waiting.pop()
    return bool(memory[value])


def dynamic_sizes(rewriter: Rewriter) -> frozenset[int]:
    """The sizes at hand of dynamic dimensions of inputs, but for the batch."""
    return frozenset(
        shape_of(argument)[axis] for argument, axes in rewriter.varying.items() for axis in axes
    )


def _operands(value: Value) -> list[Value]:
    op = producer(value)
    return [] if op is None else list(op.operands)


def _of_argument(value: Value, rewriter: Rewriter) -> bool:
    """Tell whether a value is an argument that varies, as those of loops may."""
    if producer(value) is not None:
        return False
    return value not in rewriter.varying or bool(rewriter.varying[value])
