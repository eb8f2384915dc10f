"""Find sizes and values that a model accepts, within what they may cost."""

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
"""Tried for all dimensions at once where the model accepts nothing else: powers of two fit
windows and strides that nobody knows of."""

_ENOUGH = 2
"""How many sizes show, beside the smallest ones and those that were climbed to."""
_FAR = 1031
"""Where to stop: conversions trace beyond this size only models that they cannot do otherwise."""
_SECONDS = 0.4
"""What the cases beyond the first ones may take, as far as that can be told from smaller ones: the
file takes about as long, and all of it a quarter of an export at most."""
_SECONDS_OF_LARGE = 0.2
_LARGE = 300 * 2**20
"""Bytes of weights from which on a model is large: each case reads all of them twice."""
_COST_EXPONENT = 1.5
"""How time grows with the number of values: between linear and quadratic (attention)."""
_LONGEST_JUMP = 5.5
"""How many times the values of the largest case the next one may have: overheads hide what grows
with them."""
_MOST_VALUES = 2**23
"""The largest inputs of all together: some thousand pixels along either side."""
_MOST_POSITIONS = 2**18
"""How many positions, as pixels, to climb to: LiteRT's kernels add up in float32 one after the
other, so that a mean over a million has two good digits, in any file."""
_LONGEST_PREPARATION = 1.0
"""Seconds that it may take to compile a model for one combination of shapes, as on JAX."""
_MOST_RESULTS = 2**22
"""The largest results to climb to."""
_CONSTANTS = (0, 1)
"""Integers of these values are indices of almost any table."""
_SINGLE = 2
"""The batch and one dimension more."""
_LEAST_SHARE = 0.1
"""How much of a case's time is taken to grow with its size, at least; the rest may be overhead."""


@attrs.define
class CaseSearch:
    """Runs a model at sizes, and keeps what it accepts.

    Attributes:
        plan: What is compared.
        run: The model, on flat arrays.
        draws: Ways to draw the inputs, to be tried in turn; the model goes on with the first
            that it accepts.
        result_elements: How many elements the results have for inputs of some shapes; None where
            that is not known.
        found: The inputs and the outputs of each accepted case.
        refusals: What the model did not accept, and why.
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

        Where values decide how many elements a result has, random ones give much the same
        number each time: these make comparisons true everywhere, or nowhere. What comes out empty
        is left out.
        """
        last, _ = self.found[-1]
        for value in _CONSTANTS:
            inputs = tuple(np.full_like(array, value) for array in last)
            outputs, _ = self._outputs(inputs)
            if outputs is not None:
                self.found.append((inputs, outputs))

    def attempt(self, sizes: DimSizes) -> bool:
        """Whether the model accepts inputs of these sizes, drawn in one of the ways.

        NaN are no good results where there are other ways to draw integers: on JAX, they come of
        indices that are beyond a table.
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
        """What the model gives; or why that cannot be compared."""
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
        """Go up until enough sizes are accepted; those that are left, or None where none is."""
        accepted = 0
        for at, sizes in enumerate(growing):
            if accepted == _ENOUGH or (accepted and not self._fits(sizes)):
                return growing[at:]
            if accepted or _count(self._shapes(sizes)) <= _MOST_VALUES:
                accepted += self.attempt(sizes)
        return () if accepted else None

    def _climb(self, rest: Sequence[DimSizes]) -> None:
        """Go up by large steps along each dimension, as far as time allows."""
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
        """Whether results of such inputs are small, as of an attention they need not be."""
        try:
            elements = self.result_elements(self._shapes(sizes))
        except call_failures() as error:
            reraise_interruption(error)
            return False
        return elements is None or elements <= _MOST_RESULTS

    def _reached(self, key: DimKey) -> int:
        """The largest size that a dimension had in a case."""
        return max(sizes_in(self.plan.inputs, _shapes_of(inputs))[key] for inputs, _ in self.found)

    def _all_alike(self, example: DimSizes) -> None:
        """Try powers of two for all dimensions, until the model accepts them."""
        dims = dynamic_dims(self.plan.inputs)
        for size in OTHER_SIZES:
            alike = {key: nearest_size(dim, size) for key, dim in dims.items()}
            if self.attempt({key: example[key] if is_batch(key) else alike[key] for key in alike}):
                break

    def _with_batches(self, batches: Iterable[int | None]) -> None:
        """See to it that batches of each size are among the cases."""
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
        """Whether sizes are likely to take no longer than a further case may."""
        count = _count(self._shapes(sizes))
        growth = count / max(1, _count(self._shapes(self._last)))
        large = self.plan.model.weight_bytes >= _LARGE
        left = (_SECONDS_OF_LARGE if large else _SECONDS) - self._spent
        if not self._is_warm and left < self._predicted(growth**exponent):
            self._warm_up()
        return growth <= 1 or (count <= _MOST_VALUES and self._predicted(growth**exponent) <= left)

    def _warm_up(self) -> None:
        """Run the last case again where the first run may have been mere preparation."""
        if self._seconds < _LONGEST_PREPARATION:
            self._outputs(self.found[-1][0])
        self._is_warm = True

    def _predicted(self, growth: float) -> float:
        """Seconds for so many times the work of the last case."""
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
