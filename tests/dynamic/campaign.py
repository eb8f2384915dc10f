"""Export random models and compare them at random sizes, as many as one has time for.

python -m tests.dynamic.campaign COUNT SEED          print counts, refusals, and what is wrong
python -m tests.dynamic.campaign "RandomModel(...)"  one of the models that were printed
"""

from __future__ import annotations

import collections
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import attrs
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

import litert_ir as lir
from litert_ir.backends.model_failures import MODEL_FAILURES, brief
from tests.dynamic.comparison import Exported, GraphReference
from tests.dynamic.drawn_sizes import drawn_shapes, dynamic_dims
from tests.dynamic.dynamic_case import Shapes
from tests.dynamic.random_models import RandomModel, Step, random_models

LARGEST = {1: 200, 2: 70}
"""The largest sizes that are drawn, for series and images."""
SIZES_OF_A_MODEL = 3
Draw = Callable[[st.SearchStrategy[Shapes]], Shapes]


@attrs.define
class Findings:
    """What became of random models.

    Attributes:
        models: How many were exported or refused.
        sizes: At how many shapes files were compared.
        refusals: Why models were refused, and how many for each reason.
        wrong: Of each file that is wrong, its model and its faults.
        unbuilt: How many descriptions Keras makes no model of.
    """

    models: int = 0
    sizes: int = 0
    refusals: collections.Counter[str] = attrs.field(factory=collections.Counter)
    wrong: list[str] = attrs.field(factory=list)
    unbuilt: int = 0

    def try_one(self, description: RandomModel, draw: Draw) -> None:
        """Export a model with the fast route alone, and compare it at drawn shapes."""
        try:
            model = description.built()
        except MODEL_FAILURES:
            self.unbuilt += 1
            return
        self.models += 1
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder, "model.tflite")
            try:
                result = lir.export(model, target, strategies=(lir.StableHLO(),))
            except lir.LiteRTIRError as error:
                self.refusals[_reason(error)] += 1
                return
            file = Exported(result.plan, target, model, GraphReference(model))
            self._compare(file, description, draw)

    def _compare(self, file: Exported, description: RandomModel, draw: Draw) -> None:
        faults = []
        for _ in range(SIZES_OF_A_MODEL):
            self.sizes += 1
            faults += file.faults_at(draw(drawn_shapes(file.plan, LARGEST[description.rank])))
        if faults:
            bounds = ", ".join(map(str, dynamic_dims(file.plan).values()))
            listed = "".join(f"\n    {fault}" for fault in dict.fromkeys(faults))
            self.wrong.append(f"{description}\n    planned {bounds}{listed}")


def _reason(error: lir.LiteRTIRError) -> str:
    if isinstance(error, lir.errors.AllStrategiesFailedError):
        causes = [
            attempt.error.summary if attempt.error else attempt.reason for attempt in error.attempts
        ]
        return "; ".join(causes)
    return brief(error, limit=160)


def campaign(count: int, start: int, findings: Findings) -> Findings:
    """Try random models.

    Args:
        count: How many.
        start: Which ones.
        findings: Where what became of them is added.
    """

    @seed(start)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(description=random_models(), data=st.data())
    def try_models(description: RandomModel, data: st.DataObject) -> None:
        wrong = len(findings.wrong)
        findings.try_one(description, data.draw)
        for text in findings.wrong[wrong:]:
            _say(f"WRONG {text}")

    try_models()
    return findings


def main(*arguments: str) -> None:
    """Do what the command line says, and print what was found."""
    findings, started = Findings(), time.perf_counter()
    if len(arguments) == 1:
        _try_again(arguments[0], findings)
    else:
        campaign(int(arguments[0]), int(arguments[1]), findings)
    seconds = time.perf_counter() - started
    refused = findings.refusals.total()
    _say(
        f"{findings.models} models ({findings.unbuilt} more that Keras does not build), "
        f"{findings.sizes} sizes, {refused} refused, {len(findings.wrong)} wrong, {seconds:.0f} s"
    )
    for reason, times in findings.refusals.most_common():
        _say(f"  refused {times}: {reason}")


def _try_again(text: str, findings: Findings) -> None:
    """Try a printed model at ten times three shapes."""
    description = eval(text, {"RandomModel": RandomModel, "Step": Step})

    @settings(
        max_examples=10, derandomize=True, database=None, deadline=None, phases=[Phase.generate]
    )
    @given(data=st.data())
    def try_sizes(data: st.DataObject) -> None:
        findings.try_one(description, data.draw)

    try_sizes()
    for found in findings.wrong:
        _say(f"WRONG {found}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
