"""Define the options of the command `explain`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import attrs
from cyclopts import Parameter
from cyclopts.validators import Number

from litert_ir.cli.command_options import STRATEGIES, CallOptions
from litert_ir.cli.image_options import UNSCALED, ImageOptions
from litert_ir.cli.option_groups import COMPARISON
from litert_ir.verification.error_plot import check_plot_target

_NO_CALL_OPTIONS = CallOptions()


@Parameter(name="*", group=COMPARISON, negative=(), show_default=False)
@attrs.frozen(kw_only=True)
class ExplainOptions:
    """The call of the model, and what to look for.

    Attributes:
        call: Options of the model's call; sizes that the file fixes need none.
        samples: Samples to compare layers on, in the forms of --calibrate of export; without them,
            random ones.
        images: The reading of images among the samples.
        bisect: Export parts of the model alone, to find the smallest one that departs.
        keep: Write the file of that part to this folder.
        confirm: How many of the layers to leave in float to measure with a file made so.
        strategies: Export parts by this strategy; given more than once, the first that can.
        plot: Draw the error of each layer in the order of the network, as .png, .svg or .pdf.
        max_rows: The number of layers to list, those that add most, in the order of the network.
    """

    call: CallOptions = _NO_CALL_OPTIONS
    samples: Annotated[Path | None, Parameter(metavar="DATA")] = None
    images: ImageOptions = UNSCALED
    bisect: bool = False
    keep: Annotated[Path | None, Parameter(metavar="FOLDER")] = None
    confirm: Annotated[int, Parameter(validator=Number(gte=0), show_default=True)] = 2
    strategies: Annotated[
        tuple[str, ...], Parameter(name="--strategy", choices=list(STRATEGIES))
    ] = ()
    plot: Annotated[Path | None, Parameter(metavar="PICTURE")] = None
    max_rows: Annotated[int, Parameter(validator=Number(gte=1), show_default=True)] = 30

    def opened_samples(self) -> Iterable[Any] | None:
        """Open the samples; only headers are read.

        Raises:
            SamplesError: When the samples are missing.
            OptionsError: When there are no images to scale.
        """
        found = self.images.open(self.samples)
        self.images.require_use(found)
        return found

    def checked_plot(self) -> Path | None:
        """Return the path of the plot, if one is asked for.

        Raises:
            LiteRTIRError: When it cannot be written.
        """
        return None if self.plot is None else check_plot_target(self.plot)
