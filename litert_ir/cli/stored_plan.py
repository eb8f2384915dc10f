"""Read a stored plan, and check that the rest of the command line goes with it."""

from __future__ import annotations

from pathlib import Path

from litert_ir.cli.command_options import ExportOptions, PlanOptions
from litert_ir.cli.said_options import said_options
from litert_ir.errors import OptionsError, PlanError
from litert_ir.errors.interruption import reraise_interruption
from litert_ir.errors.paths import usable_path
from litert_ir.errors.shown import shown
from litert_ir.ir.plan import ExportPlan


def checked_plan(target: ExportOptions, options: PlanOptions) -> ExportPlan:
    """Read the plan of ``--plan``.

    Args:
        target: The options with the plan and the samples.
        options: Options of a plan, of which a stored one leaves none open.

    Raises:
        PlanError: When there is no such file, or no plan in it.
        OptionsError: When an option says what the plan has decided, or samples are missing or have
            no effect.
    """
    said = said_options(options, but=("imports",))
    if said:
        raise OptionsError(
            "A stored plan leaves no option of a plan open.",
            where="--plan",
            expected="either --plan, or options of a plan",
            received=f"--plan and {', '.join(said)}",
            advice="leave them out, or make another plan: litert-ir plan MODEL --json",
        )
    plan = _read(target.plan)
    calibrated, needed = target.calibration.calibrate, plan.options.recipe.needs_calibration
    if (calibrated is not None) != needed:
        raise OptionsError(
            "The plan and the samples to calibrate on do not go together.",
            where="--calibrate",
            expected=f"{'samples' if needed else 'none'}, for {plan.options.precision.value}",
            received="none" if calibrated is None else str(calibrated),
            advice="" if needed else "to compare on these samples, pass them as --samples",
        )
    return plan


def _read(path: Path | None) -> ExportPlan:
    found = usable_path(path, lambda reason: _no_plan(shown(path), reason))
    try:
        text = found.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reraise_interruption(error)
        reason = error.strerror if isinstance(error, OSError) else "no text"
        raise _no_plan(str(found), f"{type(error).__name__}: {reason}") from error
    try:
        return ExportPlan.from_json(text)
    except PlanError as error:
        raise error.evolve(where=f"{found}: {error.where}".rstrip(": ")) from error


def _no_plan(where: str, reason: str) -> PlanError:
    return PlanError(
        "There is no plan to read here.",
        where=where,
        expected="a file with the JSON of a plan, as litert-ir plan MODEL --json prints it",
        received=reason,
    )
