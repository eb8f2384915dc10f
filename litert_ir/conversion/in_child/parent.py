"""A model, and the child process that holds a copy of it."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Self, TypeVar, TypeVarTuple

import attrs

from litert_ir.backends import is_traced_here, load_keras, package_of
from litert_ir.backends.keras.kind import kind_of
from litert_ir.conversion.in_child.child_steps import (
    PRELOAD,
    Matches,
    PlanRequest,
    convert_in_child,
    plan_in_child,
)
from litert_ir.conversion.in_child.exchange import FileContent, SampleFile, write_samples
from litert_ir.conversion.in_child.saving import ModelFile, save_model
from litert_ir.conversion.in_child.settings import ThroughFile, environment
from litert_ir.conversion.protocol import Artifact, ConversionStrategy
from litert_ir.errors import ConversionError, ModelFileError, OptionsError
from litert_ir.errors.interruption import reraise_interruption
from litert_ir.errors.shown import shown
from litert_ir.ir.plan import ExportPlan
from litert_ir.isolation.worker import Worker
from litert_ir.lowering.build import build_model, needs_building
from litert_ir.lowering.lower import check_batch_size, summarize
from litert_ir.lowering.portable import portable
from litert_ir.samples.samples import Sample
from litert_ir.scratch.folder import ADVICE, ScratchFolder, place

R = TypeVar("R")
Ts = TypeVarTuple("Ts")


class ModelInChild:
    """A model, and a child process that loads it from a file for the first task.

    The child stays for the next task, until this object is closed: several verbs on one model
    need not start one each. Temporary files are gone then. The model must not change meanwhile.

    Args:
        model: The Keras model, on any backend.
        through: The transfer to the child.

    Raises:
        BackendError: When neither TensorFlow nor JAX is installed.
        MissingDependencyError: When the backend that was asked for is not installed.

    Example:
        ``with ModelInChild(model) as child: plan = plan_for(model, through=child)``
    """

    def __init__(self, model: Any, through: ThroughFile | None = None) -> None:
        given = ThroughFile() if through is None else through
        if not isinstance(given, ThroughFile):
            raise no_way_through(given, "None")
        backend = given.child_backend()
        package_of(backend).require(f"a child process with Keras on {backend.display_name}")
        self.model = model
        self.through = attrs.evolve(given, backend=backend)
        self._worker = Worker(environment=environment(backend))
        self._file: ModelFile | None = None
        self._folder = _scratch_folder()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def close(self) -> None:
        """End the child, and remove the files."""
        self._worker.close()
        self._folder.close()

    def plan(self, request: PlanRequest) -> tuple[ExportPlan, Matches]:
        """Let the child make a plan, without a route; see `plan_here`.

        An unbuilt model is built here as well.
        """
        kind_of(self.model)
        check_batch_size(request.batch_size)
        task = request.task
        request = attrs.evolve(
            request,
            input_signature=portable(request.input_signature),
            task=task and attrs.evolve(task, signature=portable(task.signature)),
        )
        text, matches = self._call(plan_in_child, self._saved(), request, task="making a plan")
        plan = ExportPlan.from_json(text)
        if needs_building(self.model):
            build_model(load_keras(), self.model, plan.signature)
            self._file = None
        return attrs.evolve(plan, model=summarize(self.model)), matches

    def convert(
        self,
        strategy: ConversionStrategy,
        plan: ExportPlan,
        calibration: Iterable[Sample] | None,
    ) -> Artifact:
        """Let the child run a strategy; see `ConversionStrategy.convert`.

        Raises:
            ConverterCrashed: When the child dies of it, or takes too long.
            ModelFileError: When the model cannot be saved, or not be loaded.
            ConversionError: When the strategy fails.
        """
        saved, target = self._saved(), self._folder.path / "model.tflite"
        plan_json = self.through.seen(plan).to_json()
        arguments = saved, strategy, plan_json, self._samples(calibration), target
        self._call(convert_in_child, *arguments, task=f"converting with {strategy.name}")
        with _temporary_files():
            content = FileContent(target)
            target.unlink()
        return Artifact(content=content)

    def _samples(self, calibration: Iterable[Sample] | None) -> SampleFile | None:
        if calibration is None:
            return None
        with _temporary_files():
            return write_samples(self._folder.path / "samples", calibration)

    def _saved(self) -> ModelFile:
        if self._file is None:
            self._worker.start(PRELOAD)
            with _temporary_files():
                folder = Path(tempfile.mkdtemp(dir=self._folder.path), "model")
            self._file = save_model(self.model, folder, self.through.import_modules)
        return self._file

    def _call(self, function: Callable[[*Ts], R], *args: *Ts, task: str) -> R:
        return self._worker.call(function, *args, time_limit_s=self.through.time_limit_s, task=task)


Through = ThroughFile | ModelInChild | None
"""The transfer of a model to its converter: None for this process, where that is possible."""


@contextlib.contextmanager
def child_where_needed(
    model: Any, through: Through, made_on: str | None = None
) -> Iterator[ModelInChild | None]:
    """Yield a child process for one verb, if the model has to go through a file or shall do so.

    Args:
        model: The model.
        through: See `Through`.
        made_on: The backend that the plan was made on, where there is one.

    Yields:
        None where this process traces the model.

    Raises:
        OptionsError: When an open child has another model, or this is something else.
        BackendError: When neither TensorFlow nor JAX is installed.
    """
    if through is None and is_traced_here():
        yield None
        return
    with child_with(model, ThroughFile() if through is None else through, made_on) as child:
        yield child


@contextlib.contextmanager
def child_with(
    model: Any, through: ThroughFile | ModelInChild, made_on: str | None = None
) -> Iterator[ModelInChild]:
    """Yield a child process for a model, which ends with this context unless it was open before.

    Args:
        model: The model.
        through: See `Through`.
        made_on: The backend that the plan was made on, where there is one.

    Raises:
        OptionsError: When an open child has another model, or this is something else.
        BackendError: When neither TensorFlow nor JAX is installed.
    """
    match through:
        case ModelInChild():
            _require_model(through, model)
            yield through
        case ThroughFile():
            decided = attrs.evolve(through, backend=through.child_backend(made_on))
            with ModelInChild(model, decided) as child:
                yield child
        case _:
            raise no_way_through(through, "None")


def no_way_through(received: object, *others: str) -> OptionsError:
    """The error of what neither transfers a model to a child process nor is one that has it.

    Args:
        received: What was given.
        others: What else could be, in words.
    """
    return OptionsError(
        "through says how the model gets to a child process.",
        where="through",
        expected=" or ".join(
            ["a litert_ir.ThroughFile", "an open litert_ir.ModelInChild", *others]
        ),
        received=shown(received),
    )


def _require_model(child: ModelInChild, model: Any) -> None:
    if child.model is not model:
        raise OptionsError(
            "The child process has another model.",
            where="through",
            expected=f"a child for {shown(model)}",
            received=f"one for {shown(child.model)}",
        )


def _scratch_folder() -> ScratchFolder:
    try:
        return ScratchFolder()
    except ConversionError as error:
        summary = "Temporary files for a child process cannot be written."
        raise ModelFileError(summary, **error.facts) from error


@contextlib.contextmanager
def _temporary_files() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reraise_interruption(error)
        raise ModelFileError(
            "Temporary files for a child process cannot be written or read.",
            where=place(),
            received=f"{type(error).__name__}: {error.strerror}",
            advice=ADVICE,
        ) from error
