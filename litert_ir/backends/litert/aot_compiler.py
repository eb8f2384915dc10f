"""LiteRT's ahead-of-time compilers: their chips, their places, and their call."""

from __future__ import annotations

import contextlib
import importlib.util
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from litert_ir.backends import load_aot
from litert_ir.errors import AotError
from litert_ir.ir.targets import SocTarget, Vendor

_FOLDERS: Mapping[Vendor, str] = {
    Vendor.QUALCOMM: "qualcomm",
    Vendor.MEDIATEK: "mediatek",
    Vendor.GOOGLE_TENSOR: "google_tensor",
    Vendor.SAMSUNG: "samsung",
    Vendor.INTEL: "intel_openvino",
}
"""Each vendor's folder of ``ai_edge_litert/vendors`` and module of ``ai_edge_litert.aot``."""

_ALL = "ALL"
_GOOGLE_PREFIX = "TENSOR_"
_REPORT = re.compile(r"See (\S+\.error) for details")
"""The file of a compiler's output in a message; source: ai_edge_litert/aot/core/apply_plugin.py."""

_NOISE = re.compile(
    r"^\s*$|^[\s_/\\()|,<>]+$|^\[LITERT_TOOLS:\w+\](?!.*Fail)|^(CMD|MODEL|SOC_\w+):"
    r"|^INFO: (?!.*(not supported|Partitioned|Exception))|npu_registry|unknown SDK version"
)
"""Lines that a compiler prints in every run, failed or not."""

_MOST_LINES = 20


@attrs.frozen(kw_only=True)
class AppliedCompiler:
    """The result of a compiler.

    Attributes:
        path: The compiled file.
        partitions: How many parts of the model it took over, by its own account; 0 where it
            gives none.
    """

    path: Path
    partitions: int


def chips_of(vendor: Vendor) -> tuple[str, ...]:
    """The chips that the installed `ai_edge_litert` compiles for, in its order.

    Raises:
        MissingDependencyError: When it is not installed.
    """
    names = (str(member.value).upper() for member in _target_module(vendor).SocModel)
    return tuple(name.removeprefix(_GOOGLE_PREFIX) for name in names if name != _ALL)


def plugin_of(vendor: Vendor) -> Path | None:
    """The vendor's compiler plugin; None where the installed wheel has none.

    The wheels of ai-edge-litert 2.3 have plugins on Linux for x86-64 alone.
    """
    return next(iter(sorted(_vendor_folder(vendor, "compiler").glob("lib*.so"))), None)


def dispatch_folder_of(vendor: Vendor) -> Path | None:
    """Find the folder of the library that runs a vendor's compiled files; None if there is none."""
    folder = _vendor_folder(vendor, "dispatch")
    return folder if any(folder.glob("lib*.so")) else None


def neuropilot_version(target: SocTarget) -> str:
    """The version of MediaTek's SDK that compiles for a chip, such as ``v8``."""
    module = _target_module(Vendor.MEDIATEK)
    return str(module.map_soc_to_np_version(module.SocModel(target.soc)))


def apply_compiler(source: Path, folder: Path, target: SocTarget) -> AppliedCompiler:
    """Compile a file; call it in a child process, whose folder for temporary files is ``folder``.

    Args:
        source: The portable file.
        folder: Where the compiled file and everything else goes; the working directory
            meanwhile, as MediaTek's plugin writes to it.
        target: The target to compile for.

    Raises:
        AotError: When the compiler fails, with what it said.
    """
    with contextlib.chdir(folder):
        try:
            result = load_aot("aot_compile").aot_compile(
                str(source),
                output_dir=str(folder),
                target=_vendor_target(target),
                keep_going=False,
                **_settings(target),
            )
        except (ValueError, OSError) as error:
            raise _failure(target, str(error)) from error
    if not result.models:
        raise _failure(target, "no file was made, and no reason given")
    (model,) = result.models
    stats = model.partition_stats.subgraph_stats if model.partition_stats else ()
    partitions = sum(entry.num_partitions_offloaded for entry in stats)
    return AppliedCompiler(path=Path(model.path), partitions=partitions)


def telling_lines(output: str) -> str:
    r"""Return a compiler's messages of its failure, without the lines that every run prints.

    Example:
        >>> print(telling_lines("INFO: [a.cc:1] Creating\nERROR: [b.cc:2] no libQnnHtp.so"))
        ERROR: [b.cc:2] no libQnnHtp.so
    """
    lines = [line.rstrip() for line in output.splitlines() if not _NOISE.search(line)]
    return "\n".join(lines[-_MOST_LINES:])


def _failure(target: SocTarget, message: str) -> AotError:
    named = _REPORT.search(message)
    output = ""
    if named is not None:
        with contextlib.suppress(OSError):
            output = Path(named[1]).read_text(encoding="utf-8", errors="replace")
    failure = AotError(
        "The vendor's compiler failed.",
        where=str(target),
        received=telling_lines(output) or message,
        advice="the lines are the compiler's own: change what it does not take, or leave the "
        "target out",
    )
    failure.native_output = output
    return failure


def _settings(target: SocTarget) -> dict[str, str]:
    """The compiler's flags; source: litert/tools/flags/vendors/intel_openvino_flags.cc."""
    if target.vendor is Vendor.INTEL:
        return {"intel_openvino_graph_backends": target.device.value}
    return {}


def _vendor_target(target: SocTarget) -> Any:
    module = _target_module(target.vendor)
    (model,) = (
        member
        for member in module.SocModel
        if str(member.value).upper().removeprefix(_GOOGLE_PREFIX) == target.soc
    )
    return module.Target(model)


def _target_module(vendor: Vendor) -> Any:
    return load_aot(f"vendors.{_FOLDERS[vendor]}.target")


def _vendor_folder(vendor: Vendor, kind: str) -> Path:
    return package_folder("ai_edge_litert") / "vendors" / _FOLDERS[vendor] / kind


def package_folder(module: str) -> Path:
    """The folder of an installed package, which is not imported.

    Raises:
        ModuleNotFoundError: When there is none.
    """
    found = importlib.util.find_spec(module)
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(f"No package named {module!r}", name=module)
    return Path(next(iter(found.submodule_search_locations)))
