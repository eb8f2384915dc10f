"""Run cases of the sweep and print what became of each, one line a case.

Example: ``python -m tests.stablehlo.sweep.run --backend jax --only conv --static``
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from tests.stablehlo.sweep.attempt import Outcome
    from tests.stablehlo.sweep.case import Case


def main(arguments: list[str] | None = None) -> int:
    """Parse, run, summarize; the exit status is 1 if a case raised what it should not."""
    options = _options(arguments)
    os.environ["KERAS_BACKEND"] = options.backend
    outcomes = {case.name: _shown(case, static=options.static) for case in _chosen(options)}
    if options.json:
        report = {name: attrs.asdict(outcome) for name, outcome in outcomes.items()}
        options.json.write_text(json.dumps(report))
    return _summary(outcomes)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run cases of the sweep.")
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    parser.add_argument("--backend", choices=("tensorflow", "jax"), default=backend)
    parser.add_argument("--only", default="", help="a part of the cases' names")
    parser.add_argument("--case", action="append", help="the whole name of a case; repeatable")
    parser.add_argument("--json", type=Path, help="where to write the outcomes")
    batch = parser.add_mutually_exclusive_group()
    batch.add_argument(
        "--static",
        action="store_true",
        help="fix the batch; if no cases are named, of those that it may change",
    )
    batch.add_argument("--dynamic", dest="static", action="store_false", help="the default")
    return parser.parse_args(arguments)


def _chosen(options: argparse.Namespace) -> Iterator[Case]:
    """The cases asked for; those that cannot run here only if asked for by their whole name."""
    from tests.stablehlo.sweep.expectations import Lacking
    from tests.stablehlo.sweep.table import ALL, STATIC
    from tests.stablehlo.sweep.verdicts import expected

    for case in STATIC if options.static and not (options.case or options.only) else ALL:
        if options.case:
            wanted = case.name in options.case
        else:
            known = expected(options.backend, case.name)
            wanted = options.only in case.name and not isinstance(known, Lacking)
        if wanted:
            yield case


def _shown(case: Case, *, static: bool) -> Outcome:
    """The outcome, printed."""
    from tests.stablehlo.sweep.attempt import outcome_of

    sys.stdout.write(f"{case.name:<40} ")
    sys.stdout.flush()  # whatever ends the process ends it here
    outcome = outcome_of(case, static=static)
    sys.stdout.write(f"{outcome.seconds:5.2f} s  {outcome}\n")
    sys.stdout.flush()
    return outcome


def _summary(outcomes: dict[str, Outcome]) -> int:
    good = sum(not outcome.error for outcome in outcomes.values())
    leaked = sum(outcome.is_leak for outcome in outcomes.values())
    seconds = sum(outcome.seconds for outcome in outcomes.values())
    sys.stdout.write(
        f"{good} of {len(outcomes)} convert, {leaked} raise foreign errors, {seconds:.0f} s\n"
    )
    return int(leaked > 0)


if __name__ == "__main__":
    sys.exit(main())
