"""The texts of a module between the stages, and that they change nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import attrs
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras
from litert_ir.errors import TargetError
from litert_ir.isolation.worker import shared_worker
from tests.stablehlo.rewrites import in_child

keras = load_keras()
STEPS = [
    "00_traced.mlir",
    "01_bind_weights.mlir",
    "02_keep_positions.mlir",
    "03_canonicalize.mlir",
    "04_legalize_TensorFlow_ops.mlir",
    "05_lower_complex_numbers.mlir",
    "06_fuse_layers.mlir",
    "07_fold_biases_and_scales.mlir",
    "08_lower_arithmetic.mlir",
    "09_legalize_to_TFL.mlir",
    "10_skeleton.mlir",
]


@attrs.frozen
class Dumped:
    """An export with a dump and the same one without."""

    folder: Path
    result: lir.ExportResult
    plain: lir.ExportResult

    def text(self, point: str, step: str) -> str:
        (path,) = (self.folder / point).glob(f"*_{step}.mlir")
        return path.read_text()


@pytest.fixture(scope="module")
def dumped(tmp_path_factory: pytest.TempPathFactory) -> Dumped:
    """Of a model with one weight that stays outside of the module, at dynamic sizes."""
    inputs = keras.Input((None, 100), name="rows")
    model = keras.Model(inputs, keras.layers.Dense(200, activation="relu", name="wide")(inputs))
    folder = tmp_path_factory.mktemp("dumps") / "new"
    plan = lir.plan_for(model)
    return Dumped(folder, *(_exported(plan, model, dump) for dump in (folder, None)))


def _exported(plan: lir.ExportPlan, model: Any, dump: Path | None) -> lir.ExportResult:
    return lir.execute(plan, model, strategies=(lir.StableHLO(dump=dump),), verify=False)


def test_every_point_has_a_text_after_each_stage(dumped: Dumped) -> None:
    points = sorted(path.name for path in dumped.folder.iterdir())
    assert points[:3] == ["00_2x67x100", "01_3x149x100", "02_5x446x100"]
    for point in points:
        assert sorted(path.name for path in (dumped.folder / point).iterdir()) == STEPS


def test_the_file_and_the_plan_stay_the_same(dumped: Dumped) -> None:
    assert dumped.result.content == dumped.plain.content
    assert dumped.result.plan == dumped.plain.plan
    assert dumped.result.plan.fingerprint == dumped.plain.plan.fingerprint


def test_weights_say_how_they_are_computed(dumped: Dumped) -> None:
    before, after = (dumped.text("00_2x67x100", step) for step in ("bind_weights", "fuse_layers"))
    assert '{litert_ir.value = "wide/kernel"}' in before
    assert '{litert_ir.value = "transpose(wide/kernel, [1, 0])"}' in after
    assert "tfl.fully_connected" in after
    assert "tfl.fully_connected" not in before
    assert 'fused_activation_function = "RELU"' in dumped.text("00_2x67x100", "skeleton")


def test_texts_parse_and_are_short(dumped: Dumped) -> None:
    for path in dumped.folder.rglob("*.mlir"):
        text = path.read_text()
        assert len(text) < 20_000, path
        assert shared_worker().call(in_child.parses, text), path


def test_a_folder_that_cannot_be_written_to_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TargetError, match="is a file") as caught:
        lir.StableHLO(dump=tmp_path / "file")
    assert caught.value.where == str(tmp_path / "file")
    with pytest.raises(TargetError, match="its parent is no folder"):
        lir.StableHLO(dump=tmp_path / "missing" / "dump")
    with pytest.raises(TargetError, match="cannot be used"):
        lir.StableHLO(dump=3.5)
    assert not (tmp_path / "missing").exists()


def test_the_folder_is_where_it_was_when_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    strategy = lir.StableHLO(dump="dump")
    assert strategy.dump == tmp_path / "dump"
    assert not (tmp_path / "dump").exists()
