"""The exceptions of litert_ir: one root, and one class per kind of failure.

Each also inherits the builtin exception that a caller would expect, and has the facts as fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from litert_ir.errors.advice import advise
from litert_ir.errors.attempts import Attempt
from litert_ir.errors.root import LiteRTIRError as LiteRTIRError
from litert_ir.errors.setting_names import MORE_TIME, OTHER_STRATEGIES, SELECT_TF_OPS


class ModelNotBuiltError(LiteRTIRError, ValueError):
    """The model has no variables yet and no signature says with what shapes to build it."""


class UnsupportedModelError(LiteRTIRError, ValueError, TypeError):
    """The object is not a model that can be exported."""


class UnsupportedTaskError(UnsupportedModelError):
    """No configuration is registered for the model's class, or none that knows its inputs."""


class RegistryError(LiteRTIRError, ValueError, LookupError):
    """A registry holds contradictory entries, or lacks the requested one."""


class PluginError(LiteRTIRError, ImportError):
    """A plug-in of another distribution fails, or its name is taken."""


class SizeError(LiteRTIRError, ValueError):
    """A size of a task's inputs is missing, malformed, or not accepted by the model."""


class ModelTraceError(LiteRTIRError, ValueError):
    """The model cannot be called on inputs of the plan's signature."""


@attrs.frozen
class Problem:
    """One fault of a signature.

    Attributes:
        path: The Python expression that reaches the faulty part, such as ``inputs['a'][0]``.
        expected: The values accepted there.
        received: The value found there.
    """

    path: str
    expected: str
    received: str

    def __str__(self) -> str:
        return f"{self.path}: expected {self.expected}, received {self.received}"


class SignatureError(LiteRTIRError, ValueError):
    """A signature is malformed; ``problems`` holds every fault, each with its path."""

    def __init__(self, summary: str, problems: Sequence[Problem], *, advice: str = "") -> None:
        self.problems = tuple(problems)
        listed = "\n".join(f"  - {problem}" for problem in self.problems)
        super().__init__(f"{summary}\n{listed}" if listed else summary, advice=advice)


class OptionsError(LiteRTIRError, ValueError):
    """A converter option is unknown, malformed or contradicts another one."""


class PlanError(LiteRTIRError, ValueError):
    """A plan contradicts itself, or does not fit the model that it is executed with."""


class SamplesError(LiteRTIRError, ValueError):
    """Samples to calibrate or to compare on are missing or do not fit the plan's inputs."""


class BackendError(LiteRTIRError, RuntimeError, ValueError):
    """The model's Keras backend cannot be converted in this process."""


class MissingDependencyError(LiteRTIRError, ImportError):
    """A package that the requested work needs is not installed."""


class FilepathError(LiteRTIRError, ValueError, AssertionError):
    """The target's name is not that of a LiteRT file."""


class TargetError(LiteRTIRError, OSError):
    """The target file or its folder cannot be written."""


class ModelSourceError(LiteRTIRError, ValueError):
    """The command line names a model that cannot be loaded."""


class ConversionError(LiteRTIRError, RuntimeError):
    """One strategy could not convert the model.

    Attributes:
        native_output: The native converter's output to stdout and stderr.
    """

    native_output: str = ""


_FROM_OUTSIDE = frozenset({"SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGXCPU"})
"""Signals that come from outside: a fault in a process does not raise them."""


class ConverterCrashed(ConversionError):  # noqa: N818 - it names what happened
    """The child process for native work ended, or was ended, in the middle of a task.

    Attributes:
        signal: The name of the signal that ended it, such as ``SIGSEGV``; else None.
        exit_code: Its exit code, if it exited by itself; else None.
        timed_out: Whether it was killed because it exceeded its time limit.
        time_limit_s: The time limit in seconds; None where there was no limit.
        native_output: The last lines that it printed.
    """

    def __init__(  # noqa: PLR0913  (one keyword per fact)
        self,
        task: str,
        *,
        signal: str | None = None,
        exit_code: int | None = None,
        timed_out: bool = False,
        time_limit_s: float | None = None,
        native_output: str = "",
        advice: str = "",
    ) -> None:
        self.signal = signal
        self.exit_code = exit_code
        self.timed_out = timed_out
        self.time_limit_s = time_limit_s
        self.native_output = native_output
        super().__init__(
            f"{self._end()} while {task}.",
            received=native_output,
            advice=advice or self._advice(),
        )

    @property
    def is_from_outside(self) -> bool:
        """Return whether another process, or the system, ended it: its own code is not at fault."""
        return self.signal in _FROM_OUTSIDE

    def _end(self) -> str:
        if self.timed_out:
            seconds = "" if self.time_limit_s is None else f" of {self.time_limit_s:,.1f} s"
            return f"Native code exceeded its time limit{seconds}"
        if self.is_from_outside:
            return f"The child process was ended from outside, by {self.signal},"
        if self.signal is not None:
            return f"Native code died of {self.signal}"
        return f"Native code ended its process with exit code {self.exit_code}"

    def _advice(self) -> str:
        if self.timed_out:
            return advise("{longer}, or {others}", longer=MORE_TIME, others=OTHER_STRATEGIES)
        if self.signal == "SIGKILL":
            return (
                "free memory, and run this again: the system kills a process so when memory "
                "runs out"
            )
        if self.is_from_outside:
            return "run this again: another process sent the signal"
        return advise(
            "{others}, and report the native package's fault to its authors",
            others=OTHER_STRATEGIES,
        )


class StrategyError(ConversionError):
    """A strategy violated its protocol: a fault in its code.

    It raised an exception other than `ConversionError`, which is then the ``__cause__`` with its
    traceback, or its result is not a file.
    """


class PatternError(LiteRTIRError, ValueError):
    """A rewrite pattern's example fails, or the order of patterns violates a constraint.

    A fault in the library's code, or in that of a contributed pattern.
    """


class AotError(ConversionError):
    """A vendor's compiler failed, wrote an incomplete file, or took over no operator."""


class ModelFileError(ConversionError, ValueError):
    """A model cannot be handed to a child process through a file.

    Attributes:
        missing: Names of the custom classes and functions that the child cannot import.
    """

    def __init__(self, summary: str, *, missing: Sequence[str] = (), **facts: str) -> None:
        self.missing = tuple(missing)
        super().__init__(summary, **facts)


class TensorListError(ConversionError):
    """TensorFlow's converter cannot lower a loop's tensor lists, for lack of static shapes."""


class NotGeneralError(ConversionError):
    """Two conversions at static sizes do not determine the file for every size."""


class DifferingFilesError(NotGeneralError):
    """Two conversions differ in operators, or a size coincides with a constant of the model."""


@attrs.frozen
class UnsupportedOp:
    """An operation that LiteRT's builtin kernels cannot run.

    Attributes:
        name: The TensorFlow op's name, such as ``BitwiseAnd``.
        layers: Paths of the Keras layers that made it, as far as they are known.
        in_select: Whether TF Select has a kernel for it.
    """

    name: str
    layers: tuple[str, ...] = ()
    in_select: bool = True

    def __str__(self) -> str:
        return f"{self.name} (from {', '.join(self.layers)})" if self.layers else self.name


class UnsupportedOpsError(ConversionError):
    """The model needs operations that LiteRT's builtin kernels cannot run."""

    def __init__(self, ops: Sequence[UnsupportedOp]) -> None:
        self.ops = tuple(ops)
        listed = ", ".join(map(str, self.ops))
        super().__init__(
            f"Some ops are not supported by LiteRT's builtin kernels: {listed}",
            advice=_OPT_IN if all(op.in_select for op in self.ops) else _REPLACE,
        )


_REPLACE = "replace these layers: TF Select has no kernels for all of their ops either"
_OPT_IN = advise(
    "replace these layers, or opt in to TF Select (the device then needs a runtime with the Flex "
    "delegate): {select}",
    select=SELECT_TF_OPS,
)


class ValueDependentShapeError(ConversionError):
    """The shape of a result depends on values, where a file's shapes depend on shapes alone.

    Args:
        summary: The consequence for the file.
        ops: The ops with such results, as far as they are known.
        where: The model.
    """

    def __init__(self, summary: str, ops: Sequence[UnsupportedOp], *, where: str = "") -> None:
        self.ops = tuple(ops)
        selects = any(op.name.startswith(_SUPPRESSION) for op in self.ops)
        super().__init__(
            summary,
            where=where,
            expected="shapes that are known before the file runs",
            received=", ".join(map(str, self.ops)),
            advice=_PAD_BOXES if selects else _PAD,
        )


_SUPPRESSION = "NonMaxSuppression"
_PAD = (
    "return a fixed number of elements, such as all of them with a mask, the greatest ones "
    "(keras.ops.top_k), or padding with the number of valid elements beside it"
)
_PAD_BOXES = (
    "return padded detections with their number: tf.image.non_max_suppression_padded(..., "
    "pad_to_max_output_size=True) gives both"
)


def merged_ops(errors: Iterable[Exception | None]) -> tuple[UnsupportedOp, ...]:
    """Merge the ops that LiteRT cannot run, over several failures, each once.

    An op is missing from TF Select if any of the failures says so.
    """
    found: dict[str, UnsupportedOp] = {}
    for op in (
        op for error in errors if isinstance(error, UnsupportedOpsError) for op in error.ops
    ):
        known = found.setdefault(op.name, op)
        found[op.name] = attrs.evolve(known, in_select=known.in_select and op.in_select)
    return tuple(found.values())


class FileRejectedError(ConversionError):
    """A file does not load, does not run, or has another interface."""


class ParityError(FileRejectedError):
    """A file runs but its results differ from the Keras model's."""


class AllStrategiesFailedError(ConversionError):
    """No strategy wrote an acceptable file; ``attempts`` lists each with its reason."""

    def __init__(self, attempts: Sequence[Attempt], *, advice: str) -> None:
        self.attempts = tuple(attempts)
        listed = "\n".join(f"  {i}. {attempt}" for i, attempt in enumerate(self.attempts, 1))
        super().__init__(
            f"No conversion strategy gave an acceptable LiteRT file.\n{listed}", advice=advice
        )

    @property
    def unsupported_ops(self) -> tuple[UnsupportedOp, ...]:
        """The ops that LiteRT cannot run, over all attempts, each once."""
        return merged_ops([attempt.error for attempt in self.attempts])
