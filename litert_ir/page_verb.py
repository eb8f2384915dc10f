"""The public verb that writes a file's description as an HTML page."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from litert_ir.conversion.target import pending_file
from litert_ir.conversion.target_checks import check_target
from litert_ir.inspection.inspected_file import Inspection
from litert_ir.inspection.page.html_page import inspection_page
from litert_ir.reports.report import Report

PAGE_EXTENSION = ".html"


def write_inspection_page(
    found: Inspection, target: str | os.PathLike[str], *, reports: Sequence[Report] = ()
) -> Path:
    """Write a description as one HTML page; see `inspection_page`.

    The page is written beside the target, and then put in its place.

    Args:
        found: The description.
        target: The path to write to, ending in ``.html``, in an existing folder.
        reports: Results about the same file, such as those of `litert_ir.verify`.

    Returns:
        The page's path.

    Raises:
        FilepathError: When the target's name does not end in ``.html``.
        TargetError: When the target cannot be written.

    Example:
        ``write_inspection_page(inspect("model.tflite"), "model.html")``
    """
    path = check_target(target, PAGE_EXTENSION)
    content = inspection_page(found, reports=reports).encode("utf-8", "replace")
    with pending_file(path) as pending:
        pending.write(content)
        pending.commit()
    return path
