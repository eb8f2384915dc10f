"""Compare the results of LiteRT's `CompiledModel` on a file with those of its interpreter.

LiteRT recommends `CompiledModel` to apps. Its kernels write to the app's buffers directly, whereas
the interpreter copies: a file can be right in one runtime and wrong in the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs
import numpy as np

from litert_ir.backends.litert.host_memory import UNWRITTEN, Layout, run_on_host_memory
from litert_ir.backends.model_failures import brief
from litert_ir.errors import ConversionError, ConverterCrashed, ParityError
from litert_ir.errors.advice import advise
from litert_ir.errors.setting_names import OTHER_STRATEGIES
from litert_ir.isolation.time_limits import TimeBudget, running_s
from litert_ir.isolation.worker import shared_worker
from litert_ir.runtime.interface_reader import read_interface
from litert_ir.runtime.interpreter import Array, LoadedFile
from litert_ir.runtime.isolated import once_more_if_killed
from litert_ir.verification.metrics import abs_errors

_INTEGERS = frozenset({"int8", "uint8", "int16"})
"""Element types of inputs and outputs that may have a scale."""


@attrs.frozen(kw_only=True)
class InterpreterRun:
    """The inputs and outputs of an interpreter run, as real values.

    Attributes:
        inputs: Arrays by input name.
        outputs: Arrays by output name.
    """

    inputs: Mapping[str, Array]
    outputs: Mapping[str, Array]


def compare_compiled_model(
    path: Path,
    runs: Sequence[InterpreterRun],
    accepted: Mapping[str, float],
    budget: TimeBudget | None = None,
) -> str:
    """Run the file through `CompiledModel`, in a child process, on the inputs of one of the runs.

    It is the smallest run with more than one sample, if there is one: its input shapes then differ
    from those in the file's tables.

    Args:
        path: The file.
        runs: The interpreter's inputs and results.
        accepted: The largest difference by output name, as in `OutputParity.bound`; of integers
            and booleans the share that may differ.
        budget: The seconds that are allowed; by default many times what such a file takes.

    Returns:
        The reason why the file was not compared: `CompiledModel` does not run every file that the
        interpreter runs. Empty where the results agree.

    Raises:
        ParityError: When its results differ, or it leaves an output buffer unwritten.
        ConverterCrashed: When the child process is killed from outside again.
    """
    run = _chosen(runs)
    if run is None:
        return ""
    allowed = budget or TimeBudget()
    try:
        results = once_more_if_killed(lambda: _in_child(path, run, allowed))
    except ConversionError as error:
        if isinstance(error, ConverterCrashed) and error.is_from_outside:
            raise
        reason = " ".join(str(error).split())
        return f"LiteRT's CompiledModel does not run the file, its interpreter does: {reason}"
    differing = [
        text
        for name, expected in run.outputs.items()
        if (text := _difference(name, expected, results[name], accepted[name]))
    ]
    if differing:
        raise ParityError(
            "LiteRT's CompiledModel computes something else with the file than its interpreter.",
            where=str(path),
            expected="what the interpreter computes, which agrees",
            received="; ".join(differing),
            advice=advise("{others}", others=OTHER_STRATEGIES),
        )
    return ""


def _in_child(path: Path, run: InterpreterRun, budget: TimeBudget) -> dict[str, Array]:
    return shared_worker().call(
        run_on_real_values,
        path.absolute(),
        run,
        time_limit_s=budget.left(_default_s(path, run)),
        task="running the file through CompiledModel",
        translate=_failure,
    )


def _failure(error: Exception) -> ConversionError:
    return ConversionError(brief(error))


def _chosen(runs: Sequence[InterpreterRun]) -> InterpreterRun | None:
    """Choose the run to repeat; `CompiledModel` has no empty tensors."""
    full = [
        run
        for run in runs
        if all(values.size for values in (*run.inputs.values(), *run.outputs.values()))
    ]
    return min(full, key=_cost, default=None)


def _default_s(path: Path, run: InterpreterRun) -> float:
    arrays = (*run.inputs.values(), *run.outputs.values())
    return running_s(path.stat().st_size, [max(array.size for array in arrays)])


def _cost(run: InterpreterRun) -> tuple[bool, int]:
    single = all(values.shape[:1] in ((), (1,)) for values in run.inputs.values())
    return single, sum(values.size for values in run.inputs.values())


def _difference(name: str, expected: Array, result: Array, accepted: float) -> str:
    """Describe a difference above the accepted one; empty where there is none."""
    if _is_unwritten(result) and not _is_unwritten(expected):
        return f"{name}: the buffer is not written"
    if np.issubdtype(expected.dtype, np.inexact):
        largest = float(abs_errors(expected, result).max())
        return f"{name}: max |difference| {largest:.2e}" if largest > accepted else ""
    share = np.count_nonzero(expected != result) / expected.size
    return f"{name}: {share:.2%} of the values differ" if share > accepted else ""


def _is_unwritten(values: Array) -> bool:
    return bool(np.all(np.frombuffer(values.tobytes(), np.uint8) == UNWRITTEN))


def run_on_real_values(path: Path, run: InterpreterRun) -> dict[str, Array]:
    """Run `CompiledModel` in the child process, for `compare_compiled_model`."""
    interface = read_interface(path)
    types = {info.name: info.dtype for info in interface.outputs}
    infos = (*interface.inputs, *interface.outputs)
    scales = LoadedFile(path) if any(info.dtype in _INTEGERS for info in infos) else None
    results = run_on_host_memory(
        path,
        interface.signature_key,
        {
            name: values if scales is None else scales.quantize(name, values)
            for name, values in run.inputs.items()
        },
        {name: Layout(values.shape, types[name]) for name, values in run.outputs.items()},
    )
    if scales is None:
        return results
    return {name: scales.dequantize(name, values) for name, values in results.items()}
