"""A warning names the caller's line, however deep in litert_ir it is issued."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

import litert_ir as lir
from litert_ir.errors.caller_warnings import warn_caller
from tests.hub.tiny_tasks import gpt2_causal_lm


class Short(lir.hub.CausalLMExporterConfig):
    """Texts of a length that nobody sets, which is worth a warning."""

    DEFAULT_SEQUENCE_LENGTH = 16


def test_a_call_from_here_is_here() -> None:
    with pytest.warns(UserWarning, match="it is so") as caught:
        warn_caller("it is so", UserWarning)
    assert caught[0].filename == __file__


@pytest.mark.parametrize("verb", ["plan_for", "export", "model.export"])
def test_it_is_the_line_that_calls_a_verb(verb: str, tmp_path: Path) -> None:
    task, target = gpt2_causal_lm(), tmp_path / "model.tflite"
    registry = lir.hub.ExporterRegistry()
    registry.register_config(type(task), Short)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if verb == "plan_for":
            lir.plan_for(task, registry=registry)
        elif verb == "export":
            lir.export(task, target, registry=registry, verify=False)
        else:
            with lir.installed():
                task.export(target, "litert", registry=registry, verify=False)
    named = [each.filename for each in caught if each.category is lir.hub.DefaultSizeWarning]
    assert named == [__file__]
