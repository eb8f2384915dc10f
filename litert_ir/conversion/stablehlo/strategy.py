"""The strategy `stablehlo`: trace, rewrite, convert a skeleton, stream the weights."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.backends.failures import brief, failures_as
from litert_ir.backends.inference import all_layers
from litert_ir.conversion.interface_writer import with_interface
from litert_ir.conversion.progress import logger
from litert_ir.conversion.protocol import Artifact, ConversionStrategy, Refusal
from litert_ir.conversion.stablehlo.file.writer import file_pieces
from litert_ir.conversion.stablehlo.generalisation.generalise import generalise
from litert_ir.conversion.stablehlo.native import (
    PRELOAD,
    Skeleton,
    make_skeleton,
    mark_kept_ops,
    specialize,
)
from litert_ir.conversion.stablehlo.sizes import (
    Point,
    Shape,
    long_points_of,
    points_of,
    varies_beside_batch,
)
from litert_ir.conversion.stablehlo.trace import Tracer, tracer_for
from litert_ir.conversion.stablehlo.weights.store import WeightStore
from litert_ir.conversion.unsupported_ops import layer_of_scope
from litert_ir.errors import (
    ConversionError,
    ConverterCrashed,
    DifferingFilesError,
    NotGeneralError,
    UnsupportedOp,
    UnsupportedOpsError,
)
from litert_ir.ir.options import Precision
from litert_ir.ir.plan import ExportPlan
from litert_ir.isolation.worker import Worker, shared_worker
from litert_ir.runtime.samples import Sample

TIME_LIMIT_S = 600.0
_FIX_SIZES = "fix the sizes with batch_size=..., or an int in input_signature"
_READING = "reading the traced graph"
_BACKENDS = ("tensorflow", "jax")


@attrs.frozen
class StableHLO(ConversionStrategy):
    """Traces to StableHLO, and writes the file itself, one weight at a time.

    LiteRT's converter sees the model without its weights, in a child process: what crashes
    there is an error here.

    Attributes:
        time_limit_s: Seconds that one step in the child process may take.
    """

    name: str = attrs.field(default="stablehlo", init=False)
    time_limit_s: float = TIME_LIMIT_S

    @override
    def refuses(self, plan: ExportPlan) -> Refusal | None:
        """Refuses quantized plans, and backends that are not traced."""
        if plan.versions.backend not in _BACKENDS:
            return Refusal(reason=f"models of Keras' {plan.versions.backend} backend")
        if plan.options.precision is not Precision.FLOAT:
            precision = plan.options.precision.value
            return Refusal(reason=f"writes float32 weights, where the plan asks for {precision}")
        return None

    @override
    def convert(
        self, plan: ExportPlan, model: Any, calibration: Iterable[Sample] | None
    ) -> Artifact:
        """Trace at one size, or at two where dimensions are dynamic, and write the file.

        Raises:
            UnsupportedOpsError: When the model needs ops for which LiteRT has none.
            NotGeneralError: When the two sizes do not tell what holds for all.
            ConverterCrashed: When the converter crashes, or takes too long.
            ConversionError: For every other failure.
        """
        self.warm_up()
        worker = shared_worker()
        editor = _EditorInChild(worker, self.time_limit_s)
        tracer = tracer_for(plan, model, editor)
        conversion = _Conversion(plan, model, tracer, worker, self.time_limit_s)
        skeleton, store = conversion.general_skeleton()
        content = with_interface(skeleton.content, plan)
        return Artifact(content=file_pieces(content, skeleton.weights, store.read))

    def warm_up(self) -> None:
        """Start the child process."""
        shared_worker().start(PRELOAD)


@attrs.frozen
class _Conversion:
    """One conversion's way through the child process."""

    plan: ExportPlan
    model: Any
    tracer: Tracer
    worker: Worker
    time_limit_s: float

    def general_skeleton(self) -> tuple[Skeleton, WeightStore]:
        """The skeleton for all sizes that the plan allows.

        The sizes to trace with are tried in turn: a model may have a longest sequence, or
        take images of some sizes only. A batch goes with every model: other sizes of it are
        of use where the first ones are by chance other numbers of the model.
        """
        *others, last = points_of(self.plan)
        for points in others:
            try:
                return self._at(points)
            except (ConverterCrashed, UnsupportedOpsError):
                raise
            except ConversionError as error:
                by_chance = isinstance(error, DifferingFilesError)
                if not (by_chance or varies_beside_batch(self.plan)):
                    raise
                logger.info("sizes %s: %s", points, error)
        return self._at(last)

    def _at(self, points: tuple[Point, ...]) -> tuple[Skeleton, WeightStore]:
        first, store = self._skeleton(points[0])
        if len(points) == 1:
            return first, store
        second, _ = self._skeleton(points[1])
        if first.weights != second.weights:
            raise DifferingFilesError(
                "The weights are used differently at different sizes of the inputs.",
                advice=_FIX_SIZES,
            )
        general = generalise(first.content, second.content)
        if general.has_open_masks:
            self._confirm(first, general.content, points[1])
        return Skeleton(content=general.content, weights=first.weights), store

    def _confirm(self, first: Skeleton, content: bytes, short: Point) -> None:
        """Require the same file from a much longer size: a mask may have a limit beyond.

        A model that cannot be called with the longest size is looked at with the next one.
        """
        *longer, last = long_points_of(self.plan, short)
        for point in longer:
            try:
                long, _ = self._skeleton(point)
                break
            except (ConverterCrashed, UnsupportedOpsError):
                raise
            except ConversionError as error:
                logger.info("sizes %s: %s", point, error)
        else:
            long, _ = self._skeleton(last)
        if generalise(first.content, long.content).content != content:
            raise NotGeneralError(
                "A mask is another one for long sequences: its window ends beyond those that "
                "were looked at first.",
                advice=_FIX_SIZES,
            )

    def _skeleton(self, point: Point) -> tuple[Skeleton, WeightStore]:
        try:
            trace = self.tracer(point)
            with failures_as(_rewrite_failure):
                skeleton = self.worker.call(
                    make_skeleton,
                    trace.traced,
                    trace.store.small(),
                    time_limit_s=self.time_limit_s,
                    task="converting StableHLO",
                )
        except UnsupportedOpsError as error:
            raise UnsupportedOpsError(tuple(map(self._with_layers, error.ops))) from error
        return skeleton, trace.store

    def _with_layers(self, op: UnsupportedOp) -> UnsupportedOp:
        """The op with the layers' paths in the place of the scopes they were traced in."""
        layers = tuple(all_layers(self.model))
        found = (layer_of_scope(scope, layers) or scope for scope in op.layers)
        return attrs.evolve(op, layers=tuple(dict.fromkeys(found)))


def _rewrite_failure(error: Exception) -> ConversionError:
    return ConversionError(
        "The traced model has a form that the rewrite does not expect.", received=brief(error)
    )


@attrs.frozen
class _EditorInChild:
    """Edits modules in the child process."""

    worker: Worker
    time_limit_s: float

    def specialize(self, module: str, shapes: tuple[Shape | None, ...]) -> str:
        return self.worker.call(
            specialize, module, shapes, time_limit_s=self.time_limit_s, task=_READING
        )

    def keep(self, module: str) -> str:
        return self.worker.call(
            mark_kept_ops, module, time_limit_s=self.time_limit_s, task=_READING
        )
