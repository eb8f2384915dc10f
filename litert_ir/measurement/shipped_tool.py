"""Time a file with the benchmark tool that ai-edge-litert ships, as a second opinion."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from litert_ir.backends import load_benchmark_tool
from litert_ir.backends.litert.native_paths import native_path
from litert_ir.errors import ConversionError, ConverterCrashed, LiteRTIRError
from litert_ir.isolation.time_limits import TimeBudget, running_s
from litert_ir.isolation.worker import Worker

_LEAST_RUNS, _MOST_RUNS = 5, 50
_ENOUGH_S = 2.0
_WARM_UPS = 5


@attrs.frozen(kw_only=True)
class ShippedToolTimes:
    """The times that ``litert-benchmark`` of ai-edge-litert measures, rounded to 10 us.

    It runs the file through `CompiledModel`, on its own random inputs, where the other times are of
    the interpreter.

    Attributes:
        median_s: The median of the runs, in seconds.
        p95_s: What 95 % of them stay below.
        runs: Their number.
    """

    median_s: float
    p95_s: float
    runs: int


def shipped_tool_times(
    path: Path, signature: str, *, threads: int, run_s: float, budget: TimeBudget
) -> ShippedToolTimes | str:
    """Run the tool in a child process.

    Args:
        path: A file all of whose inputs are of the sizes that the file stores.
        signature: The name of the signature; "" for the first.
        threads: The number of threads.
        run_s: The seconds of a run, about.
        budget: The seconds that are allowed.

    Returns:
        The times; where the tool does not run the file, the reason.

    Raises:
        ConverterCrashed: When the time that a user allows is over.
    """
    runs = max(_LEAST_RUNS, min(_MOST_RUNS, int(_ENOUGH_S / max(run_s, 1e-9))))
    limit = running_s(path.stat().st_size, []) + 100 * run_s * (runs + _WARM_UPS)
    with Worker() as worker:
        try:
            found = worker.call(
                times_in_child,
                path.absolute(),
                signature,
                threads,
                runs,
                time_limit_s=budget.left(limit),
                task="running ai-edge-litert's benchmark tool",
            )
        except ConverterCrashed as crash:
            if crash.timed_out and budget.seconds is not None:
                raise
            return f"it fails on this file: {crash.summary}"
        except LiteRTIRError as error:
            return error.summary
    return ShippedToolTimes(
        median_s=found["median_ms"] * 1e-3, p95_s=found["p95_ms"] * 1e-3, runs=found["num_runs"]
    )


def times_in_child(path: Path, signature: str, threads: int, runs: int) -> Mapping[str, Any]:
    """Run the tool in the child process, for `shipped_tool_times`."""
    tool = load_benchmark_tool()
    with native_path(path) as name:
        arguments = Namespace(
            model=name,
            signature=signature,
            use_cpu=True,
            no_cpu=False,
            use_gpu=False,
            use_npu=False,
            require_full_delegation=False,
            dispatch_library_path="",
            compiler_plugin_path="",
            runtime_path="",
            num_runs=runs,
            warmup_runs=_WARM_UPS,
            num_threads=threads,
            result_json="",
            verbose=False,
        )
        try:
            times: Mapping[str, Any] = tool.run_benchmark(arguments)["latency"]
        except (Exception, SystemExit) as error:  # of the tool, which has no errors of its own
            raise ConversionError(f"it fails on this file: {error}") from error
    return times
