"""The steps that all strategies over TensorFlow's converter share."""

from __future__ import annotations

import abc
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.backends.litert.files import packed, unpacked
from litert_ir.backends.litert.interface_writer import give_interface
from litert_ir.backends.packages import TENSORFLOW
from litert_ir.backends.tensorflow.shape_refusals import require_no_padding
from litert_ir.conversion.progress import counted
from litert_ir.conversion.protocol import Artifact, ConversionStrategy, Refusal
from litert_ir.conversion.tensorflow.converter import run
from litert_ir.conversion.tensorflow.converter_terms import lacks_terms_for
from litert_ir.conversion.tensorflow.graph_in_child import converted_in_child
from litert_ir.conversion.tensorflow.saved_graph import SavedGraph
from litert_ir.errors import ConversionError
from litert_ir.errors.shown import bytes_text
from litert_ir.ir.backend import ConvertibleBackend
from litert_ir.ir.estimate import stored_bytes
from litert_ir.ir.plan import ExportPlan
from litert_ir.isolation.place import is_child
from litert_ir.isolation.time_limits import CONVERSION_S
from litert_ir.metadata.file_entry import give_metadata
from litert_ir.samples.samples import Sample
from litert_ir.scratch.folder import shortage

TWO_GIB = 2**31
"""The limit of a flatbuffer's 32-bit offsets and of a protocol buffer, in bytes."""


def graph_bytes(plan: ExportPlan) -> int:
    """Bytes of the weights in the graph that is converted; integers of Keras' are floats there."""
    as_floats = 0 if plan.estimate is None else plan.estimate.float_bytes or 0
    return max(plan.model.weight_bytes, as_floats)


@attrs.frozen
class TensorFlowStrategy(ConversionStrategy, abc.ABC):
    """Converts with `tf.lite.TFLiteConverter`, then gives the file the plan's interface.

    A subclass says how the converter is made. Where it calibrates, it runs in a child process:
    TensorFlow's calibrator crashes on some graphs, such as those of recurrent layers, and would
    end this process. The graph goes there as a SavedModel, so that models need not be loaded, and
    their own classes not be found, there.

    Attributes:
        isolated: Whether to calibrate in a child process. False saves its start, some seconds.
        time_limit_s: Seconds that the child may take, its start included; None for no limit.
    """

    isolated: bool = attrs.field(default=True, kw_only=True)
    time_limit_s: float | None = attrs.field(default=CONVERSION_S, kw_only=True)

    @override
    def refuses(self, plan: ExportPlan) -> Refusal | None:
        """Refuse other backends, recipes beyond the converter, and files that are too large.

        Where TensorFlow is not installed, which JAX does without, all plans.
        """
        absence = TENSORFLOW.absence()
        if absence is not None:
            return Refusal(reason=absence)
        if plan.versions.backend is not ConvertibleBackend.TENSORFLOW:
            return Refusal(
                reason=f"needs Keras on TensorFlow, not on {plan.versions.backend}: "
                "pass through=litert_ir.ThroughFile(backend='tensorflow')"
            )
        if plan.recipe != plan.options.recipe:
            return Refusal(reason="keeps no small types of single layers")
        beyond = lacks_terms_for(plan.options)
        if beyond is not None:
            return Refusal(reason=f"TensorFlow's converter does not quantize to {beyond}")
        expected = stored_bytes(graph_bytes(plan), plan.options.precision)
        if expected < TWO_GIB:
            return None
        return Refusal(
            reason=f"about {bytes_text(expected)} of stored weights, where TensorFlow's "
            f"converter writes files below {bytes_text(TWO_GIB)}"
        )

    @override
    def convert(
        self, plan: ExportPlan, model: Any, calibration: Iterable[Sample] | None
    ) -> Artifact:
        """Trace, convert, and put the plan's names and order into the file.

        Raises:
            UnsupportedOpsError: When the model needs ops that the plan's op sets lack.
            ValueDependentShapeError: When the file would return padding as results.
            FileRejectedError: When the converted file does not have the plan's tensors.
            ConverterCrashed: When the child process dies of it, or takes too long.
            ConversionError: For every other failure of the converter.
        """
        try:
            content = self._content(plan, model, counted(calibration))
        except ConversionError as error:
            advice = "" if error.advice else shortage(error.received)
            if advice:
                raise error.evolve(advice=advice) from error
            raise
        file = unpacked(content)
        give_interface(file, plan)
        give_metadata(file, plan, self.name)
        return Artifact(content=bytes(packed(file, len(content))))

    def _content(self, plan: ExportPlan, model: Any, calibration: Iterable[Sample] | None) -> bytes:
        if calibration is None or not self.isolated or is_child():
            return run(lambda: self._checked(plan, model, calibration), model)
        return converted_in_child(
            lambda folder: self._checked_and_saved(plan, model, folder),
            model,
            plan.options,
            calibration,
            self.time_limit_s,
        )

    def _checked(self, plan: ExportPlan, model: Any, calibration: Iterable[Sample] | None) -> bytes:
        require_no_padding(plan, model)
        return self.converted(plan, model, calibration)

    def _checked_and_saved(self, plan: ExportPlan, model: Any, folder: Path) -> SavedGraph:
        require_no_padding(plan, model)
        return self.saved(plan, model, folder)

    @abc.abstractmethod
    def saved(self, plan: ExportPlan, model: Any, folder: Path) -> SavedGraph:
        """Save the graph that `converted` would convert; the folder does not exist yet."""

    @abc.abstractmethod
    def converted(
        self, plan: ExportPlan, model: Any, calibration: Iterable[Sample] | None
    ) -> bytes:
        """The converter's result: tensors under wire names, in any order."""
