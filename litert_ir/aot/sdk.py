"""Find the packages that each vendor's compiler needs, before any conversion."""

from __future__ import annotations

import ctypes
import functools
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs

from litert_ir.backends.litert.aot_compiler import neuropilot_version, package_folder, plugin_of
from litert_ir.backends.packages import OPENVINO
from litert_ir.errors import ConversionError
from litert_ir.ir.targets import Device, SocTarget, Vendor
from litert_ir.isolation.time_limits import PLUGIN_S
from litert_ir.isolation.worker import Worker

_UNDEFINED = "undefined symbol"


@attrs.frozen(kw_only=True)
class Requirement:
    """One package that a vendor's compiler needs.

    Attributes:
        package: The name of the package for pip.
        module: The package's module, which has the shared libraries below its folder.
        libraries: Patterns below that folder, one of which has to match; the packages download the
            vendor's archive at installation, and are left empty if that fails.
        variable: An environment variable that may name the libraries' folder instead.
        also_in: Another module below whose folder the libraries may be.
    """

    package: str
    module: str
    libraries: tuple[str, ...]
    variable: str = ""
    also_in: str = ""

    def folder(self) -> Path | None:
        """The folder of the libraries; None when they are not installed."""
        named = os.environ.get(self.variable, "") if self.variable else ""
        if named and Path(named).exists():
            return Path(named) if Path(named).is_dir() else Path(named).parent
        return next(self._found(), None)

    def _found(self) -> Iterator[Path]:
        for module in filter(None, (self.module, self.also_in)):
            root = _folder_of(module)
            for pattern in self.libraries if root else ():
                assert root is not None
                yield from (library.parent for library in sorted(root.glob(pattern)))

    @property
    def is_installed(self) -> bool:
        """Return whether the package is installed, with or without the libraries."""
        return _folder_of(self.module) is not None

    def __str__(self) -> str:
        return f"pip install {self.package}"


# Source of the libraries' folders: `path_to_sdk_libs` of the packages, which LiteRT has in
# ci/tools/python/vendor_sdk. Source of their names: the plugins of ai-edge-litert 2.3 load them.
_SDKS: Mapping[Vendor, Requirement] = {
    Vendor.QUALCOMM: Requirement(
        package="ai-edge-litert-sdk-qualcomm",
        module="ai_edge_litert_sdk_qualcomm",
        libraries=("data/lib/x86_64-linux-clang/libQnnHtp.so",),
    ),
    Vendor.GOOGLE_TENSOR: Requirement(
        package="ai-edge-litert-sdk-google-tensor",
        module="ai_edge_litert_sdk_google_tensor",
        libraries=("data/liblitert_plugin_compiler.so",),
        variable="GOOGLE_TENSOR_COMPILER_LIB",
    ),
    Vendor.SAMSUNG: Requirement(
        package="ai-edge-litert-sdk-samsung-nightly",
        module="ai_edge_litert_sdk_samsung",
        libraries=("data/lib/x86_64-linux/*.so*",),
    ),
}
_OPENVINO_LIBRARIES = Requirement(
    package=OPENVINO.requirement,
    module=OPENVINO.module,
    libraries=("libs/libopenvino_tensorflow_lite_frontend.*",),
)
_INTEL_NPU_COMPILER = Requirement(
    package="ai-edge-litert-sdk-intel",
    module="ai_edge_litert_sdk_intel",
    libraries=(
        "data/libopenvino_intel_npu_compiler*.so",
        "libs/libopenvino_intel_npu_compiler*.so",
    ),
    also_in="openvino",
)


def requirements_of(target: SocTarget) -> tuple[Requirement, ...]:
    """Return the packages that compiling for a target needs, beside ai-edge-litert."""
    if target.vendor is Vendor.INTEL:
        npu = (_INTEL_NPU_COMPILER,) if target.device is Device.NPU else ()
        return (_OPENVINO_LIBRARIES, *npu)
    if target.vendor is Vendor.MEDIATEK:
        version = neuropilot_version(target)
        return (
            Requirement(
                package="ai-edge-litert-sdk-mediatek",
                module="ai_edge_litert_sdk_mediatek",
                libraries=(f"data/{version}_*/host/lib/libneuron*adapter*.so",),
            ),
        )
    return (_SDKS[target.vendor],)


@attrs.frozen(kw_only=True)
class Obstacle:
    """The reason why this machine cannot compile for a target.

    Attributes:
        reason: The missing or broken package.
        advice: The next step.
    """

    reason: str
    advice: str


def obstacle_to(target: SocTarget) -> Obstacle | None:
    """Find an obstacle to compiling for a target on this machine; None when none is known."""
    plugin = plugin_of(target.vendor)
    if plugin is None:
        return Obstacle(
            reason=f"the installed ai-edge-litert has no compiler plugin of {target.vendor.value}",
            advice="compile on Linux with x86-64, where ai-edge-litert has them",
        )
    complaint = _complaint_of(plugin, library_path(target))
    if _UNDEFINED in complaint:  # a library in no SDK: the plugin itself was linked wrongly
        return _broken(complaint, "use another version of ai-edge-litert")
    for needed in requirements_of(target):
        if needed.folder() is None:
            return _missing(needed, target)
    if complaint:
        packages = (needed.package.partition("==")[0] for needed in requirements_of(target))
        advice = f"install what the installed ai-edge-litert wants of {', '.join(packages)}"
        return _broken(complaint, advice)
    return None


def _broken(complaint: str, advice: str) -> Obstacle:
    return Obstacle(reason=f"the compiler plugin does not load: {complaint}", advice=advice)


def _missing(needed: Requirement, target: SocTarget) -> Obstacle:
    if needed.is_installed:
        return Obstacle(
            reason=f"{needed.package} is installed without {needed.libraries[0]}",
            advice=f"install {needed.package} again where its download from the vendor succeeds",
        )
    advice = str(needed)
    if needed is _INTEL_NPU_COMPILER:
        elsewhere = attrs.evolve(target, device=Device.CPU)
        advice += f", or compile for OpenVINO on the CPU with {elsewhere}"
    return Obstacle(reason=f"{needed.package} is not installed", advice=advice)


def library_path(target: SocTarget) -> str:
    """Return LD_LIBRARY_PATH for a process that compiles for a target, or runs such files."""
    folders = [needed.folder() for needed in requirements_of(target)]
    inherited = os.environ.get("LD_LIBRARY_PATH", "")
    own = dict.fromkeys(str(folder) for folder in folders if folder)
    return os.pathsep.join(filter(None, (*own, inherited)))


@functools.cache
def _complaint_of(plugin: Path, libraries: str) -> str:
    """Return the loader's error on a plugin, loaded in a child process; empty when it loads."""
    with Worker(environment={"LD_LIBRARY_PATH": libraries}) as worker:
        try:
            return worker.call(
                complaint_of_loader,
                plugin,
                time_limit_s=PLUGIN_S,
                task=f"loading {plugin.name}",
            )
        except ConversionError as error:
            return error.summary


def complaint_of_loader(library: Path) -> str:
    """Load the library in the child process, for `_complaint_of`."""
    try:
        ctypes.CDLL(str(library))
    except OSError as error:
        return str(error)
    return ""


def _folder_of(module: str) -> Path | None:
    try:
        return package_folder(module)
    except ModuleNotFoundError:
        return None
