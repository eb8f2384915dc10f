"""The strategy `stablehlo`: trace, rewrite, convert a skeleton, stream the weights."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.backends.failures import brief, failures_as
from litert_ir.backends.layers import all_layers
from litert_ir.backends.litert_files import packed, unpacked
from litert_ir.backends.quantized_layers import weight_paths
from litert_ir.conversion.interface_writer import give_interface
from litert_ir.conversion.progress import logger
from litert_ir.conversion.protocol import Artifact, ConversionStrategy, Refusal
from litert_ir.conversion.stablehlo.file.half_weights import store_halves
from litert_ir.conversion.stablehlo.file.names import name_weights
from litert_ir.conversion.stablehlo.file.writer import file_pieces
from litert_ir.conversion.stablehlo.generalisation.generalise import generalise
from litert_ir.conversion.stablehlo.halves import half_variables
from litert_ir.conversion.stablehlo.native import (
    PRELOAD,
    Skeleton,
    make_skeleton,
    mark_kept_ops,
    specialize,
)
from litert_ir.conversion.stablehlo.sizes import (
    Point,
    long_points_of,
    points_of,
    varies_beside_batch,
)
from litert_ir.conversion.stablehlo.trace import Shapes, Trace, Tracer, tracer_for
from litert_ir.conversion.stablehlo.weights.expressions import Parameter, WeightExpr
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
from litert_ir.ir.options import Optimization
from litert_ir.ir.plan import ExportPlan
from litert_ir.isolation.pending import Pending
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
        """Refuses quantized and sparse plans, and backends that are not traced."""
        if plan.versions.backend not in _BACKENDS:
            return Refusal(reason=f"models of Keras' {plan.versions.backend} backend")
        options = plan.options
        if options.quantizes:
            precision = options.precision.value
            return Refusal(reason=f"writes float32 weights, where the plan asks for {precision}")
        if Optimization.EXPERIMENTAL_SPARSITY in options.optimizations:
            return Refusal(reason="stores all weights densely, where the plan asks for sparsity")
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
        general = conversion.general_skeleton()
        name_weights(general.model, general.weights, _variables_named(model, general.store))
        give_interface(general.model, plan)
        store = general.store
        halves = half_variables(plan, model, store.variables)
        weights = store_halves(general.model, general.weights, halves, store.read)
        return Artifact(content=file_pieces(general.model, weights, store.read))

    def warm_up(self) -> None:
        """Start the child process."""
        shared_worker().start(PRELOAD)


@attrs.frozen(kw_only=True)
class _General:
    """A file for all sizes, without its big weights.

    Attributes:
        model: Its `ModelT`; external buffers have indices into ``weights`` as offsets.
        weights: What the external buffers hold.
        store: Where these are read from.
    """

    model: Any
    weights: tuple[WeightExpr, ...]
    store: WeightStore


@attrs.frozen
class _Conversion:
    """One conversion's way through the child process."""

    plan: ExportPlan
    model: Any
    tracer: Tracer
    worker: Worker
    time_limit_s: float

    def general_skeleton(self) -> _General:
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

    def _at(self, points: tuple[Point, ...]) -> _General:
        """Convert at one point, or at two of which the second is traced meanwhile.

        The first skeleton is unpacked while the second one is made.
        """
        traces = self._traces(points)
        trace = next(traces)
        with self._converting(trace) as first_call:
            following = next(traces, None)
            first = self._skeleton_of(first_call)
        if following is None:
            model = unpacked(first.content)
        else:
            with self._converting(following) as second_call:
                model = unpacked(first.content)
                second = self._skeleton_of(second_call)
            self._generalise(first, model, second, points[1])
        return _General(model=model, weights=first.weights, store=trace.store)

    def _generalise(self, first: Skeleton, model: Any, second: Skeleton, short: Point) -> None:
        """Make the first skeleton's model one for all sizes, in place."""
        if first.weights != second.weights:
            raise DifferingFilesError(
                "The weights are used differently at different sizes of the inputs.",
                advice=_FIX_SIZES,
            )
        if generalise(model, unpacked(second.content)).has_open_masks:
            self._confirm(first, model, short)

    def _confirm(self, first: Skeleton, model: Any, short: Point) -> None:
        """Require the same file from a much longer size: a mask may have a limit beyond.

        A model that cannot be called with the longest size is looked at with the next one.
        """
        *longer, last = long_points_of(self.plan, short)
        for point in longer:
            try:
                long = self._skeleton_at(point)
                break
            except (ConverterCrashed, UnsupportedOpsError):
                raise
            except ConversionError as error:
                logger.info("sizes %s: %s", point, error)
        else:
            long = self._skeleton_at(last)
        confirmed = generalise(unpacked(first.content), unpacked(long.content)).model
        if packed(confirmed) != packed(model):
            raise NotGeneralError(
                "A mask is another one for long sequences: its window ends beyond those that "
                "were looked at first.",
                advice=_FIX_SIZES,
            )

    def _skeleton_at(self, point: Point) -> Skeleton:
        (trace,) = self._traces((point,))
        with self._converting(trace) as call:
            return self._skeleton_of(call)

    def _traces(self, points: tuple[Point, ...]) -> Iterator[Trace]:
        with self._layers_named():
            yield from self.tracer(points)

    def _converting(self, trace: Trace) -> Pending[Skeleton]:
        return self.worker.begin(
            make_skeleton,
            trace.traced,
            trace.store.small(),
            time_limit_s=self.time_limit_s,
            task="converting StableHLO",
        )

    def _skeleton_of(self, pending: Pending[Skeleton]) -> Skeleton:
        with self._layers_named(), failures_as(_rewrite_failure):
            return pending.result()

    @contextlib.contextmanager
    def _layers_named(self) -> Iterator[None]:
        """Let errors name the layers in the place of the scopes that they were traced in."""
        try:
            yield
        except UnsupportedOpsError as error:
            raise UnsupportedOpsError(tuple(map(self._with_layers, error.ops))) from error

    def _with_layers(self, op: UnsupportedOp) -> UnsupportedOp:
        """The op with the layers' paths in the place of the scopes they were traced in."""
        layers = tuple(all_layers(self.model))
        found = (layer_of_scope(scope, layers) or scope for scope in op.layers)
        return attrs.evolve(op, layers=tuple(dict.fromkeys(found)))


def _variables_named(model: Any, store: WeightStore) -> dict[Parameter, str]:
    paths = weight_paths(model, store.variables)
    return dict(zip(store.parameters, paths, strict=False))


def _rewrite_failure(error: Exception) -> ConversionError:
    return ConversionError(
        "The traced model has a form that the rewrite does not expect.", received=brief(error)
    )


@attrs.frozen
class _EditorInChild:
    """Edits modules in the child process."""

    worker: Worker
    time_limit_s: float

    def specialize(self, module: str, points: tuple[Shapes, ...]) -> Pending[tuple[str, ...]]:
        return self.worker.begin(
            specialize, module, points, time_limit_s=self.time_limit_s, task=_READING
        )

    def keep(self, module: str) -> Pending[str]:
        return self.worker.begin(
            mark_kept_ops, module, time_limit_s=self.time_limit_s, task=_READING
        )
