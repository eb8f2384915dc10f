"""Require more of a file's outputs than its precision makes likely."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import attrs

from litert_ir.errors import OptionsError
from litert_ir.errors.advice import advise
from litert_ir.errors.setting_names import Wording
from litert_ir.errors.shown import shown
from litert_ir.ir.tensor import TensorSpec
from litert_ir.verification.metrics import is_classifier

if TYPE_CHECKING:
    from litert_ir.verification.output_parity import OutputParity


def _within(lowest: float, highest: float) -> Callable[[Any, attrs.Attribute[Any], Any], None]:
    def check(_instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if value is None:
            return
        sound = isinstance(value, int | float) and not isinstance(value, bool)
        if not sound or not lowest <= float(value) <= highest:  # type: ignore[arg-type]
            limit = f"from {lowest:g} to {highest:g}" if highest < float("inf") else "0 or more"
            raise OptionsError(
                "This is not a valid threshold.",
                where=f"Thresholds.{attribute.name}",
                expected=f"a number {limit}, or None",
                received=shown(value),
            )

    return check


def _names(value: str | Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


@attrs.frozen(kw_only=True)
class Thresholds:
    """Limits that each output has to keep for the export to succeed; None requires nothing.

    They are required in addition to the `Tolerance`, which they do not change.

    Attributes:
        max_abs_error: The largest accepted difference of an element, in the output's own unit.
        mean_abs_error: The largest accepted mean difference over all elements.
        cosine: The least accepted cosine similarity of float outputs, from -1 to 1.
        top1: The least accepted share of rows whose first class is the model's, from 0 to 1; for
            outputs that are taken for a classifier's: floats with two dimensions and at least two
            columns.
        outputs: The names of the outputs that the limits apply to; empty for all outputs.

    Raises:
        OptionsError: When a number is out of its range.

    Example:
        ``Verification(thresholds=Thresholds(top1=0.99, cosine=0.999))``
    """

    max_abs_error: float | None = attrs.field(default=None, validator=_within(0, float("inf")))
    mean_abs_error: float | None = attrs.field(default=None, validator=_within(0, float("inf")))
    cosine: float | None = attrs.field(default=None, validator=_within(-1, 1))
    top1: float | None = attrs.field(default=None, validator=_within(0, 1))
    outputs: tuple[str, ...] = attrs.field(default=(), converter=_names)

    @property
    def are_set(self) -> bool:
        """Return whether any limit is set."""
        limits = (self.max_abs_error, self.mean_abs_error, self.cosine, self.top1)
        return any(limit is not None for limit in limits)

    @property
    def in_words(self) -> str:
        """The limits in words; "" where none is set."""
        limits = (
            ("max |difference|", "at most", self.max_abs_error),
            ("mean |difference|", "at most", self.mean_abs_error),
            ("cosine similarity", "at least", self.cosine),
            ("top-1 agreement", "at least", self.top1),
        )
        set_ones = [
            f"{name} of {side} {limit}" for name, side, limit in limits if limit is not None
        ]
        of_outputs = f" of {', '.join(self.outputs)}" if self.outputs and set_ones else ""
        return ", ".join(set_ones) + of_outputs

    def check_applicable(self, outputs: Iterable[TensorSpec]) -> None:
        """Check that the thresholds apply to the outputs, before anything is converted.

        Raises:
            OptionsError: When an output name is unknown, or when there is a top-1 threshold but no
                output is taken for a classifier's.
        """
        specs = tuple(outputs)
        names = [spec.name for spec in specs]
        if not set(self.outputs) <= set(names):
            raise OptionsError(
                "There is no such output.",
                where="Thresholds.outputs",
                expected=f"some of {names}",
                received=str(list(self.outputs)),
            )
        specs = tuple(spec for spec in specs if self._are_for(spec.name))
        if self.top1 is None or any(is_classifier(s.dtype.value, s.sizes) for s in specs):
            return
        raise OptionsError(
            "No output is taken for the scores of classes, so that there is no top-1 agreement.",
            where="Thresholds.top1",
            expected="an output of floats with two dimensions and at least two columns",
            received=", ".join(f"{spec.name} {spec}" for spec in specs),
            advice=advise(
                "require {cosine} or {error}",
                cosine=Wording("a cosine", "--min-cosine"),
                error=Wording("a largest error", "--max-error"),
            ),
        )

    def failures(self, outputs: Iterable[OutputParity]) -> tuple[Failure, ...]:
        """Return every threshold that an output misses, in the order of the outputs."""
        judged = (output for output in outputs if self._are_for(output.name))
        return tuple(failure for output in judged for failure in self._missed(output))

    def _are_for(self, name: str) -> bool:
        return not self.outputs or name in self.outputs

    def _missed(self, output: OutputParity) -> Iterator[Failure]:
        for metric, limit, found, at_least in (
            ("max |difference|", self.max_abs_error, output.max_abs_error, False),
            ("mean |difference|", self.mean_abs_error, output.mean_abs_error, False),
            ("cosine similarity", self.cosine, output.cosine, True),
            ("top-1 agreement", self.top1, output.top1_agreement, True),
        ):
            if limit is None or found is None:
                continue
            if not (found >= limit if at_least else found <= limit):
                yield Failure(output.name, metric, limit, found, at_least=at_least)


@attrs.frozen
class Failure:
    """A threshold that an output misses.

    Attributes:
        output: The output's name.
        metric: The name of the metric.
        limit: The required value.
        measured: The measured value.
        at_least: Whether the limit is the least accepted value, not the largest.
    """

    output: str
    metric: str
    limit: float
    measured: float
    at_least: bool = attrs.field(kw_only=True)

    def __str__(self) -> str:
        limit = f"{'at least' if self.at_least else 'at most'} {self.limit:g}"
        return f"{self.output}: {self.metric} {self.measured:.6g} ({limit} required)"

    @property
    def required(self) -> str:
        """The requirement in words."""
        return f"{self.metric} of {'at least' if self.at_least else 'at most'} {self.limit:g}"
