"""Exports with compile targets: Intel's OpenVINO compiles, runs and is compared for real."""

from __future__ import annotations

import os
from pathlib import Path
from typing import cast

import attrs
import numpy as np
import pytest

import litert_ir as lir
from litert_ir.aot.execution import CompiledFile, compare_compiled, why_not_run
from litert_ir.aot.operator_counts import count_operators
from litert_ir.aot.sdk import library_path
from litert_ir.backends.litert.aot_compiler import dispatch_folder_of
from litert_ir.backends.litert.compiled_model import run_compiled
from litert_ir.errors import AotError, OptionsError, TargetError
from litert_ir.ir.targets import SocTarget, Vendor, parse_target
from litert_ir.isolation.worker import Worker
from litert_ir.verification.cases import cases_for
from litert_ir.verification.tolerance import tolerance_for
from tests.aot.files import INTEL_CPU, convolutional, needs_plugins, rounding
from tests.conversion.stubs import returning

pytestmark = needs_plugins

TARGET = cast(SocTarget, parse_target(INTEL_CPU))
OPTIONS = {"aot_compile_targets": [INTEL_CPU]}


def test_the_file_of_a_chip_is_beside_the_portable_one(compiled: lir.ExportResult) -> None:
    chip, arm64, arm = compiled.compiled
    assert compiled.path is not None
    assert chip.path == compiled.path.with_name("model.intel-LNL-cpu.tflite")
    assert chip.path.stat().st_size == chip.size_bytes > compiled.size_bytes
    assert sorted(compiled.path.parent.iterdir()) == sorted([compiled.path, chip.path])
    assert [report.target for report in compiled.compiled] == [INTEL_CPU, "arm64", "arm"]
    assert arm64.path == arm.path == compiled.path
    assert compiled.timings.compile > 0
    assert os.stat(chip.path).st_mode == os.stat(compiled.path).st_mode  # noqa: PTH116


def test_what_was_taken_over(compiled: lir.ExportResult) -> None:
    chip = compiled.compiled[0]
    assert (chip.ops_total, chip.ops_offloaded, chip.partitions) == (5, 5, 1)
    assert chip.path is not None
    assert count_operators(chip.path).kernels == 0
    assert "5 of 5 ops in 1 partition(s)" in str(chip)


def test_the_compiled_file_is_compared_with_the_model(compiled: lir.ExportResult) -> None:
    parity = compiled.compiled[0].parity
    assert parity is not None
    assert parity.agrees
    assert parity.cases == 2
    assert parity.max_abs_error < 1e-6  # float32, another order of summation
    assert parity.tolerance == tolerance_for(compiled.plan)


def test_the_compiled_file_computes_what_the_model_computes(compiled: lir.ExportResult) -> None:
    """Without the exporter's own comparison, and as OpenVINO runs it by itself.

    It rounds to bfloat16, 8 bits, on CPUs that have it: probabilities differ by less than 1e-2.
    """
    path, folder = compiled.compiled[0].path, dispatch_folder_of(Vendor.INTEL)
    assert path is not None
    assert folder is not None
    images = np.random.default_rng(3).standard_normal((1, 16, 16, 3)).astype(np.float32)
    with Worker(environment={"LD_LIBRARY_PATH": library_path(TARGET)}) as worker:
        (result,) = worker.call(run_compiled, path, folder, [{"images": images}])
    assert result["scores"].shape == (1, 5)
    np.testing.assert_allclose(result["scores"], np.asarray(convolutional()(images)), atol=1e-2)


def test_a_file_of_another_model_is_found_out(compiled: lir.ExportResult) -> None:
    """The comparison can fail: weights differ by a tenth."""
    model = convolutional()
    weights = model.get_weights()
    try:
        model.set_weights([1.1 * values for values in weights])
        cases = cases_for(compiled.plan, model, ())
    finally:
        model.set_weights(weights)
    portable, path = compiled.path, compiled.compiled[0].path
    assert portable is not None
    assert path is not None
    file = CompiledFile(target=TARGET, portable=portable, path=path)
    with pytest.raises(AotError, match="does not compute what the Keras model") as caught:
        compare_compiled(file, compiled.plan, cases, lir.Verification())
    assert caught.value.where == f"{INTEL_CPU}, scores"
    assert "DIFFERS" in caught.value.received


def test_thresholds_are_for_the_compiled_file_as_well(compiled: lir.ExportResult) -> None:
    portable, path = compiled.path, compiled.compiled[0].path
    assert portable is not None
    assert path is not None
    file = CompiledFile(target=TARGET, portable=portable, path=path)
    cases = cases_for(compiled.plan, convolutional(), ())
    strict = lir.Verification(thresholds=lir.Thresholds(max_abs_error=0.0))
    with pytest.raises(
        AotError, match="Of the compiled file: The file misses a threshold"
    ) as caught:
        compare_compiled(file, compiled.plan, cases, strict)
    assert "max |difference| of at most 0" in caught.value.expected


def test_a_file_that_does_not_run(compiled: lir.ExportResult, tmp_path: Path) -> None:
    """The vendor's part of it is cut off."""
    portable, path = compiled.path, compiled.compiled[0].path
    assert portable is not None
    assert path is not None
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(path.read_bytes()[:-2000])
    file = CompiledFile(target=TARGET, portable=portable, path=broken)
    cases = cases_for(compiled.plan, convolutional(), ())
    with pytest.raises(AotError, match="The compiled file does not run"):
        compare_compiled(file, compiled.plan, cases, lir.Verification())


def test_the_plan_says_what_its_targets_mean(compiled: lir.ExportResult) -> None:
    text = str(compiled.plan)
    assert f"compile for: {INTEL_CPU}, arm64, arm" in text
    assert "arm64 means the portable file: LiteRT has no compiler for CPUs" in text
    assert f"{INTEL_CPU} compiles for OpenVINO on the CPU" in text
    assert lir.ExportPlan.from_json(compiled.plan.to_json()) == compiled.plan


def test_what_openvino_does_not_take_runs_beside_it(tmp_path: Path) -> None:
    result = lir.export(
        rounding(dense=True), tmp_path / "part.tflite", batch_size=1, options=OPTIONS
    )
    (chip,) = result.compiled
    assert (chip.ops_total, chip.ops_offloaded, chip.partitions) == (3, 2, 2)
    assert chip.parity is not None
    assert chip.parity.max_abs_error < 1e-5


def test_integers_at_the_edges(tmp_path: Path) -> None:
    """OpenVINO's int8 is coarser than LiteRT's: 2.4e-2 from the model here, where that is 2e-3."""
    rng = np.random.default_rng(0)
    result = lir.export(
        convolutional(),
        tmp_path / "int8.tflite",
        batch_size=1,
        options={
            "optimizations": ["DEFAULT"],
            "inference_input_type": "int8",
            "inference_output_type": "int8",
            **OPTIONS,
        },
        representative_dataset=[rng.standard_normal((1, 16, 16, 3)) for _ in range(8)],
        verify=lir.Verification(tolerance=lir.Tolerance(variation=0, scale=0, absolute=0.04)),
    )
    (chip,) = result.compiled
    assert (chip.ops_total, chip.ops_offloaded) == (5, 5)
    assert chip.parity is not None
    assert chip.parity.max_abs_error > 0


def test_a_target_that_fails_leaves_everything_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "floor.tflite"
    target.write_bytes(b"an older file")
    with pytest.raises(AotError, match="op type 8 is not supported"):
        lir.export(rounding(dense=False), target, batch_size=1, options=OPTIONS)
    assert target.read_bytes() == b"an older file"
    assert list(tmp_path.iterdir()) == [target]


def test_a_dynamic_batch_is_refused_before_the_conversion(tmp_path: Path) -> None:
    strategy = returning(b"")
    with pytest.raises(OptionsError, match="static shapes only") as caught:
        lir.export(convolutional(), tmp_path / "m.tflite", options=OPTIONS, strategies=(strategy,))
    assert "batch_size=1" in caught.value.advice
    assert caught.value.received == "images (batch=?, 16, 16, 3) float32"
    assert strategy.calls == 0


def test_a_dynamic_batch_is_fine_for_a_cpu(tmp_path: Path) -> None:
    options = {"aot_compile_targets": ["riscv64"]}
    result = lir.export(convolutional(), tmp_path / "m.tflite", options=options)
    assert [report.target for report in result.compiled] == ["riscv64"]


def test_a_file_too_large_for_a_cpu_is_refused_before_the_conversion(tmp_path: Path) -> None:
    plan = lir.plan_for(convolutional(), options={"aot_compile_targets": ["arm"]})
    assert plan.estimate is not None
    large = attrs.evolve(plan, estimate=attrs.evolve(plan.estimate, size_bytes=1 << 31))
    strategy = returning(b"")
    with pytest.raises(AotError, match="32-bit pointers"):
        lir.execute(large, convolutional(), tmp_path / "m.tflite", strategies=(strategy,))
    assert strategy.calls == 0


def test_a_chip_needs_a_path() -> None:
    plan = lir.plan_for(convolutional(), batch_size=1, options=OPTIONS)
    with pytest.raises(OptionsError, match="needs a path") as caught:
        lir.execute(plan, convolutional())
    assert caught.value.received == INTEL_CPU


def test_a_cpu_needs_no_path() -> None:
    plan = lir.plan_for(convolutional(), options={"aot_compile_targets": ["x86_64"]})
    result = lir.execute(plan, convolutional())
    assert result.content is not None
    assert result.compiled[0].path is None
    assert result.compiled[0].size_bytes == len(result.content)


def test_the_compiled_files_place_is_checked_first(tmp_path: Path) -> None:
    (tmp_path / "m.intel-LNL-cpu.tflite").mkdir()
    with pytest.raises(TargetError, match="The target is a folder"):
        lir.export(object(), tmp_path / "m.tflite", options=OPTIONS)


def test_without_verification_nothing_is_run(tmp_path: Path) -> None:
    result = lir.export(
        convolutional(), tmp_path / "m.tflite", batch_size=1, options=OPTIONS, verify=False
    )
    (chip,) = result.compiled
    assert chip.parity is None
    assert "not run: verification is off" in str(chip)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("intel:PTL", "that takes the PTL's NPU"), ("qualcomm:SM8750", "that takes the SM8750's")],
)
def test_what_cannot_be_run_here(name: str, reason: str, compiled: lir.ExportResult) -> None:
    assert reason in why_not_run(cast(SocTarget, parse_target(name)), compiled.plan)
    assert why_not_run(TARGET, compiled.plan) == ""
