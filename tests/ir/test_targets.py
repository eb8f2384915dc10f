"""How compile targets are written, read and shown."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litert_ir.errors import OptionsError
from litert_ir.ir.targets import (
    CompileTarget,
    CpuAbi,
    CpuTarget,
    Device,
    SocTarget,
    Vendor,
    canonical_targets,
    devices_of,
    notes_on,
    parse_target,
)

SOCS = st.from_regex(r"[A-Z0-9][A-Z0-9_]{0,7}", fullmatch=True).filter(
    lambda soc: not soc.startswith("TENSOR_")
)


@st.composite
def targets(draw: st.DrawFn) -> CompileTarget:
    if draw(st.booleans()):
        return CpuTarget(draw(st.sampled_from(CpuAbi)))
    vendor = draw(st.sampled_from(Vendor))
    return SocTarget(vendor, draw(SOCS), draw(st.sampled_from(devices_of(vendor))))


@given(targets())
def test_a_target_survives_being_written_and_read(target: CompileTarget) -> None:
    assert parse_target(str(target)) == target
    assert parse_target(str(target).upper()) == target
    assert parse_target(f" {target} ") == target


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("ARM64", "arm64"),
        ("Qualcomm:sm8750", "qualcomm:SM8750"),
        ("google_tensor:G4", "google_tensor:G4"),
        ("google_tensor:Tensor_G4", "google_tensor:G4"),
        ("intel:LNL/npu", "intel:LNL"),
        ("intel:lnl/CPU", "intel:LNL/cpu"),
    ],
)
def test_there_is_one_way_to_write_a_target(written: str, canonical: str) -> None:
    assert str(parse_target(written)) == canonical


@pytest.mark.parametrize(
    ("written", "message", "received"),
    [
        ("arm65", "Did you mean 'arm64'", "'arm65'"),
        ("x86", "Did you mean 'x86_64'", "'x86'"),
        ("mediatec:MT6991", "Unknown vendor 'mediatec'. Did you mean 'mediatek'", "'mediatec'"),
        ("intel:LNL/gpu", "Unknown device 'gpu'. Did you mean 'npu'", "'gpu'"),
        ("qualcomm:SM8750/cpu", "not a compile target", "'qualcomm:SM8750/cpu'"),
        ("qualcomm:SM 8750", "not a compile target", "'qualcomm:SM 8750'"),
        ("qualcomm:", "A chip's target names the chip", "'qualcomm:'"),
        ("qualcomm", "A chip's target names the chip", "'qualcomm'"),
        ("intel/cpu", "A chip's target names the chip", "'intel/cpu'"),
        ("intel:LNL/cpu/npu", "A chip's target names the chip", "'intel:lnl/cpu/npu'"),
        (":", "not a compile target", "':'"),
        ("zzz", r"Unknown CPU 'zzz'\.\n", "'zzz'"),
        (64, "A compile target is a name", "64"),
        (" ", "A compile target is a name", "' '"),
    ],
)
def test_what_is_no_target(written: object, message: str, received: str) -> None:
    with pytest.raises(OptionsError, match=message) as caught:
        parse_target(written)
    assert caught.value.where == "aot_compile_targets"
    assert caught.value.received == received
    assert caught.value.expected


def test_each_target_is_there_once() -> None:
    names = ["arm64", "intel:lnl", "ARM64", "intel:LNL"]
    assert canonical_targets(names) == ("arm64", "intel:LNL")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SocTarget(Vendor.QUALCOMM, "sm8750"), "upper-case"),
        (lambda: SocTarget(Vendor.QUALCOMM, "SM8750", Device.CPU), "its NPU alone"),
    ],
)
def test_a_target_that_exists_is_valid(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_the_name_of_a_file_has_no_separators_of_paths() -> None:
    assert SocTarget(Vendor.INTEL, "LNL", Device.CPU).file_label == "intel-LNL-cpu"
    assert SocTarget(Vendor.GOOGLE_TENSOR, "G4").file_label == "google_tensor-G4"


def test_a_plan_says_what_has_to_be_fixed_for_its_chips() -> None:
    notes = notes_on(map(parse_target, ("arm", "qualcomm:SM8750")), ["images", "ids"])
    assert notes[1:] == (
        "qualcomm:SM8750 takes static shapes alone: fix the sizes of images, ids before this is "
        "executed",
    )


def test_what_a_plan_says_of_its_targets() -> None:
    notes = notes_on(map(parse_target, ("arm", "qualcomm:SM8750", "intel:LNL/cpu")))
    assert notes == (
        "arm means the portable file: LiteRT has no compiler for CPUs, so nothing is compiled",
        "intel:LNL/cpu compiles for OpenVINO on the CPU, not for the chip's NPU",
    )
