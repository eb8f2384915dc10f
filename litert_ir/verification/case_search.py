"""Search for input sizes and values that a model accepts, within a time and memory budget."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.backends.model_failures import brief, call_failures
from litert_ir.errors import LiteRTIRError
from litert_ir.errors.interruption import reraise_interruption
from litert_ir.ir.dimensions import (
    DimKey,
    DimSizes,
    StaticShapes,
    dynamic_dims,
    is_batch,
    nearest_size,
    shapes_with,
    sizes_in,
)
from litert_ir.ir.plan import ExportPlan
from litert_ir.samples.drawing import Draw
from litert_ir.samples.forms import Sample
from litert_ir.verification.case_sizes import VerificationSizes, batch_of, sizes_text, with_batch

OTHER_SIZES = (16, 32, 64, 128, 224)
"""Sizes tried for all dimensions at once where the model accepts nothing else: powers of two fit
windows and strides that are not known here.
"""

_ENOUGH = 2
"""The number of sizes that suffice, beside the smallest ones and those reached by large steps."""
_FAR = 1031
"""The size at which to stop: conversions trace larger ones only for models that need them."""
_SECONDS = 0.4
"""Seconds that the cases after the first ones may take, as predicted from smaller ones: the file
takes about as long, and the total is a quarter of an export at most.
"""
_SECONDS_OF_LARGE = 0.2
_LARGE = 300 * 2**20
"""Bytes of weights above which a model is large: each case reads all of them twice."""
_COST_EXPONENT = 1.5
"""The exponent of time in the number of values: between linear and quadratic (attention)."""
_LONGEST_JUMP = 5.5
"""The largest ratio of values between one case and the next: overheads hide the terms that grow."""
_MOST_VALUES = 2**23
"""The most elements of all inputs together: some thousand pixels along either side."""
_MOST_POSITIONS = 2**18
"""The most positions, such as pixels, of a case: LiteRT's kernels accumulate sequentially in
float32, so that a mean over a million elements has two correct digits in any file.
"""
_LONGEST_PREPARATION = 1.0
"""Seconds that compiling a model for one combination of shapes may take, as on JAX."""
_MOST_RESULTS = 2**22
"""The most elements of all results together."""
_CONSTANTS = (0, 1)
"""Values of constant integer inputs: they are indices of almost any table."""
_SINGLE = 2
"""The batch and one other dimension: up to so many dynamic ones, positions are not limited."""
_LEAST_SHARE = 0.1
"""The least share of a case's time that is assumed to grow with its size; the rest may be
overhead.
"""


@attrs.define
class CaseSearch:
    """A search that runs a model at sizes and keeps the accepted cases.

    Attributes:
        plan: The plan whose file is compared.
        run: The model, on flat arrays.
        draws: Generators of input values, tried in turn; the search keeps the first one whose
            values the model accepts.
        result_elements: Computes the number of result elements for given input shapes; None where
            it is unknown.
        found: The inputs and the outputs of each accepted case.
        refusals: The inputs that the model rejected, and why.
        left_out: The smallest sizes that were left out because of their cost or their rounding.
    """

    plan: ExportPlan
    run: Callable[[Sample], Sample]
    draws: Sequence[Draw]
    result_elements: Callable[[StaticShapes], int | None] = lambda _: None
    found: list[tuple[Sample, Sample]] = attrs.field(factory=list)
    refusals: list[str] = attrs.field(factory=list)
    left_out: str = ""
    _last: DimSizes = attrs.field(factory=dict)
    _seconds: float = 0.0
    _overhead: float = math.inf
    _spent: float = 0.0
    _is_warm: bool = False

    def search(self, sizes: VerificationSizes) -> None:
        """Try the sizes of the cases."""
        if sizes.smallest is None:
            for each in sizes.growing:
                self.attempt(each)
            return
        self.attempt(sizes.smallest)
        if sizes.next_smallest not in (None, sizes.smallest):
            self.attempt(sizes.next_smallest)
        rest = self._grow(sizes.growing)
        if rest is None:
            self._all_alike(sizes.growing[0])
        else:
            self._climb(rest)
        if sizes.largest is not None and self.found and self._fits(sizes.largest):
            self.attempt(sizes.largest)
        self._with_batches(map(batch_of, sizes.growing[:2]))

    def vary_counts(self) -> None:
        """Run the model on inputs of one value each, at the last sizes.

        Where the result shape depends on values, random inputs give nearly the same number of
        elements each time. Constant inputs make comparisons true everywhere, or nowhere. Cases with
        an empty result are left out.
        """
        last, _ = self.found[-1]
        for value in _CONSTANTS:
            inputs = tuple(np.full_like(array, value) for array in last)
            outputs, _ = self._outputs(inputs)
            if outputs is not None:
                self.found.append((inputs, outputs))

    def attempt(self, sizes: DimSizes) -> bool:
        """Return whether the model accepts inputs of these sizes, drawn by one of the generators.

        NaN count as a rejection while other ranges of integers remain to be tried: on JAX, an index
        out of a table's bounds yields NaN.
        """
        shapes = shapes_with(self.plan.inputs, sizes)
        case, reason = None, ""
        for at, draw in enumerate(self.draws):
            inputs = draw(shapes)
            outputs, reason = self._outputs(inputs)
            if outputs is not None:
                case = (inputs, outputs)
                if at + 1 == len(self.draws) or not any(map(_has_nan, outputs)):
                    self.draws = self.draws[at:]
                    break
        if case is None:
            self.refusals.append(f"{self._text(sizes)}: {reason}")
            return False
        self.found.append(case)
        self._last = sizes
        return True

    def _outputs(self, inputs: Sample) -> tuple[Sample | None, str]:
        """Run the model; return its outputs, or the reason why they cannot be compared."""
        started = time.perf_counter()
        try:
            outputs = self.run(inputs)
        except LiteRTIRError:
            raise
        except call_failures() as error:
            reraise_interruption(error)
            return None, brief(error)
        self._seconds = time.perf_counter() - started
        self._overhead = min(self._overhead, self._seconds)
        self._is_warm = False
        names = (leaf.spec.name for leaf in self.plan.output_leaves)
        empty = [name for name, array in zip(names, outputs, strict=True) if not array.size]
        return (None, f"output {empty[0]!r} is empty") if empty else (outputs, "")

    def _grow(self, growing: Sequence[DimSizes]) -> Sequence[DimSizes] | None:
        """Increase the sizes until enough are accepted; return the rest, or None if none is."""
        accepted = 0
        for at, sizes in enumerate(growing):
            if accepted == _ENOUGH or (accepted and not self._fits(sizes)):
                return growing[at:]
            if accepted or _count(self._shapes(sizes)) <= _MOST_VALUES:
                accepted += self.attempt(sizes)
        return () if accepted else None

    def _climb(self, rest: Sequence[DimSizes]) -> None:
        """Increase the size by large steps along each dimension, as far as time allows."""
        for key in (key for key in self._last if not is_batch(key)):
            while self._reached(key) <= _FAR:
                larger = [each for each in rest if each[key] > self._reached(key)]
                fitting = [each for each in larger if self._can_climb_to(each)]
                while fitting and not self._gives_little(fitting[-1]):
                    fitting.pop()
                if not fitting or not self.attempt(fitting[-1]):
                    self.left_out = self.left_out or (self._text(larger[0]) if larger else "")
                    break
                self._spent += self._seconds

    def _gives_little(self, sizes: DimSizes) -> bool:
        """Return whether the results for these sizes are predicted to be small."""
        try:
            elements = self.result_elements(self._shapes(sizes))
        except call_failures() as error:
            reraise_interruption(error)
            return False
        return elements is None or elements <= _MOST_RESULTS

    def _reached(self, key: DimKey) -> int:
        """Return the largest size that a dimension had in a case."""
        return max(sizes_in(self.plan.inputs, _shapes_of(inputs))[key] for inputs, _ in self.found)

    def _all_alike(self, example: DimSizes) -> None:
        """Try powers of two for all dimensions, until the model accepts one."""
        dims = dynamic_dims(self.plan.inputs)
        for size in OTHER_SIZES:
            alike = {key: nearest_size(dim, size) for key, dim in dims.items()}
            if self.attempt({key: example[key] if is_batch(key) else alike[key] for key in alike}):
                break

    def _with_batches(self, batches: Iterable[int | None]) -> None:
        """Add cases until each of these batch sizes is covered."""
        seen = {batch_of(sizes_in(self.plan.inputs, _shapes_of(case))) for case, _ in self.found}
        for batch in sorted({batch for batch in batches if batch is not None} - seen):
            if self.found:
                self.attempt(with_batch(self._last, batch))

    def _can_climb_to(self, sizes: DimSizes) -> bool:
        positions = math.prod(size for key, size in sizes.items() if not is_batch(key))
        most = max(_count(_shapes_of(inputs)) for inputs, _ in self.found)
        jump = _count(self._shapes(sizes)) / most
        return (
            jump <= _LONGEST_JUMP
            and (len(sizes) <= _SINGLE or positions <= _MOST_POSITIONS)
            and self._fits(sizes, exponent=_COST_EXPONENT)
        )

    def _fits(self, sizes: DimSizes, *, exponent: float = 1.0) -> bool:
        """Return whether a case of these sizes is predicted to take an affordable time."""
        count = _count(self._shapes(sizes))
        growth = count / max(1, _count(self._shapes(self._last)))
        large = self.plan.model.weight_bytes >= _LARGE
        left = (_SECONDS_OF_LARGE if large else _SECONDS) - self._spent
        if not self._is_warm and left < self._predicted(growth**exponent):
            self._warm_up()
        return growth <= 1 or (count <= _MOST_VALUES and self._predicted(growth**exponent) <= left)

    def _warm_up(self) -> None:
        """Run the last case again if its first run may have been dominated by compilation."""
        if self._seconds < _LONGEST_PREPARATION:
            self._outputs(self.found[-1][0])
        self._is_warm = True

    def _predicted(self, growth: float) -> float:
        """Predict the seconds of a case that has ``growth`` times the work of the last one."""
        overhead = min(self._overhead, (1 - _LEAST_SHARE) * self._seconds)
        return overhead + growth * (self._seconds - overhead)

    def _shapes(self, sizes: DimSizes) -> StaticShapes:
        return shapes_with(self.plan.inputs, sizes)

    def _text(self, sizes: DimSizes) -> str:
        return sizes_text(self.plan, [self._shapes(sizes)]) or "inputs of the plan's shapes"


def _shapes_of(inputs: Sample) -> StaticShapes:
    return tuple(array.shape for array in inputs)


def _count(shapes: StaticShapes) -> int:
    return sum(math.prod(shape) for shape in shapes)


def _has_nan(array: NDArray[Any]) -> bool:
    return bool(np.isnan(array).any()) if np.issubdtype(array.dtype, np.inexact) else False
