"""The strategy `stablehlo`: trace, rewrite, convert a skeleton, stream the weights."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import attrs
from typing_extensions import override

from litert_ir.backends.keras.held_variables import HeldVariable
from litert_ir.backends.keras.layers import all_layers
from litert_ir.backends.keras.quantized_layers import weight_paths
from litert_ir.backends.litert.files import unpacked
from litert_ir.backends.litert.interface_writer import give_interface
from litert_ir.backends.packages import CONVERTER
from litert_ir.backends.tensorflow.unsupported_ops import layer_of_scope
from litert_ir.conversion.progress import logger
from litert_ir.conversion.protocol import Artifact, ConversionStrategy, Refusal
from litert_ir.errors import (
    ConversionError,
    ConverterCrashed,
    DifferingFilesError,
    NotGeneralError,
    UnsupportedOp,
    UnsupportedOpsError,
)
from litert_ir.errors.advice import FIX_SIZES
from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.quantization import Precision
from litert_ir.isolation.pending import Pending
from litert_ir.isolation.time_limits import CONVERSION_STEP_S
from litert_ir.isolation.worker import Worker, shared_worker
from litert_ir.metadata.file_entry import give_metadata
from litert_ir.samples.samples import Sample
from litert_ir.stablehlo.child_steps import (
    PRELOAD,
    make_skeleton,
)
from litert_ir.stablehlo.dump import PointDump, dump_folder, point_folder
from litert_ir.stablehlo.dynamic_shapes.generalize import General, generalize
from litert_ir.stablehlo.dynamic_shapes.instance import check_instance
from litert_ir.stablehlo.module_editing import EditorInChild, rewrite_failure
from litert_ir.stablehlo.skeleton.skeleton import Skeleton
from litert_ir.stablehlo.trace.points import (
    Point,
    long_points_of,
    maxima_of,
    points_beyond,
    points_of,
    varies_beside_batch,
)
from litert_ir.stablehlo.trace.trace import Trace, Tracer, tracer_for
from litert_ir.stablehlo.weights.expressions import Parameter, WeightExpr
from litert_ir.stablehlo.weights.half_precision import half_variables
from litert_ir.stablehlo.weights.leading_rows import largest_weights
from litert_ir.stablehlo.weights.store import WeightStore
from litert_ir.stablehlo.writing.half_weights import store_halves
from litert_ir.stablehlo.writing.splat_buffers import repeat_when_run
from litert_ir.stablehlo.writing.weight_names import name_weights
from litert_ir.stablehlo.writing.writer import file_pieces

AT_ONCE = 3
"""The points that are traced in any case: two to make a file, and one to check it at."""


@attrs.frozen
class StableHLO(ConversionStrategy):
    """Traces to StableHLO, and writes the file itself, one weight at a time.

    LiteRT's converter sees the model without its weights, in a child process: what crashes
    there is an error here.

    Attributes:
        time_limit_s: Seconds that one step in the child process may take.
        dump: A folder, in which each point that the model is traced at gets a folder of its own,
            such as ``00_2x67``, with the text of its module after each stage of the conversion:
            ``00_traced.mlir`` and so on, without the elements of big constants. Files of the
            same names are replaced. The file that is exported stays the same.

    Raises:
        TargetError: When ``dump`` is no folder in which this user may create files.
    """

    name: str = attrs.field(default="stablehlo", init=False)
    time_limit_s: float = CONVERSION_STEP_S
    dump: Path | None = attrs.field(default=None, converter=dump_folder, kw_only=True)

    @override
    def refuses(self, plan: ExportPlan) -> Refusal | None:
        """Refuse quantized and sparse plans.

        Where LiteRT's converter is not installed, as PyPI has it for few platforms, all plans are
        refused.
        """
        absence = CONVERTER.absence()
        if absence is not None:
            return Refusal(reason=absence)
        if plan.recipe.quantizes:
            precision = plan.recipe.precision
            is_for_all = precision is not Precision.FLOAT
            asked = precision.value if is_for_all else "small types of some layers"
            return Refusal(reason=f"writes float32 weights, where the plan asks for {asked}")
        if plan.options.sparse:
            return Refusal(reason="stores all weights densely, where the plan asks for sparsity")
        return None

    @override
    def convert(
        self, plan: ExportPlan, model: Any, calibration: Iterable[Sample] | None
    ) -> Artifact:
        """Trace at one point, or at several where dimensions are dynamic, and write the file.

        Raises:
            UnsupportedOpsError: When the model needs ops for which LiteRT has none.
            NotGeneralError: When the points do not tell what holds for all sizes.
            ConverterCrashed: When the converter crashes, or takes too long.
            ConversionError: For every other failure.
        """
        self.warm_up()
        worker = shared_worker()
        editor = EditorInChild(worker, self.time_limit_s)
        tracer = tracer_for(plan, model, editor)
        conversion = _Conversion(plan, model, tracer, worker, self.time_limit_s, self.dump)
        general = conversion.general_skeleton()
        repeat_when_run(general.model, general.weights)
        name_weights(general.model, general.weights, _variables_named(model, general.store))
        give_interface(general.model, plan)
        give_metadata(general.model, plan, self.name, [CONVERTER.name])
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
        weights: The expressions of the external buffers.
        store: The arrays that the expressions read.
    """

    model: Any
    weights: tuple[WeightExpr, ...]
    store: WeightStore


@attrs.frozen(kw_only=True)
class Round:
    """The points that a file is made from and those that it is checked at, by their positions."""

    used: tuple[int, ...]
    held_out: tuple[int, ...]


ROUNDS = (
    Round(used=(0, 1), held_out=(2,)),
    Round(used=(0, 1, 2), held_out=(3,)),
    Round(used=(0, 1, 3), held_out=(4,)),
    Round(used=(1, 2), held_out=(3, 0)),
    Round(used=(0, 1, 2, 3), held_out=(4,)),
)
"""Tried in turn. Three points tell steps; without the third one, which alone is even, those that
are nothing at even sizes; without the first one, limits that it has none of, as the window of a
mask that is longer."""


@attrs.frozen(eq=False)
class _Conversion:
    """The conversion of one plan in the child process."""

    plan: ExportPlan
    model: Any
    tracer: Tracer
    worker: Worker
    time_limit_s: float
    dump: Path | None
    _numbers: Iterator[int] = attrs.field(factory=itertools.count, init=False)

    def general_skeleton(self) -> _General:
        """Make the skeleton for all sizes that the plan allows.

        Other points are tried where the first ones coincide with numbers of the model.
        """
        *others, last = points_of(self.plan)
        for points in others:
            try:
                return self._at(points)
            except DifferingFilesError as error:
                logger.info("sizes %s: %s", points, error)
        return self._at(last)

    def _at(self, points: tuple[Point, ...]) -> _General:
        """Convert at some points and check the result at others.

        Two points suggest what holds for all. Where the third one contradicts, other points are
        used, as far as `ROUNDS` goes; those that the result is checked at are never among them.
        """
        converted = _Converted(self, points)
        if len(points) == 1:
            (only,) = converted.skeletons((0,))
            return _General(
                model=unpacked(only.content), weights=only.weights, store=converted.store
            )
        first, *others = self._rounds(len(points))
        try:
            return self._checked(converted, first)
        except DifferingFilesError:
            raise
        except NotGeneralError as error:
            failure = error
        for each in others:
            logger.info("other points are tried: %s", failure)
            try:
                return self._checked(converted, each)
            except NotGeneralError as error:
                failure = error
        raise failure

    def _rounds(self, count: int) -> tuple[Round, ...]:
        """Return the rounds that have enough points; a batch takes whole samples alone."""
        rounds = ROUNDS if varies_beside_batch(self.plan) else ROUNDS[:1]
        possible = [each for each in rounds if max(*each.used, *each.held_out) < count]
        return tuple(possible) or (Round(used=(0, 1), held_out=()),)

    def _checked(self, converted: _Converted, each: Round) -> _General:
        """Make the general file of some points, and check it at others."""
        used, held_out = (converted.skeletons(at) for at in (each.used, each.held_out))
        models = (unpacked(skeleton.content) for skeleton in used)
        general = generalize(*models, maxima=maxima_of(self.plan))
        self._hold_against(general, held_out)
        if general.has_open_masks:
            self._confirm(general, converted)
        beyond = converted.beyond(each.held_out)
        self._hold_against(general, beyond)
        weights = [skeleton.weights for skeleton in (*used, *held_out, *beyond)]
        return _General(
            model=general.model, weights=largest_weights(weights), store=converted.store
        )

    @staticmethod
    def _hold_against(general: General, skeletons: Iterable[Skeleton]) -> None:
        for skeleton in skeletons:
            check_instance(general, unpacked(skeleton.content))

    def _confirm(self, general: General, converted: _Converted) -> None:
        """Require the same file at a much longer size, where a mask may have a limit.

        A model that cannot be called with the longest size is looked at with the next one.
        """
        *longer, last = long_points_of(self.plan, converted.points[0])
        for point in longer:
            try:
                long = self.skeleton_at(point)
                break
            except (ConverterCrashed, UnsupportedOpsError):
                raise
            except ConversionError as error:
                logger.info("sizes %s: %s", point, error)
        else:
            long = self.skeleton_at(last)
        try:
            check_instance(general, unpacked(long.content))
        except NotGeneralError as error:
            raise NotGeneralError(
                "A mask is another one for long sequences: its window ends beyond those that "
                "were looked at first.",
                where=error.where,
                expected=error.expected,
                received=error.received,
                advice=FIX_SIZES,
            ) from error

    def skeleton_at(self, point: Point) -> Skeleton:
        (trace,) = self.traces((point,))
        with self.converting(trace) as call:
            return self.skeleton_of(call)

    def traces(self, points: tuple[Point, ...]) -> Iterator[Trace]:
        with self._layers_named():
            yield from self.tracer(points)

    def converting(self, trace: Trace) -> Pending[Skeleton]:
        return self.worker.begin(
            make_skeleton,
            trace.traced,
            trace.store.small(),
            self._dump_of(trace),
            time_limit_s=self.time_limit_s,
            task="converting StableHLO",
            translate=rewrite_failure,
        )

    def _dump_of(self, trace: Trace) -> PointDump | None:
        if self.dump is None:
            return None
        folder = point_folder(self.dump, next(self._numbers), trace.point.shapes)
        variables = _variables_named(self.model, trace.store)
        return PointDump(folder=folder, names={each.index: variables[each] for each in variables})

    def skeleton_of(self, pending: Pending[Skeleton]) -> Skeleton:
        with self._layers_named():
            return pending.result()

    @contextlib.contextmanager
    def _layers_named(self) -> Iterator[None]:
        """Replace, in errors, the scopes of the trace by the layers' names."""
        try:
            yield
        except UnsupportedOpsError as error:
            raise UnsupportedOpsError(tuple(map(self._with_layers, error.ops))) from error

    def _with_layers(self, op: UnsupportedOp) -> UnsupportedOp:
        """Return the op with the layers' paths instead of the scopes of the trace."""
        layers = tuple(all_layers(self.model))
        found = (layer_of_scope(scope, layers) or scope for scope in op.layers)
        return attrs.evolve(op, layers=tuple(dict.fromkeys(found)))


class _Converted:
    """The skeletons at a series of points, each made on demand and cached.

    While one is made in the child process, the next point is traced here.

    Args:
        conversion: Makes them.
        points: The series.
    """

    def __init__(self, conversion: _Conversion, points: tuple[Point, ...]) -> None:
        self.points = points
        self._conversion = conversion
        self._traces = conversion.traces(points[:AT_ONCE])
        self._skeletons: list[Skeleton] = []
        self._store: WeightStore | None = None
        self._beyond: tuple[Skeleton, ...] | None = None

    @property
    def store(self) -> WeightStore:
        """Return the store of the weights of all skeletons, once one is made."""
        assert self._store is not None
        return self._store

    def skeletons(self, places: tuple[int, ...]) -> tuple[Skeleton, ...]:
        """The skeletons at some of the points.

        Raises:
            ConversionError: When the model cannot be converted there.
        """
        if not self._skeletons:
            self._skeletons = self._first()
        while len(self._skeletons) <= max(places, default=0):
            self._skeletons.append(self._conversion.skeleton_at(self.points[len(self._skeletons)]))
        return tuple(self._skeletons[at] for at in places)

    def beyond(self, places: tuple[int, ...]) -> tuple[Skeleton, ...]:
        """The skeletons beyond limits that points do not exceed, such as those of a truncation."""
        conversion = self._conversion
        if not places or not varies_beside_batch(conversion.plan):
            return ()
        if self._beyond is None:
            near = self.points[places[0]]
            points = points_beyond(conversion.plan, near, conversion.tracer.limits)
            self._beyond = tuple(map(conversion.skeleton_at, points))
        return self._beyond

    def _first(self) -> list[Skeleton]:
        """Return the skeletons of the first points, tracing one while another is converted."""
        found: list[Skeleton] = []
        trace: Trace | None = next(self._traces)
        while trace is not None:
            self._store = self._store or trace.store
            with self._conversion.converting(trace) as call:
                trace = next(self._traces, None)
                found.append(self._conversion.skeleton_of(call))
        return found


def _variables_named(model: Any, store: WeightStore) -> dict[Parameter, str]:
    paths = dict(zip(store.parameters, weight_paths(model, store.variables), strict=False))
    others = zip(store.parameters[len(store.variables) :], store.captured, strict=True)
    held = {at: item.path for at, item in others if isinstance(item, HeldVariable)}
    return {**paths, **held}
