"""What the package says of KerasHub's families is what the table of the tests says."""

from __future__ import annotations

import os
from pathlib import Path

from litert_ir.hub import support
from litert_ir.hub.default_registry import BUILT_IN, REGISTRY
from litert_ir.hub.support import Batch, Support, read_support, support_json
from tests.hub.families.family import Family
from tests.hub.families.table import ALL

FILE = Path(support.__file__).with_name(support.FILE)
REGENERATE = "REGENERATE_SUPPORT"


def found_of(family: Family) -> Support:
    config = REGISTRY.find(object.__new__(family.cls))
    (task,) = (name for name, registered in BUILT_IN if registered is config)
    if family.refused is not None:
        batch, reason = Batch.NONE, family.refused.reason
    elif family.batch is not None:
        batch, reason = Batch.ONE, family.batch.reason
    else:
        batch, reason = Batch.ANY, ""
    return Support(
        model_class=family.cls.__name__,
        variant=family.variant,
        task=task,
        batch=batch,
        reason=reason,
    )


def test_the_package_says_what_the_tests_find() -> None:
    found = tuple(sorted(map(found_of, ALL), key=lambda entry: (entry.task, str(entry))))
    if os.environ.get(REGENERATE) == "1":
        FILE.write_text(support_json(found), encoding="utf-8")
    assert found == read_support(), (
        f"{FILE.name} is out of date; if the table of families is right, write it with "
        f"{REGENERATE}=1 pytest {__file__}"
    )
