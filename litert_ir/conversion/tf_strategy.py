"""The steps that all strategies over TensorFlow's converter share."""

from __future__ import annotations

import abc
from collections.abc import Iterable
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.conversion.interface import with_interface
from litert_ir.conversion.protocol import Artifact, ConversionStrategy, Refusal
from litert_ir.conversion.tf_converter import run
from litert_ir.ir.plan import ExportPlan
from litert_ir.runtime.given_samples import Sample


@attrs.frozen
class TensorFlowStrategy(ConversionStrategy, abc.ABC):
    """Converts with `tf.lite.TFLiteConverter`, then gives the file the plan's interface.

    A subclass says how the converter is made.
    """

    @override
    def refuses(self, plan: ExportPlan) -> Refusal | None:
        """Never: whatever could be lowered can be traced."""
        return None

    @override
    def convert(
        self, plan: ExportPlan, model: Any, calibration: Iterable[Sample] | None
    ) -> Artifact:
        """Trace, convert, and put the plan's names and order into the file.

        Raises:
            UnsupportedOpsError: When the model needs ops that the plan's op sets lack.
            FileRejectedError: When the converted file does not have the plan's tensors.
            ConversionError: For every other failure of the converter.
        """
        content = run(lambda: self.converted(plan, model, calibration), model)
        return Artifact(content=with_interface(content, plan))

    @abc.abstractmethod
    def converted(
        self, plan: ExportPlan, model: Any, calibration: Iterable[Sample] | None
    ) -> bytes:
        """The converter's result: tensors under wire names, in any order."""
