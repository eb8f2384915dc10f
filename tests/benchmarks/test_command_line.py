"""The command line, and the order of the runs."""

from __future__ import annotations

import pytest
from cyclopts import CycloptsError

from benchmarks.__main__ import app, benchmark
from benchmarks.contenders import Contender
from benchmarks.outcomes import schedule
from benchmarks.workloads import LISTED_WORKLOADS, Workload


def test_contenders_take_turns_within_a_round() -> None:
    workloads = (Workload.MOBILENET_V2, Workload.RESNET50)
    rounds = schedule(workloads, (Contender.KERAS, Contender.DIRECT), 2)
    assert [(each.workload, each.number) for each in rounds] == [
        (Workload.MOBILENET_V2, 0),
        (Workload.MOBILENET_V2, 1),
        (Workload.RESNET50, 0),
        (Workload.RESNET50, 1),
    ]
    for each in rounds:
        assert [job.contender for job in each.jobs] == [Contender.KERAS, Contender.DIRECT]
        assert {(job.workload, job.run) for job in each.jobs} == {(each.workload, each.number)}


def test_command_line_takes_options_again_and_drops_doubles() -> None:
    command, bound, _ = app.parse_args(
        "--workload resnet50 --workload lm_0.5gb --workload resnet50 "
        "--contender direct --runs 2 --profile --memory-gb 4"
    )
    assert command is benchmark
    assert bound.arguments == {
        "workload": (Workload.RESNET50, Workload.LM_HALF_GB),
        "contender": (Contender.DIRECT,),
        "runs": 2,
        "profile": True,
        "memory_gb": 4.0,
    }


def test_all_but_the_tiny_workloads_run_by_default() -> None:
    assert set(Workload) - set(LISTED_WORKLOADS) == {Workload.TINY_DENSE, Workload.TINY_LM}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--workload", "alexnet"), r'(?s)"alexnet".*--workload.*"mobilenet_v2".*"resnet50"'),
        (("--contender", "onnx"), r'(?s)"onnx".*--contender.*"keras".*"stablehlo"'),
        (("--runs", "0"), r"(?s)--runs.*>= 1"),
        (("--memory-gb", "0"), r"(?s)--memory-gb.*> 0"),
        (("--json", "/nowhere/at/all.json"), r"(?s)--json.*/nowhere/at does not exist"),
    ],
)
def test_command_line_says_what_is_wrong(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(CycloptsError, match=message):
        app.parse_args(arguments, exit_on_error=False, print_error=False)
