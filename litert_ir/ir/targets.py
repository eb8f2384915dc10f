"""The targets of ahead-of-time compilation, and their notation."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Sequence
from typing import TypeVar, assert_never

import attrs

from litert_ir.errors import OptionsError
from litert_ir.errors.nearest_names import did_you_mean
from litert_ir.errors.shown import shown

E = TypeVar("E", bound=enum.Enum)

WHERE = "aot_compile_targets"


class CpuAbi(enum.Enum):
    """The CPUs whose names stand for the portable file.

    LiteRT has no compiler for CPUs: one file serves all of them, and XNNPACK prepares its
    weights for the CPU when it is loaded.
    """

    ARM64 = "arm64"
    X86_64 = "x86_64"
    ARM = "arm"
    RISCV64 = "riscv64"


class Vendor(enum.Enum):
    """The makers of chips whose compilers `ai_edge_litert.aot` can call."""

    QUALCOMM = "qualcomm"
    MEDIATEK = "mediatek"
    GOOGLE_TENSOR = "google_tensor"
    SAMSUNG = "samsung"
    INTEL = "intel"


class Device(enum.Enum):
    """The part of a chip that the compiled operators run on."""

    NPU = "npu"
    CPU = "cpu"


@attrs.frozen
class CpuTarget:
    """The portable file, checked against the limits of a CPU's ABI.

    Attributes:
        abi: The CPU.
    """

    abi: CpuAbi = attrs.field(validator=attrs.validators.instance_of(CpuAbi))

    def __str__(self) -> str:
        return self.abi.value


def _is_soc(_target: object, _attribute: object, value: str) -> None:
    if not _SOC.fullmatch(value):
        raise ValueError(f"a chip's name has upper-case letters, digits and _, not {value!r}")


@attrs.frozen
class SocTarget:
    """A chip, for which its vendor's compiler makes a file of its own.

    Attributes:
        vendor: The chip's maker.
        soc: Its name, in upper case.
        device: Which part of it runs the compiled operators. Intel's compiler, OpenVINO, knows
            the CPU as well; all others are for NPUs.
    """

    vendor: Vendor = attrs.field(validator=attrs.validators.instance_of(Vendor))
    soc: str = attrs.field(validator=_is_soc)
    device: Device = attrs.field(default=Device.NPU, validator=attrs.validators.instance_of(Device))

    def __attrs_post_init__(self) -> None:
        if self.device not in devices_of(self.vendor):
            raise ValueError(f"{self.vendor.value} compiles for its NPU alone")

    @property
    def file_label(self) -> str:
        """The part of the file's name that tells the target: ``intel-LNL``, ``intel-LNL-cpu``."""
        return re.sub(r"[:/]", "-", str(self))

    def __str__(self) -> str:
        device = "" if self.device is Device.NPU else f"/{self.device.value}"
        return f"{self.vendor.value}:{self.soc}{device}"


CompileTarget = CpuTarget | SocTarget

_SOC = re.compile(r"[A-Z0-9][A-Z0-9_]*")
_WRITTEN = re.compile(r"(?P<vendor>[^:/]+):(?P<soc>[^:/]+)(/(?P<device>[^:/]+))?")
_FORM = "a CPU (arm64, x86_64, arm, riscv64) or vendor:CHIP, such as qualcomm:SM8750"
_GOOGLE_PREFIX = "TENSOR_"


def devices_of(vendor: Vendor) -> tuple[Device, ...]:
    """The devices that a vendor's compiler compiles for, the usual one first."""
    return (Device.NPU, Device.CPU) if vendor is Vendor.INTEL else (Device.NPU,)


def parse_target(name: object) -> CompileTarget:
    """Read a target, in upper or lower case.

    Whether a vendor has such a chip is not known here; see `litert_ir.aot.catalogue`.

    Args:
        name: ``arm64``, ``vendor:CHIP``, or ``intel:CHIP/cpu``.

    Raises:
        OptionsError: When it is no such name, with the nearest one that is.

    Example:
        >>> print(parse_target("Intel:lnl/CPU"), parse_target("google_tensor:Tensor_G4"))
        intel:LNL/cpu google_tensor:G4
    """
    if not isinstance(name, str) or not name.strip():
        raise OptionsError(
            "A compile target is a name.", where=WHERE, expected=_FORM, received=shown(name)
        )
    text = name.strip().lower()
    written = _WRITTEN.fullmatch(text)
    if written is None:
        return CpuTarget(_cpu(text))
    vendor = _member("vendor", written["vendor"], Vendor)
    soc = written["soc"].upper()
    if vendor is Vendor.GOOGLE_TENSOR:
        soc = soc.removeprefix(_GOOGLE_PREFIX)
    device = _member("device", written["device"] or Device.NPU.value, Device)
    try:
        return SocTarget(vendor, soc, device)
    except ValueError as error:
        raise OptionsError(
            "This is not a compile target.",
            where=WHERE,
            expected=f"{_FORM}; {error}",
            received=shown(name),
        ) from error


def canonical_targets(names: Iterable[object]) -> tuple[str, ...]:
    """The names as they are written in plans, each once.

    Raises:
        TypeError: When a string is given where a tuple of strings is needed.
        OptionsError: When one is no target.
    """
    if isinstance(names, str):
        raise TypeError(f"a tuple is needed, received the string {names!r}")
    return tuple(dict.fromkeys(str(parse_target(name)) for name in names))


def notes_on(targets: Iterable[CompileTarget], dynamic: Sequence[str] = ()) -> tuple[str, ...]:
    """Notes of a plan on the limits of its targets.

    Args:
        targets: The targets.
        dynamic: The names of the inputs with dynamic dimensions.

    Example:
        >>> print(*notes_on([parse_target("arm64")]))
        arm64 means the portable file: LiteRT has no compiler for CPUs, so nothing is compiled
    """
    notes = []
    for target in targets:
        if dynamic and isinstance(target, SocTarget):
            notes.append(
                f"{target} takes static shapes alone: fix the sizes of {', '.join(dynamic)} before "
                "this is executed"
            )
        match target:
            case CpuTarget():
                notes.append(
                    f"{target} means the portable file: LiteRT has no compiler for CPUs, so "
                    "nothing is compiled"
                )
            case SocTarget(device=Device.CPU):
                notes.append(f"{target} compiles for OpenVINO on the CPU, not for the chip's NPU")
            case SocTarget():
                pass
            case _:
                assert_never(target)
    return tuple(notes)


def unknown_target(what: str, received: str, names: Iterable[str]) -> OptionsError:
    """The error for a name that is none of ``names``, with the nearest one of them.

    Args:
        what: The noun for such a name.
        received: The name.
        names: The valid names.
    """
    known = list(names)
    return OptionsError(
        f"Unknown {what} {received!r}.{did_you_mean(received, known)}",
        where=WHERE,
        expected=", ".join(known),
        received=shown(received),
        advice="litert-ir targets lists all compile targets",
    )


def _cpu(text: str) -> CpuAbi:
    vendor = next((v.value for v in Vendor if re.split("[:/]", text)[0] == v.value), None)
    if vendor is None and ":" not in text:
        return _member("CPU", text, CpuAbi)
    raise OptionsError(
        "This is not a compile target." if vendor is None else "A chip's target names the chip.",
        where=WHERE,
        expected=_FORM if vendor is None else f"{vendor}:CHIP",
        received=shown(text),
        advice="litert-ir targets lists all compile targets",
    )


def _member(what: str, text: str, members: type[E]) -> E:
    for member in members:
        if member.value == text:
            return member
    raise unknown_target(what, text, [str(member.value) for member in members])
