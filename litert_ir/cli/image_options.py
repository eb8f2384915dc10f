"""Define the option of samples in images: the scaling of their pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import attrs
from cyclopts import Parameter

from litert_ir.cli.option_groups import CALIBRATION
from litert_ir.errors import OptionsError
from litert_ir.errors.setting_names import SCALING
from litert_ir.samples.image_inputs import PixelScaling
from litert_ir.samples.image_samples import ImageSamples
from litert_ir.samples.sample_files import StoredSamples, samples_from


@Parameter(name="*", group=CALIBRATION, negative=(), show_default=False)
@attrs.frozen(kw_only=True)
class ImageOptions:
    """The reading of samples that are images.

    Attributes:
        scale: The values that the model takes for the pixels 0 to 255 of images; without it, those
            that its metadata or its preprocessor say.
    """

    scale: Annotated[
        str | None,
        Parameter(choices=[each.value for each in PixelScaling], allow_leading_hyphen=True),
    ] = None

    def open(self, path: Path | None) -> StoredSamples | None:
        """Open samples; only headers are read.

        Raises:
            SamplesError: When they are missing, or of no known form.
            MissingDependencyError: When they are images, and Pillow is not installed.
        """
        found = None if path is None else samples_from(path)
        if isinstance(found, ImageSamples):
            return attrs.evolve(found, scaling=PixelScaling.parsed(self.scale))
        return found

    def require_use(self, *opened: StoredSamples | None) -> None:
        """Require images, where there is a scaling.

        Raises:
            OptionsError: When there are none.
        """
        if self.scale is not None and not any(isinstance(each, ImageSamples) for each in opened):
            raise OptionsError(
                "There are no images, whose pixels alone are scaled.",
                where=SCALING.keyword,
                expected="a folder of PNG and JPEG files, or one of these, as samples",
                received=self.scale,
            )


UNSCALED = ImageOptions()
"""No scaling."""
