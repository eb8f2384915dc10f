"""A missing SDK is found before anything is converted, and named."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, cast

import pytest

import litert_ir as lir
from litert_ir.aot import sdk
from litert_ir.aot.sdk import obstacle_to, requirements_of
from litert_ir.errors import MissingDependencyError
from litert_ir.ir.targets import SocTarget, parse_target
from tests.aot.files import convolutional, needs_plugins
from tests.conversion.stubs import returning

pytestmark = needs_plugins

PACKAGES = {
    "qualcomm:SM8750": "ai-edge-litert-sdk-qualcomm",
    "mediatek:MT6991": "ai-edge-litert-sdk-mediatek",
    "google_tensor:G4": "ai-edge-litert-sdk-google-tensor",
    "intel:LNL": "ai-edge-litert-sdk-intel",
}


def soc(name: str) -> SocTarget:
    return cast(SocTarget, parse_target(name))


def install(name: str, library: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """A package of an SDK with one empty library, or with none."""
    package = folder / name
    package.mkdir()
    (package / "__init__.py").touch()
    if library:
        (package / library).parent.mkdir(parents=True)
        (package / library).touch()
    monkeypatch.syspath_prepend(str(folder))


@pytest.mark.parametrize("name", PACKAGES)
def test_a_missing_sdk_is_found_before_the_model_is_looked_at(name: str, tmp_path: Path) -> None:
    strategy = returning(b"")
    with pytest.raises(MissingDependencyError) as caught:
        lir.export(
            object(),
            tmp_path / "model.tflite",
            strategies=(strategy,),
            options={"aot_compile_targets": [name]},
        )
    assert caught.value.received == f"{name}: {PACKAGES[name]} is not installed"
    assert f"pip install {PACKAGES[name]}" in caught.value.advice
    assert isinstance(caught.value, ImportError)
    assert strategy.calls == 0
    assert list(tmp_path.iterdir()) == []


def test_a_plan_is_not_executed_without_the_sdk(tmp_path: Path) -> None:
    options = {"aot_compile_targets": ["qualcomm:SM8750"]}
    plan = lir.plan_for(convolutional(), batch_size=1, options=options)
    strategy = returning(b"")
    with pytest.raises(MissingDependencyError, match="ai-edge-litert-sdk-qualcomm"):
        lir.execute(plan, convolutional(), tmp_path / "m.tflite", strategies=(strategy,))
    assert strategy.calls == 0


def test_all_that_is_missing_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(MissingDependencyError) as caught:
        lir.export(
            object(), tmp_path / "m.tflite", options={"aot_compile_targets": [*PACKAGES, "arm"]}
        )
    for name, package in PACKAGES.items():
        assert f"{name}: {package}" in caught.value.received
    assert "arm:" not in caught.value.received


def test_a_plugin_that_no_sdk_completes_is_said_to_be_broken() -> None:
    """Samsung's of ai-edge-litert 2.3 was linked without a symbol of flatbuffers."""
    found = obstacle_to(soc("samsung:E9965"))
    assert found is not None
    assert "undefined symbol" in found.reason
    assert "another version of ai-edge-litert" in found.advice


def test_an_sdk_without_its_libraries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install("ai_edge_litert_sdk_google_tensor", "", monkeypatch, tmp_path)
    found = obstacle_to(soc("google_tensor:G4"))
    assert found is not None
    assert found.reason.endswith("is installed without data/liblitert_plugin_compiler.so")
    assert "download" in found.advice


def test_an_sdk_with_its_libraries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    library = "data/liblitert_plugin_compiler.so"
    install("ai_edge_litert_sdk_google_tensor", library, monkeypatch, tmp_path)
    assert obstacle_to(soc("google_tensor:G4")) is None
    path = sdk.library_path(soc("google_tensor:G4"))
    assert path.startswith(str(tmp_path / "ai_edge_litert_sdk_google_tensor" / "data"))


def test_an_sdk_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GOOGLE_TENSOR_COMPILER_LIB", str(tmp_path))
    assert obstacle_to(soc("google_tensor:G4")) is None
    assert sdk.library_path(soc("google_tensor:G4")).startswith(str(tmp_path))


def test_a_library_that_does_not_load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    library = "data/lib/x86_64-linux-clang/libQnnHtp.so"
    install("ai_edge_litert_sdk_qualcomm", library, monkeypatch, tmp_path)
    found = obstacle_to(soc("qualcomm:SM8750"))
    assert found is not None
    assert "libQnnHtp.so: file too short" in found.reason
    assert "ai-edge-litert-sdk-qualcomm" in found.advice


@pytest.mark.parametrize(("chip", "version"), [("MT6991", "v8"), ("MT6993", "v9")])
def test_mediatek_has_two_versions(
    chip: str, version: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    library = f"data/{version}_0_1/host/lib/libneuron_adapter.so"
    install("ai_edge_litert_sdk_mediatek", library, monkeypatch, tmp_path)
    assert obstacle_to(soc(f"mediatek:{chip}")) is None
    other = "MT6993" if chip == "MT6991" else "MT6991"
    assert obstacle_to(soc(f"mediatek:{other}")) is not None


def test_intels_npu_needs_more_than_its_cpu() -> None:
    (openvino,) = requirements_of(soc("intel:LNL/cpu"))
    assert requirements_of(soc("intel:LNL"))[0] == openvino
    found = obstacle_to(soc("intel:LNL"))
    assert found is not None
    assert "compile for OpenVINO on the CPU with intel:LNL/cpu" in found.advice


def test_without_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing: Any = lambda _vendor: None  # noqa: E731
    monkeypatch.setattr(sdk, "plugin_of", nothing)
    found = obstacle_to(soc("intel:LNL/cpu"))
    assert found is not None
    assert "no compiler plugin of intel" in found.reason


def test_no_vendors_package_is_imported() -> None:
    for name in PACKAGES:
        obstacle_to(soc(name))
    assert [
        name for name in sys.modules if name.startswith(("ai_edge_litert_sdk", "openvino"))
    ] == []
