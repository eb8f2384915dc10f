"""What one export says of itself, and what measuring it adds: frozen records that print as JSON."""

from __future__ import annotations

import attrs
from attrs.validators import ge, optional


@attrs.frozen(kw_only=True)
class Phases:
    """Where litert_ir says the time of one export went, in seconds.

    Args:
        plan: Lowering the model to a plan.
        convert: All attempts to convert, the refused and the failed ones included.
        write: Writing the file.
        verify: Comparing the file with the model; None when that was not asked for.
    """

    plan: float = attrs.field(validator=ge(0))
    convert: float = attrs.field(validator=ge(0))
    write: float = attrs.field(validator=ge(0))
    verify: float | None = attrs.field(default=None, validator=optional(ge(0)))


@attrs.frozen(kw_only=True)
class Exported:
    """How an exporter wrote the file.

    Args:
        strategy: Name of the conversion that succeeded.
        phases: The exporter's own timings; None where it gives none.
    """

    strategy: str
    phases: Phases | None = None


@attrs.frozen(kw_only=True)
class Measurement:
    """One export, measured in a process of its own.

    Args:
        seconds: Wall time of the export, verification included where there is one.
        model_bytes: Resident memory of the process once the model is built.
        peak_bytes: Most resident memory during the export, above ``model_bytes``: the larger
            of the two readings below.
        sampled_peak_bytes: The same as seen by a sampling thread; it can miss a short peak.
        high_water_bytes: The same from the kernel's high-water mark; None where it cannot be
            reset.
        samples: Number of samples behind ``sampled_peak_bytes``.
        file_bytes: Size of the file written.
        load_average: The machine's load over the last minute when the export began. One core
            busy with this process counts 1; a larger number says that others were at work.
        exported: What the exporter says of itself.
    """

    seconds: float = attrs.field(validator=ge(0))
    model_bytes: int = attrs.field(validator=ge(0))
    peak_bytes: int = attrs.field(validator=ge(0))
    sampled_peak_bytes: int = attrs.field(validator=ge(0))
    high_water_bytes: int | None = attrs.field(validator=optional(ge(0)))
    samples: int = attrs.field(validator=ge(0))
    file_bytes: int = attrs.field(validator=ge(0))
    load_average: float = attrs.field(validator=ge(0))
    exported: Exported

    @property
    def verify_seconds(self) -> float | None:
        """Seconds of ``seconds`` that went into verification; None without verification."""
        phases = self.exported.phases
        return None if phases is None else phases.verify
