"""The list of targets is what the installed compilers know, and says what is here."""

from __future__ import annotations

import re

import pytest

from litert_ir.aot.catalogue import TargetRow, all_targets, require_known, target_rows
from litert_ir.aot.sdk import obstacle_to
from litert_ir.backends import load_aot
from litert_ir.errors import OptionsError
from litert_ir.ir.targets import CpuAbi, CpuTarget, SocTarget, Vendor, parse_target
from tests.aot.files import INTEL_CPU, needs_plugins

MODULES = {
    Vendor.QUALCOMM: "qualcomm",
    Vendor.MEDIATEK: "mediatek",
    Vendor.GOOGLE_TENSOR: "google_tensor",
    Vendor.SAMSUNG: "samsung",
    Vendor.INTEL: "intel_openvino",
}


@pytest.fixture(scope="module")
def rows() -> dict[str, TargetRow]:
    return {row.target: row for row in target_rows()}


@pytest.mark.parametrize("vendor", Vendor)
def test_every_chip_of_a_vendor_is_listed(vendor: Vendor, rows: dict[str, TargetRow]) -> None:
    known = load_aot(f"vendors.{MODULES[vendor]}.target").SocModel
    names = {str(chip.value).upper().removeprefix("TENSOR_") for chip in known} - {"ALL"}
    assert names
    assert {f"{vendor.value}:{name}" for name in names} <= set(rows)
    listed = [t for t in all_targets() if isinstance(t, SocTarget) and t.vendor is vendor]
    assert {target.soc for target in listed} == names


@pytest.mark.parametrize(
    "name", ["qualcomm:SM8750", "mediatek:MT6991", "google_tensor:G4", "intel:LNL", INTEL_CPU]
)
def test_these_are_targets(name: str, rows: dict[str, TargetRow]) -> None:
    assert name in rows
    require_known([parse_target(name)])


def test_names_are_canonical_and_listed_once(rows: dict[str, TargetRow]) -> None:
    assert [str(parse_target(name)) for name in rows] == list(rows)
    assert len(rows) == len(all_targets())


def test_cpus_need_nothing(rows: dict[str, TargetRow]) -> None:
    for abi in CpuAbi:
        row = rows[abi.value]
        assert (row.needs, row.usable) == ("nothing", True)
        assert "nothing is compiled" in row.kind


def test_chips_name_the_package_that_they_need(rows: dict[str, TargetRow]) -> None:
    for name, row in rows.items():
        if not isinstance(parse_target(name), CpuTarget):
            assert re.search(r"ai-edge-litert-sdk-|openvino==", row.needs), name


@needs_plugins
def test_what_is_listed_as_usable_has_no_obstacle(rows: dict[str, TargetRow]) -> None:
    assert rows[INTEL_CPU].usable, rows[INTEL_CPU].obstacle
    for name in (INTEL_CPU, "qualcomm:SM8750", "samsung:E9965"):
        target = parse_target(name)
        assert isinstance(target, SocTarget)
        assert rows[name].usable == (obstacle_to(target) is None)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("qualcomm:SM8751", "qualcomm:SM8750"),
        ("mediatek:6991", "mediatek:MT6991"),
        ("google_tensor:G9", "google_tensor:G"),
        ("intel:LNI", "intel:LNL"),
        ("samsung:E9966", "samsung:E9965"),
    ],
)
def test_an_unknown_chip_brings_the_nearest_one(name: str, nearest: str) -> None:
    with pytest.raises(OptionsError, match=f"Did you mean '{nearest}") as caught:
        require_known([parse_target("arm64"), parse_target(name)])
    assert caught.value.where == "aot_compile_targets"
    assert "litert-ir targets" in caught.value.advice
