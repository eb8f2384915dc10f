"""Modules with a call of a TensorFlow op, and examples of patterns that take them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.stablehlo.rewrites.example import Array, Example, Reference, function


def call(name: str, operands: str, kinds: str, *, constants: str = "", attributes: str = "") -> str:
    """A custom call of a TensorFlow op; its first operand is an argument."""
    inputs, result = kinds.split(" -> ")
    given = [item for item in operands.split(", ") if f"{item} = " not in constants]
    types = inputs.strip("()").split(", ")
    arguments = ", ".join(
        f"{name}: {kind}"
        for name, kind in zip(operands.split(", "), types, strict=True)
        if name in given
    )
    count = result.count("tensor")
    many = f"%0:{count}" if count > 1 else "%0"
    values = ", ".join(f"%0#{index}" for index in range(count)) if count > 1 else "%0"
    body = f"""{constants}
    {many} = stablehlo.custom_call @tf.{name}({operands}) {{{attributes}}} : {kinds}
    return {values} : {result.strip("()")}"""
    return function(arguments, result, body)


def integers(name: str, values: Any) -> str:
    """A constant of integers with this name."""
    array = np.asarray(values)
    shape = "x".join([*map(str, array.shape), "i32"])
    return f"%{name} = stablehlo.constant dense<{array.tolist()}> : tensor<{shape}>\n"


def example(
    pattern: str,
    op: str,
    before: str,
    reference: Reference,
    *inputs: Array,
    after: dict[str, int] | None = None,
) -> Example:
    """An example of one op; what LiteRT makes of it agrees with ``reference``."""
    return Example(
        name=f"tf.{op}",
        patterns=(pattern,),
        before=before,
        after=after,
        reference=reference,
        inputs=inputs or None,
    )
