"""The protocol of conversion strategies: a plan and its model in, a LiteRT file out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol, runtime_checkable

import attrs

from litert_ir.ir.plan import ExportPlan


@attrs.frozen(kw_only=True)
class Refusal:
    """The reason that a strategy refuses a plan; found without any work.

    Attributes:
        reason: One line for the user.
    """

    reason: str


@runtime_checkable
class Content(Protocol):
    """A LiteRT file that is computed while it is written, so that memory never holds it."""

    @property
    def size_bytes(self) -> int:
        """The size of the file."""

    def pieces(self) -> Iterator[bytes | memoryview]:
        """The file from its first byte to its last.

        A piece may be overwritten once the next one is asked for.

        Raises:
            ConversionError: When it cannot be computed.
        """


@attrs.frozen(kw_only=True)
class Artifact:
    """The result of a strategy.

    Attributes:
        content: A LiteRT file whose interface is that of the plan: its bytes, or how to
            compute them.
    """

    content: bytes | Content = attrs.field(repr=False)


@runtime_checkable
class ConversionStrategy(Protocol):
    """One way to convert; interchangeable with every other.

    A strategy is a stateless object: the same plan and model give the same result. One that makes
    float files alone refuses the plans whose ``recipe`` quantizes: the driver then tries
    `litert_ir.Quantized` around it. Whatever it raises beside `ConversionError` is a failure of
    its attempt as well, as a `StrategyError`; the errors of the caller's samples, options and
    disk, interrupts and exits end the export.
    """

    @property
    def name(self) -> str:
        """The name in plans, attempts and on the command line, such as ``direct``."""

    def refuses(self, plan: ExportPlan) -> Refusal | None:
        """Return the reason to refuse this plan, or None. Cheap; no I/O, no tracing."""

    def convert(self, plan: ExportPlan, model: Any, calibration: Iterable[Any] | None) -> Artifact:
        """Convert.

        Args:
            plan: The plan of the file.
            model: The Keras model that the plan was lowered from.
            calibration: Samples that fit the plan's inputs, flat and in their order; can be
                iterated over more than once. None when the plan asks for none.

        Raises:
            ConversionError: When it does not succeed; the next strategy is then tried.
        """


@runtime_checkable
class WarmsUp(Protocol):
    """A strategy that can get ready while the plan is still being made."""

    @property
    def name(self) -> str:
        """Its name."""

    def warm_up(self) -> None:
        """Start what takes time to start; returns at once."""
