"""Record which kernels run, and for how long, with the profiler of LiteRT's runtime."""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from litert_ir.backends.litert.c_library import (
    CLibrary,
    CLibraryError,
    Event,
    EventType,
    Handle,
    Layout,
    RankedType,
)
from litert_ir.backends.litert.native_paths import native_path

Array = NDArray[Any]

_CPU = 1
"""LiteRT's flag for the accelerator that runs on CPUs."""
_RUNTIME_OPTIONS, _CPU_OPTIONS = "runtime_options_string", "xnnpack"
"""The names under which LiteRT looks for these options, whose values are TOML."""
_OF_KERNELS = (EventType.OPERATOR, EventType.DELEGATE_OPERATOR, EventType.DELEGATE_KERNEL)
_RUNS_SUBGRAPHS = frozenset({"WHILE", "IF", "CALL", "CALL_ONCE", "STABLEHLO_COMPOSITE"})
"""Operators whose kernels run those of other subgraphs."""
_ALIGNMENT = 64
_WARM_UPS = 2


@attrs.frozen(kw_only=True)
class KernelRun:
    """A kernel that ran once.

    Attributes:
        name: Its name in the runtime: of a built-in kernel the operator's, such as ``ADD``.
        operator: The number of the operator in its subgraph; None for a delegate's kernel.
        subgraph: The number of the subgraph, for a built-in kernel.
        microseconds: Its duration; 0 for one that runs others, as the profiler's own work between
            them may take longer than they do.
        within: The place in the run of the outermost kernel that runs it, as that of a loop runs
            those of its body; None for most.
    """

    name: str
    operator: int | None
    subgraph: int
    microseconds: int
    within: int | None = None


@attrs.frozen(kw_only=True)
class ProfiledRun:
    """The kernels of one run, in the order in which they ran.

    Attributes:
        kernels: The kernels.
        microseconds: The duration of the run.
    """

    kernels: tuple[KernelRun, ...]
    microseconds: int


@attrs.frozen(kw_only=True, eq=False)
class SignatureArrays:
    """The inputs and outputs of a signature by name, as arrays of the file's own types.

    Attributes:
        number: The signature's number in the file.
        inputs: The inputs.
        outputs: The outputs of an earlier run, of which only shapes and types count.
    """

    number: int
    inputs: Mapping[str, Array]
    outputs: Mapping[str, Array]


def profiled_runs(
    path: Path, arrays: SignatureArrays, *, threads: int, runs: int
) -> tuple[ProfiledRun, ...]:
    """Run a file several times under the profiler; call it in a child process.

    Args:
        path: The file.
        arrays: What the file runs on.
        threads: The number of threads.
        runs: The number of recorded runs, after some that are not.

    Raises:
        CLibraryError: When the installed runtime does not load, run or profile the file.
    """
    with contextlib.ExitStack() as held:
        session = _Session.opened(CLibrary(), path, threads, held)
        given = session.ordered("Input", arrays.number, arrays.inputs)
        session.resize(arrays.number, given)
        inputs = session.buffers("Input", arrays.number, given, held)
        taken = session.ordered("Output", arrays.number, arrays.outputs)
        outputs = session.buffers("Output", arrays.number, taken, held)
        for _ in range(_WARM_UPS):
            session.run(arrays.number, inputs, outputs)
        return tuple(session.profiled(arrays.number, inputs, outputs) for _ in range(runs))


@attrs.frozen
class _Session:
    """A file compiled for the CPU, with a profiler."""

    library: CLibrary
    model: Handle
    compiled: Handle
    profiler: Handle

    @classmethod
    def opened(
        cls, library: CLibrary, path: Path, threads: int, held: contextlib.ExitStack
    ) -> _Session:
        """Compile a file; it stays open as long as the stack."""
        environment = library.made("LiteRtCreateEnvironment", 0, None)
        held.callback(library.destroy, "LiteRtDestroyEnvironment", environment)
        name = held.enter_context(native_path(path))
        model = library.made("LiteRtCreateModelFromFile", environment, name.encode())
        held.callback(library.destroy, "LiteRtDestroyModel", model)
        options = library.made("LiteRtCreateOptions")
        library.call("LiteRtSetOptionsHardwareAccelerators", options, _CPU)
        _add_options(library, options, _RUNTIME_OPTIONS, "enable_profiling = true\n", held)
        _add_options(library, options, _CPU_OPTIONS, f"num_threads = {threads}\n", held)
        compiled = library.made("LiteRtCreateCompiledModel", environment, model, options)
        held.callback(library.destroy, "LiteRtDestroyCompiledModel", compiled)
        profiler = library.made("LiteRtCompiledModelGetProfiler", compiled)
        if profiler.value is None:
            raise CLibraryError("the runtime gives no profiler")
        return cls(library, model, compiled, profiler)

    def ordered(self, side: str, number: int, arrays: Mapping[str, Array]) -> list[Array]:
        """Return arrays in the order that the library has for the inputs or outputs."""
        signature = self._signature(number)
        names = []
        for place in range(len(arrays)):
            name = ctypes.c_char_p()
            function = f"LiteRtGetSignature{side}Name"
            self.library.call(function, signature, ctypes.c_size_t(place), ctypes.byref(name))
            names.append((name.value or b"").decode(errors="replace"))
        if set(names) != set(arrays):
            raise CLibraryError(f"the runtime names the {side.lower()}s {', '.join(names)}")
        return [arrays[name] for name in names]

    def resize(self, number: int, inputs: Sequence[Array]) -> None:
        """Give the inputs the sizes of the arrays; scalars have none."""
        for place, values in enumerate(inputs):
            if values.ndim:
                self.library.call(
                    "LiteRtCompiledModelResizeInputTensorNonStrict",
                    self.compiled,
                    *map(ctypes.c_size_t, (number, place)),
                    (ctypes.c_int * values.ndim)(*values.shape),
                    ctypes.c_size_t(values.ndim),
                )

    def _signature(self, number: int) -> Handle:
        return self.library.made("LiteRtGetModelSignature", self.model, ctypes.c_size_t(number))

    def buffers(
        self, side: str, number: int, arrays: Sequence[Array], held: contextlib.ExitStack
    ) -> Sequence[Handle]:
        """Make buffers for the inputs or outputs of a signature, with these values in them."""
        signature = self._signature(number)
        made = []
        for place, values in enumerate(arrays):
            tensor = self.library.made(
                f"LiteRtGetSignature{side}TensorByIndex", signature, ctypes.c_size_t(place)
            )
            made.append(self._buffer(tensor, values, held))
        return made

    def _buffer(self, tensor: Handle, values: Array, held: contextlib.ExitStack) -> Handle:
        memory = _aligned(values)
        held.callback(memory.fill, 0)  # which keeps it until the buffer is gone
        kind = RankedType()
        self.library.call("LiteRtGetRankedTensorType", tensor, ctypes.byref(kind))
        kind.layout = Layout(rank=values.ndim, has_strides=0)
        for axis, size in enumerate(values.shape):
            kind.layout.sizes[axis] = size
        buffer = self.library.made(
            "LiteRtCreateTensorBufferFromHostMemory",
            ctypes.byref(kind),
            ctypes.c_void_p(memory.ctypes.data),
            ctypes.c_size_t(memory.nbytes),
            None,
        )
        held.callback(self.library.destroy, "LiteRtDestroyTensorBuffer", buffer)
        return buffer

    def run(self, number: int, given: Sequence[Handle], taken: Sequence[Handle]) -> None:
        """Run a signature once."""
        self.library.call(
            "LiteRtRunCompiledModel",
            self.compiled,
            ctypes.c_size_t(number),
            ctypes.c_size_t(len(given)),
            (Handle * len(given))(*given),
            ctypes.c_size_t(len(taken)),
            (Handle * len(taken))(*taken),
        )

    def profiled(
        self, number: int, given: Sequence[Handle], taken: Sequence[Handle]
    ) -> ProfiledRun:
        """Run once under the profiler."""
        self.library.call("LiteRtStartProfiler", self.profiler)
        self.run(number, given, taken)
        self.library.call("LiteRtStopProfiler", self.profiler)
        events = list(self._events())
        whole = sum(
            event.elapsed_us
            for event in events
            if event.event_type == EventType.OTHER and event.tag == b"Invoke"
        )
        return ProfiledRun(kernels=_kernels(events), microseconds=whole)

    def _events(self) -> Iterator[Event]:
        count = ctypes.c_int()
        self.library.call("LiteRtGetNumProfilerEvents", self.profiler, ctypes.byref(count))
        if count.value:
            events = (Event * count.value)()
            self.library.call("LiteRtGetProfilerEvents", self.profiler, count, events)
            yield from events


def _kernels(events: Sequence[Event]) -> tuple[KernelRun, ...]:
    """Return the kernels; events come in the order of their begins."""
    running: list[tuple[int, int]] = []
    found: list[KernelRun] = []
    for event in events:
        if event.event_type not in _OF_KERNELS:
            continue
        ends = event.start_us + event.elapsed_us
        while running and running[-1][1] < ends:
            running.pop()
        found.append(_kernel(event, running[0][0] if running else None))
        if found[-1].name in _RUNS_SUBGRAPHS:
            running.append((len(found) - 1, ends))
    return tuple(found)


def _kernel(event: Event, within: int | None) -> KernelRun:
    is_builtin = event.event_type == EventType.OPERATOR
    name = event.tag.decode(errors="replace")
    return KernelRun(
        name=name,
        operator=int(event.metadata) if is_builtin else None,
        subgraph=int(event.more_metadata) if is_builtin else 0,
        microseconds=0 if name in _RUNS_SUBGRAPHS else int(event.elapsed_us),
        within=within,
    )


def _add_options(
    library: CLibrary, options: Handle, name: str, toml: str, held: contextlib.ExitStack
) -> None:
    """Add options in the form that LiteRT passes on to the part that they are for."""
    payload = ctypes.create_string_buffer(toml.encode())
    destroy = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(_keep)
    held.callback(len, (payload, destroy))  # which keeps both as long as the options
    opaque = library.made("LiteRtCreateOpaqueOptions", name.encode(), payload, destroy)
    library.call("LiteRtAddOpaqueOptions", options, opaque)


def _keep(_payload: int | None) -> None:
    """Leave the memory of options to Python, which owns it."""


def _aligned(values: Array) -> NDArray[np.uint8]:
    """Copy values to memory that kernels accept as it is."""
    content = np.frombuffer(values.tobytes(), np.uint8)
    memory = np.zeros(content.size + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    aligned = memory[start : start + content.size]
    aligned[:] = content
    return aligned
