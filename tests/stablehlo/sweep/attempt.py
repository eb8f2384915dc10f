"""What becomes of a case when the StableHLO strategy alone converts it."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import attrs
import keras
import numpy as np

import litert_ir as lir
from litert_ir.backends import load_jax, load_schema
from litert_ir.backends.keras.inference import InferenceCall
from litert_ir.samples.samples import Sample
from litert_ir.stablehlo.strategy import StableHLO
from litert_ir.verification.cases import Case as Reference
from litert_ir.verification.cases import given_cases
from litert_ir.verification.verify import Verification, verify_file
from tests.stablehlo.sweep.case import Case

BATCHES = (1, 2, 5)
"""Of a file with a dynamic batch; 5 is none of the sizes that the strategy traces with."""
STATIC_BATCH = 2
_LONGEST = 600
_LEAK = "LEAKED "


@attrs.frozen(kw_only=True)
class Outcome:
    """What became of a case.

    Attributes:
        error: Why there is no file that computes what the model computes; "" if there is one.
        ops: How many operators of each kind the file has.
        vague: Outputs that hardly vary, on which the comparison shows little.
        seconds: How long planning, converting and comparing took.
    """

    error: str = ""
    ops: dict[str, int] = attrs.field(factory=dict)
    vague: tuple[str, ...] = ()
    seconds: float = 0.0

    @classmethod
    def leaked(cls, text: str) -> Self:
        """What is no error of the house's came out."""
        return cls(error=f"{_LEAK}{text}")

    @property
    def is_leak(self) -> bool:
        """Whether an exception came out that is not one of the house's."""
        return self.error.startswith(_LEAK)

    def __str__(self) -> str:
        if self.error:
            return self.error
        counts = ", ".join(f"{name} {count}" for name, count in sorted(self.ops.items()))
        return f"OK {counts}" + (f" VAGUE {', '.join(self.vague)}" if self.vague else "")


def outcome_of(case: Case, *, static: bool = False) -> Outcome:
    """What becomes of a case; whatever else it raises is an outcome too.

    Args:
        case: The case.
        static: Fix the batch, where the model leaves it dynamic.
    """
    try:
        return attempt(case, static=static)
    except Exception as error:  # noqa: BLE001 - a sweep goes on
        text = " ".join(str(error).split())
        return Outcome.leaked(f"{type(error).__name__}: {text}"[:_LONGEST])


def attempt(case: Case, *, static: bool = False) -> Outcome:
    """Convert a case's model and compare the file with it; foreign errors come out."""
    started = time.perf_counter()
    model = case.model()
    fixed = case.batch or (STATIC_BATCH if static else None)
    samples = case.samples(*((fixed, fixed) if fixed else BATCHES))
    try:
        plan = lir.plan_for(model, batch_size=STATIC_BATCH if static and not case.batch else None)
        result = lir.execute(plan, model, strategies=(StableHLO(),), verify=False)
        assert result.content is not None
        parity = _parity(plan, result.content, references(plan, model, samples), case.tolerance)
    except lir.LiteRTIRError as error:
        return Outcome(error=_one_line(error), seconds=time.perf_counter() - started)
    return Outcome(
        ops=count_ops(result.content),
        vague=tuple(output.name for output in parity.outputs if not output.is_telling),
        seconds=time.perf_counter() - started,
    )


def _parity(
    plan: lir.ExportPlan, content: bytes, cases: Sequence[Reference], tolerance: lir.Tolerance
) -> lir.ParityReport:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.tflite")
        path.write_bytes(content)
        return verify_file(path, plan, cases, Verification(tolerance=tolerance))


def references(
    plan: lir.ExportPlan, model: Any, samples: Sequence[Sample]
) -> tuple[Reference, ...]:
    """What the model makes of samples; on JAX all at once, which compiles far less."""
    dtypes = [spec.dtype.value for spec in plan.inputs]
    cast = [tuple(map(np.ndarray.astype, sample, dtypes)) for sample in samples]
    if keras.backend.backend() != "jax":
        return given_cases(plan, model, cast)
    call = InferenceCall(model, plan.signature)
    compiled = load_jax().jit(lambda *flat: call.flat_outputs(flat, plan.outputs))
    return tuple(Reference(sample, tuple(map(np.asarray, compiled(*sample)))) for sample in cast)


def _one_line(error: lir.LiteRTIRError) -> str:
    """What went wrong in the strategy, or before it."""
    if isinstance(error, lir.errors.AllStrategiesFailedError):
        (failed,) = error.attempts
        if not isinstance(failed.error, lir.LiteRTIRError):
            return f"refused: {failed.reason}"
        error = failed.error
    facts = [error.where if isinstance(error, lir.errors.UnsupportedModelError) else ""]
    facts += [error.received] if error.received else []
    text = " ".join(" ".join([error.summary, *facts]).split())
    return f"{type(error).__name__}: {text}"[:_LONGEST]


def count_ops(content: bytes) -> dict[str, int]:
    """How many operators of each kind a file has, over all its subgraphs."""
    schema = load_schema()
    names = {value: name for name, value in vars(schema.BuiltinOperator).items() if name.isupper()}
    model: Any = schema.Model.GetRootAs(content, 0)
    codes = [model.OperatorCodes(index) for index in range(model.OperatorCodesLength())]
    found: Counter[str] = Counter()
    for index in range(model.SubgraphsLength()):
        graph = model.Subgraphs(index)
        for position in range(graph.OperatorsLength()):
            code = codes[graph.Operators(position).OpcodeIndex()]
            found[names[code.BuiltinCode()]] += 1
    return dict(found)
