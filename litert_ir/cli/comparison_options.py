"""Define the options of commands that compare a file: samples, thresholds, and a time limit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import attrs
from cyclopts import Parameter
from cyclopts.validators import Number

from litert_ir.cli.image_options import UNSCALED, ImageOptions
from litert_ir.cli.option_groups import COMPARISON
from litert_ir.errors import OptionsError
from litert_ir.samples.sample_files import StoredSamples
from litert_ir.verification.thresholds import Thresholds
from litert_ir.verification.verify import Verification, check_comparable, require_enough


@Parameter(name="*", group=COMPARISON, negative=(), show_default=False)
@attrs.frozen(kw_only=True)
class ComparisonOptions:
    """The inputs to compare on, and thresholds beyond the tolerance of the file's precision.

    Attributes:
        samples: Samples to compare the file on, in the forms of --calibrate; without them, those of
            --calibrate, else random ones.
        max_error: Largest accepted difference of an output's element.
        max_mean_error: Largest accepted mean difference of an output.
        min_cosine: Least accepted cosine similarity of an output.
        min_top1: Least accepted share of samples with the same best class, from 0 to 1, for outputs
            (batch, classes).
        compare: The number of samples to compare on, of --samples, else of --calibrate; by default
            all of --samples, and the first 64 of --calibrate, or 32 in an export without a
            threshold (fewer where they are large).
        verify_timeout: Seconds that comparing a file may take, running the model not counted; by
            default many times the usual time of such a file.
    """

    samples: Annotated[Path | None, Parameter(metavar="DATA")] = None
    max_error: Annotated[float | None, Parameter(validator=Number(gte=0))] = None
    max_mean_error: Annotated[float | None, Parameter(validator=Number(gte=0))] = None
    min_cosine: Annotated[float | None, Parameter(validator=Number(gte=-1, lte=1))] = None
    min_top1: Annotated[float | None, Parameter(validator=Number(gte=0, lte=1))] = None
    compare: Annotated[int | None, Parameter(validator=Number(gte=1), metavar="N")] = None
    verify_timeout: Annotated[
        float | None, Parameter(validator=Number(gt=0), metavar="SECONDS")
    ] = None

    def thresholds(self) -> Thresholds:
        """Return the limits that each output has to keep.

        Raises:
            OptionsError: When a number is out of its range.
        """
        return Thresholds(
            max_abs_error=self.max_error,
            mean_abs_error=self.max_mean_error,
            cosine=self.min_cosine,
            top1=self.min_top1,
        )

    def verification(
        self, calibration: StoredSamples | None = None, images: ImageOptions = UNSCALED
    ) -> Verification:
        """Return how to compare the file with its reference.

        Args:
            calibration: The samples to calibrate on, which are compared on where there are no
                others.
            images: The scaling of images among the samples.

        Raises:
            OptionsError: When a number is out of its range, there are no samples to compare so
                many of, or no images to scale.
            SamplesError: When the samples are missing, or fewer than those to compare on.
        """
        samples = images.open(self.samples)
        images.require_use(samples, calibration)
        found = Verification(
            samples=samples,
            thresholds=self.thresholds(),
            calibration_samples=self.compare,
            timeout=self.verify_timeout,
        )
        check_comparable(found, calibrated=calibration is not None)
        compared = samples or calibration
        if compared is not None:
            require_enough(compared.most, self.compare)
        return found

    def switched(
        self,
        calibration: StoredSamples | None = None,
        images: ImageOptions = UNSCALED,
        *,
        verify: bool,
    ) -> bool | Verification:
        """Return whether and how to compare the file with its reference.

        Args:
            calibration: See `verification`.
            images: See `verification`.
            verify: Whether to compare.

        Raises:
            OptionsError: When nothing is compared, but an option says how; and as `verification`.
            SamplesError: As `verification`.
        """
        if self == ComparisonOptions():
            images.require_use(calibration)
            return verify
        if not verify:
            raise OptionsError(
                "Nothing is compared, so that samples, thresholds and a time limit have no effect.",
                where="--no-verify",
                expected="either --no-verify, or such options",
                received="both",
            )
        return self.verification(calibration, images)
