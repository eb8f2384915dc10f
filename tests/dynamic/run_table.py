"""Export every model of the table and compare it, without pytest: one line per model.

python -m tests.dynamic.run_table [part of a name] [rest/of]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.dynamic.comparison import Exported
from tests.dynamic.drawn_sizes import drawn_shapes, dynamic_dims, faults_of
from tests.dynamic.dynamic_case import DynamicCase
from tests.dynamic.exports import exported
from tests.dynamic.table import TABLE


def drawn_faults(case: DynamicCase, file: Exported, count: int) -> list[str]:
    """What is wrong at sizes within the plan."""
    faults: list[str] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def compare(data: st.DataObject) -> None:
        faults.extend(file.faults_at(data.draw(drawn_shapes(file.plan, case.largest))))

    compare()
    return list(dict.fromkeys(faults))


def line_of(case: DynamicCase, folder: str) -> str:
    """What became of a case, and in which time."""
    started = time.perf_counter()
    try:
        file = exported(case, Path(folder, "model.tflite"))
    except Exception as error:  # noqa: BLE001  (it is no error of litert_ir's: the line says so)
        return f"CRASHED  {case.name}: {type(error).__name__}: {error}"
    seconds = time.perf_counter() - started
    if isinstance(file, str):
        return f"refused  {case.name} {seconds:.1f} s: {' '.join(file.split())[:700]}"
    narrow = [fault for shapes in case.runs_at for fault in faults_of(file.plan, shapes)]
    made_for = [fault for shapes in case.runs_at for fault in file.faults_at(shapes)]
    faults = [*narrow, *made_for, *drawn_faults(case, file, 6)]
    total = time.perf_counter() - started
    bounds = ", ".join(map(str, dynamic_dims(file.plan).values()))
    word = "WRONG   " if faults else "right   "
    listed = "".join(f"\n      {fault}" for fault in faults[:4])
    return f"{word} {case.name} {seconds:.1f} s + {total - seconds:.1f} s ({bounds}){listed}"


def main(part: str = "", share: str = "0/1") -> None:
    """Print a line for every case whose name has the part, of which a share may be taken."""
    rest, of = map(int, share.split("/"))
    cases = [case for case in TABLE if part in case.name][rest::of]
    with tempfile.TemporaryDirectory() as folder:
        for case in cases:
            sys.stdout.write(line_of(case, folder) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
