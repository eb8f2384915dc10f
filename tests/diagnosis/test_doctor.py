"""Diagnosing an installation: this one, one without frameworks, and broken ones."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

import litert_ir as lir
from litert_ir.backends.packages import PACKAGES
from litert_ir.diagnosis import machine_state, package_states
from litert_ir.diagnosis.backend_choice import backend_choice
from litert_ir.diagnosis.findings import Diagnosis
from litert_ir.diagnosis.package_states import PackageState, State
from litert_ir.diagnosis.trial_child import imported
from litert_ir.diagnosis.try_out import Trial
from litert_ir.errors import ConversionError

FRAMEWORKS = ("tensorflow", "jax", "keras", "keras_hub")
MODULES = (*FRAMEWORKS, "ai_edge_litert", "litert_converter", "litert_quantizer")


def in_a_fresh_process(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def found() -> Diagnosis:
    """The diagnosis of the tests' own installation."""
    return lir.doctor()


def test_this_installation_can_convert(found: Diagnosis) -> None:
    assert found.able_backends == ("tensorflow", "jax")
    assert found.headline.endswith("converts Keras models on TensorFlow and JAX")
    assert not found.problems
    states = {package.name: package for package in found.packages}
    assert states["keras"].state is State.READY
    assert states["keras"].version.startswith("3.")
    assert states["numpy"].version


def test_strategies_are_asked_on_each_backend(found: Diagnosis) -> None:
    able = {(each.strategy, each.backend, each.file) for each in found.strategies if each.is_able}
    for file in ("float", "quantized"):
        assert ("stablehlo", "tensorflow", file) in able
        assert ("stablehlo", "jax", file) in able
        assert ("direct", "tensorflow", file) in able
        assert ("direct", "jax", file) not in able
    assert "needs Keras on TensorFlow" in str(found)


def test_the_machine_starts_a_child(found: Diagnosis) -> None:
    assert found.machine is not None
    assert found.machine.child_start_s is not None
    assert 0 < found.machine.child_start_s < 60
    assert found.machine.cpus >= 1
    assert found.machine.obstacle == ""


def test_targets_are_grouped_by_vendor(found: Diagnosis) -> None:
    kinds = [target.kind for target in found.targets]
    assert any(kind.startswith("qualcomm") for kind in kinds)
    assert all(target.targets for target in found.targets)


def test_the_data_are_json(found: Diagnosis) -> None:
    data = json.loads(found.to_json())
    assert data["can_convert"] is True
    assert data["problems"] == []
    assert {"packages", "strategies", "targets", "machine", "backend"} <= set(data)


def test_no_framework_is_imported() -> None:
    script = (
        "import sys, litert_ir\nlitert_ir.doctor()\n"
        f"print(sorted(set({FRAMEWORKS}) & set(sys.modules)))"
    )
    assert in_a_fresh_process(script).strip() == "[]"


def test_without_any_framework_it_says_what_to_install() -> None:
    script = (
        f"import sys\nfor name in {MODULES}: sys.modules[name] = None\n"
        "import litert_ir\nfound = litert_ir.doctor()\n"
        "assert not found.can_convert\nprint(found)"
    )
    text = in_a_fresh_process(script)
    assert "can convert nothing here" in text
    assert "litert-quantizer" in text
    assert "pip install" in text


def test_each_package_has_a_purpose() -> None:
    assert [package.name for package in PACKAGES if not package.purpose] == []


def test_packages_of_other_versions_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.metadata.version
    versions = {"keras": "3.9.0", "litert-quantizer": "1.0"}
    monkeypatch.setattr(
        importlib.metadata, "version", lambda name: versions.get(name) or real(name)
    )
    states = {each.name: each for each in package_states.package_states()}
    assert states["keras"].state is State.OTHER_VERSION
    assert states["keras"].advice == "pip install 'keras>=3.15,<3.16'"
    assert states["litert-quantizer"].state is State.OTHER_VERSION
    assert states["tensorflow"].state is State.READY


def state(name: str, state: State, *, needed: bool = True) -> PackageState:
    return PackageState(
        name=name,
        version="" if state is State.MISSING else "1.0",
        requirement=f"{name}>=2",
        state=state,
        advice=f"pip install '{name}>=2'",
        purpose="",
        is_needed=needed,
    )


def test_problems_are_told_with_what_to_do(found: Diagnosis) -> None:
    packages = (
        state("a", State.MISSING),
        state("b", State.MISSING, needed=False),
        state("c", State.OTHER_VERSION),
        state("d", State.INCOMPLETE, needed=False),
    )
    problems = attrs.evolve(found, packages=packages).problems
    assert [problem.what for problem in problems] == [
        "a is not installed",
        "c 1.0 is installed, where litert_ir is for c>=2",
        "d 1.0 is installed, but its module cannot be found",
    ]
    assert problems[0].advice == "pip install 'a>=2'"


def test_a_failed_trial_takes_its_backend_away(found: Diagnosis) -> None:
    bad = Trial(name="export on JAX", backend="jax", seconds=None, detail="ImportError: no")
    good = Trial(name="export on TensorFlow", backend="tensorflow", seconds=1.0, detail="")
    tried = attrs.evolve(found, trials=(good, bad))
    assert tried.able_backends == ("tensorflow",)
    assert "(tried); 1 problem" in tried.headline
    assert "export on JAX: ImportError: no" in str(tried.problems[0])


def test_without_a_child_process_nothing_converts(
    found: Diagnosis, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoWorker:
        def __init__(self) -> None:
            raise ConversionError("No process.", received="EAGAIN", advice="raise the limit")

    monkeypatch.setattr(machine_state, "Worker", NoWorker)
    machine = machine_state.machine_state()
    assert (machine.child_start_s, machine.obstacle) == (None, "No process. EAGAIN")
    without = attrs.evolve(found, machine=machine)
    assert not without.can_convert
    assert without.problems[0].advice == "raise the limit"


def test_little_room_for_temporary_files_is_told(found: Diagnosis) -> None:
    assert found.machine is not None
    machine = attrs.evolve(found.machine, free_disk_bytes=1000)
    (problem,) = attrs.evolve(found, machine=machine).problems
    assert problem.what.startswith("1000 bytes are free in")


def test_the_backend_is_the_one_that_keras_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    chosen = backend_choice()
    assert str(chosen) == "torch (KERAS_BACKEND is set)"
    assert "child process" in chosen.obstacle
    assert chosen.advice == ""
    monkeypatch.setenv("KERAS_BACKEND", "tenserflow")
    assert backend_choice().obstacle == "Keras has no backend of this name"
    assert backend_choice().advice == "set KERAS_BACKEND=tensorflow"
    monkeypatch.delenv("KERAS_BACKEND")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert str(backend_choice()) == "tensorflow (Keras' default)"
    (tmp_path / "keras.json").write_text('{"backend": "jax"}')
    assert str(backend_choice()) == f"jax ({tmp_path / 'keras.json'})"
    (tmp_path / "keras.json").write_text("[]")
    assert backend_choice().backend == "tensorflow"


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        ("raise ImportError('lib.so: cannot open')", "ImportError: lib.so: cannot open"),
        ("raise RuntimeError('odd\\nand more')", "RuntimeError: odd"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("x = 1 +", "SyntaxError: invalid syntax"),
    ],
)
def test_a_broken_import_is_told_by_its_kind(
    code: str, failure: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"broken_{abs(hash(code))}"
    (tmp_path / f"{name}.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConversionError) as caught:
        imported(name)
    assert caught.value.summary.startswith(failure)


@pytest.mark.slow
def test_everything_is_tried_when_asked() -> None:
    phases: list[str] = []
    found = lir.doctor(deep=True, on_progress=phases.append)
    assert all(trial.is_good for trial in found.trials)
    assert {trial.backend for trial in found.trials} == {"", "tensorflow", "jax"}
    assert "exporting on JAX" in phases
    assert "(tried)" in found.headline
