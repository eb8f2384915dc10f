"""Choose the inputs on which a file is compared with its model."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import attrs

from litert_ir.conversion.progress import logger
from litert_ir.errors import LiteRTIRError
from litert_ir.ir.plan import ExportPlan
from litert_ir.samples.drawing import Ranges
from litert_ir.samples.samples import Samples
from litert_ir.stablehlo.trace.points import traced_sizes
from litert_ir.verification.cases import Case, affordable_cases, cases_for, random_cases
from litert_ir.verification.steadiness import steadier_cases
from litert_ir.verification.tolerance import Tolerance
from litert_ir.verification.verify import Verification, require_enough


@attrs.frozen(kw_only=True)
class Comparison:
    """A comparison of files of one plan with their model.

    Attributes:
        plan: The plan.
        model: The Keras model.
        verification: The way to compare, with flat samples.
        calibration: The samples that the file is calibrated on, if there are any.
        ranges: The ranges of float inputs, for random ones.
    """

    plan: ExportPlan
    model: Any
    verification: Verification
    calibration: Samples | None = None
    ranges: Ranges = attrs.field(factory=dict)

    def cases(self) -> tuple[Case, ...]:
        """Return the inputs, and what the model makes of them.

        They are the given samples, else the first ones of calibration, else random ones, at sizes
        that no conversion traces with.

        Raises:
            SamplesError: When the model fails on them, or there are fewer than asked for.
        """
        samples = tuple(self.verification.samples or ())
        if self.calibration is not None and not samples:
            return self._of_calibration(self.calibration)
        most, sizes = self.verification.calibration_samples, traced_sizes(self.plan)
        if not samples:
            return random_cases(self.plan, self.model, sizes, self.ranges)
        require_enough(len(samples), most)
        elsewhere = not self._judges_samples
        return cases_for(self.plan, self.model, samples[:most], sizes, other_sizes=elsewhere)

    def steadier(self, cases: Sequence[Case], tolerance: Tolerance) -> tuple[Case, ...] | None:
        """Draw other random samples where rounding decides the model's results on some.

        A failure on the way does not replace the file's own failure.

        Args:
            cases: Random inputs on which a file differs.
            tolerance: The accepted difference.

        Returns:
            The other cases; None where there are none, or the samples are the user's.
        """
        if self.verification.samples or self.calibration is not None:
            return None
        try:
            return steadier_cases(self.plan, self.model, cases, tolerance)
        except LiteRTIRError as error:
            logger.info("no steadier samples were found: %s", error)
            return None

    @property
    def _judges_samples(self) -> bool:
        """Tell whether a comparison is meaningful on the user's samples only.

        A user's threshold is meant for them, and calibrated ranges hold for nothing else.
        """
        return self.verification.thresholds.are_set or self.calibration is not None

    def _of_calibration(self, calibration: Samples) -> tuple[Case, ...]:
        wanted = self.verification
        first = itertools.islice(calibration, wanted.most_calibration_samples)
        cases = affordable_cases(self.plan, self.model, first, wanted.least_calibration_samples)
        require_enough(len(cases), wanted.calibration_samples)
        return cases
