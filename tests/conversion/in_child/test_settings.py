"""Who goes through a file, to which backend, and what cannot: all without a child process."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import attrs
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras
from litert_ir.conversion.in_child.parent import child_where_needed
from litert_ir.conversion.in_child.settings import environment
from litert_ir.conversion.strategy_names import in_child
from litert_ir.errors import BackendError, ModelFileError, OptionsError
from litert_ir.ir.backend import ConvertibleBackend
from tests.conversion.exports import fresh, model, plan_of
from tests.conversion.in_child.models import Failing, NotOnJax
from tests.conversion.stubs import failing

TENSORFLOW, JAX = ConvertibleBackend.TENSORFLOW, ConvertibleBackend.JAX


def run_keras_on(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_keras().backend, "backend", lambda: backend)


def install_only(packages: Iterable[str], monkeypatch: pytest.MonkeyPatch) -> None:
    specs = {name: ModuleSpec(name, None, origin=name) for name in packages}
    monkeypatch.setattr(importlib.util, "find_spec", specs.get)


@pytest.mark.parametrize(
    ("asked", "made_on", "here", "installed", "wanted"),
    [
        (None, None, "tensorflow", "", TENSORFLOW),
        (None, None, "jax", "tensorflow", JAX),
        (None, "jax", "tensorflow", "tensorflow", JAX),
        (None, "jax", "torch", "tensorflow", JAX),
        (None, None, "torch", "tensorflow jax", TENSORFLOW),
        (None, None, "torch", "jax", JAX),
        (None, "openvino", "tensorflow", "jax", JAX),
        ("jax", "tensorflow", "tensorflow", "tensorflow", JAX),
        (TENSORFLOW, None, "jax", "", TENSORFLOW),
    ],
)
def test_the_childs_backend(
    *,
    asked: ConvertibleBackend | str | None,
    made_on: str | None,
    here: str,
    installed: str,
    wanted: ConvertibleBackend,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_keras_on(here, monkeypatch)
    install_only(installed.split(), monkeypatch)
    assert lir.ThroughFile(backend=asked).child_backend(made_on) is wanted


def test_without_tensorflow_and_jax_there_is_no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    run_keras_on("torch", monkeypatch)
    install_only((), monkeypatch)
    with pytest.raises(BackendError, match="nothing to convert this model with") as caught:
        lir.plan_for(model("single"))
    assert (caught.value.where, caught.value.advice) == (
        "Keras on torch",
        "pip install 'tensorflow>=2.21,<2.22'",
    )


def test_a_child_sees_no_device() -> None:
    found = environment(JAX)
    assert found == {"KERAS_BACKEND": "jax", "CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}


@pytest.mark.parametrize("backend", ["torch", "TensorFlow", ""])
def test_no_other_backend_is_accepted_for_the_child(backend: str) -> None:
    with pytest.raises(OptionsError, match="cannot convert models of this Keras backend") as caught:
        lir.ThroughFile(backend=backend)
    assert (caught.value.expected, caught.value.received) == ("tensorflow or jax", repr(backend))


def test_one_module_may_be_named_without_a_tuple() -> None:
    assert lir.ThroughFile(import_modules="a.b") == lir.ThroughFile(import_modules=["a.b"])


def test_a_child_is_taken_where_the_process_does_not_trace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    single = model("single")
    with child_where_needed(single, None) as none:
        assert none is None
    with child_where_needed(single, lir.ThroughFile(backend="jax")) as asked_for:
        assert asked_for is not None
        assert asked_for.through.backend is JAX
        with child_where_needed(single, asked_for) as same:
            assert same is asked_for
    run_keras_on("torch", monkeypatch)
    with child_where_needed(single, None, "jax") as taken:
        assert taken is not None
        assert (taken.model, taken.through.backend) == (single, JAX)


@pytest.mark.parametrize("through", ["jax", True, lir.Direct()])
def test_through_is_checked(through: Any) -> None:
    with pytest.raises(OptionsError, match="how the model gets to a child process") as caught:
        lir.plan_for(model("single"), through=through)
    assert caught.value.where == "through"
    assert caught.value.received == repr(through)


def test_an_open_child_is_for_one_model() -> None:
    with (
        lir.ModelInChild(model("single")) as child,
        pytest.raises(OptionsError, match="has another model"),
    ):
        lir.plan_for(fresh("single"), through=child)


def test_the_model_and_the_batch_are_checked_before_a_child_starts() -> None:
    with lir.ModelInChild(None) as child, pytest.raises(lir.errors.UnsupportedModelError):
        lir.plan_for(None, through=child)
    through = lir.ThroughFile(backend="jax", time_limit_s=0.0)
    with pytest.raises(lir.errors.SignatureError, match="batch_size is not valid"):
        lir.plan_for(model("single"), batch_size=0, through=through)


def test_a_wrapped_strategy_refuses_what_it_refuses_on_the_childs_backend() -> None:
    plan = plan_of("single")
    made_on_jax = attrs.evolve(plan, versions=attrs.evolve(plan.versions, backend="jax"))
    on_tensorflow = lir.InChildProcess(NotOnJax(), lir.ThroughFile(backend="tensorflow"))
    on_jax = lir.InChildProcess(NotOnJax(), lir.ThroughFile(backend="jax"))
    assert on_tensorflow.name == "obedient-in-child"
    for seen in (plan, made_on_jax):
        assert on_tensorflow.refuses(seen) is None
        assert on_jax.refuses(seen) == lir.Refusal(reason="no JAX")
    assert lir.InChildProcess(NotOnJax()).refuses(plan) is None
    assert lir.InChildProcess(NotOnJax()).refuses(made_on_jax) == lir.Refusal(reason="no JAX")


def test_strategies_are_wrapped_once() -> None:
    own = lir.InChildProcess(lir.Direct())
    assert in_child((own, Failing()), None) == (own, Failing())
    with lir.ModelInChild(model("single")) as child:
        assert in_child((own, Failing()), child) == (own, lir.InChildProcess(Failing(), child))


class OfMain(Failing):
    """Pretends to be defined in a script."""


OfMain.__module__ = "__main__"


@pytest.mark.parametrize("strategy", [failing(), OfMain(), lir.Direct, "direct", None])
def test_strategies_that_a_child_cannot_have(strategy: Any) -> None:
    with pytest.raises(OptionsError, match="cannot be run in a child process") as caught:
        lir.InChildProcess(strategy)
    assert caught.value.where == "strategies"


@pytest.mark.parametrize("through", [None, 3, lir.ThroughFile])
def test_a_strategy_in_a_child_has_a_way_to_get_there(through: Any) -> None:
    with pytest.raises(OptionsError, match="how the model gets to a child process"):
        lir.InChildProcess(lir.Direct(), through)


def test_temporary_files_that_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "no_such_folder"))
    with pytest.raises(ModelFileError, match="Temporary files") as caught:
        lir.plan_for(model("single"), through=lir.ThroughFile())
    assert "TMPDIR" in caught.value.advice
