"""The packages that do the work: their availability, their installation, and advice.

Nothing is imported to tell. The versions and markers are those of ``pyproject.toml``.
"""

from __future__ import annotations

import importlib.util
import platform
import shlex

import attrs

from litert_ir.errors import MissingDependencyError


@attrs.frozen(kw_only=True)
class Package:
    """One package of PyPI.

    Attributes:
        module: The name that Python imports it by.
        requirement: The name and the versions that pip installs, such as ``jax>=0.10``.
        purpose: The work that needs it; "" for a package that is none of `PACKAGES`.
        marker: The environments that PyPI has the package for, as a dependency specifier says
            it; empty for all that litert_ir is for.
        elsewhere: Advice for other environments.
    """

    module: str
    requirement: str
    purpose: str = ""
    marker: str = ""
    elsewhere: str = ""

    @property
    def name(self) -> str:
        """Its name on PyPI."""
        return self.requirement.rstrip("<>=.,0123456789")

    @property
    def is_installed(self) -> bool:
        """Tell whether it can be imported; a folder left behind by an uninstallation cannot."""
        found = importlib.util.find_spec(self.module)
        return found is not None and found.origin is not None

    @property
    def is_available(self) -> bool:
        """Tell whether PyPI has it for this Python on this machine."""
        from packaging.markers import Marker  # for the error alone

        return not self.marker or Marker(self.marker).evaluate()

    @property
    def advice(self) -> str:
        """The command that installs it; where none does, the reason and the alternative."""
        if self.is_available:
            return f"pip install {shlex.quote(self.requirement)}"
        return f"PyPI has no {self.name} for {_environment()}: {self.elsewhere}"

    def absence(self) -> str | None:
        """The reason that it cannot be imported, with advice, in a line; None when installed."""
        return None if self.is_installed else f"{self.name} is not installed: {self.advice}"

    def require(self, purpose: str) -> None:
        """Require that it is installed.

        Args:
            purpose: The work that needs it.

        Raises:
            MissingDependencyError: With what installs it.
        """
        if not self.is_installed:
            raise missing(self.module, where=purpose, received=f"no module {self.module!r}")


KERAS = Package(module="keras", purpose="every export", requirement="keras>=3.15,<3.16")
TENSORFLOW = Package(
    module="tensorflow",
    purpose="Keras on TensorFlow",
    requirement="tensorflow>=2.21,<2.22",
    marker='python_version < "3.14"',
    elsewhere="use Keras on JAX (KERAS_BACKEND=jax), or Python 3.13",
)
JAX = Package(module="jax", purpose="Keras on JAX", requirement="jax>=0.10,<0.11")
KERAS_HUB = Package(
    module="keras_hub",
    purpose="KerasHub's tasks",
    requirement="keras-hub>=0.32,<0.33",
    marker='python_version < "3.14"',  # on POSIX it needs tensorflow-text, and that TensorFlow
    elsewhere="use Python 3.13",
)
INTERPRETER = Package(
    module="ai_edge_litert",
    purpose="every export, and running files",
    requirement="ai-edge-litert>=2.3",
)
CONVERTER = Package(
    module="litert_converter",
    purpose="the strategy stablehlo",
    requirement="litert-converter>=0.5,<0.6",
    marker=(
        '(sys_platform == "linux" and platform_machine == "x86_64") or '
        '(sys_platform == "darwin" and platform_machine == "arm64")'
    ),
    elsewhere="use another strategy, with Keras on TensorFlow, or Linux on x86-64",
)
QUANTIZER = Package(
    module="litert_quantizer", purpose="quantized files", requirement="litert-quantizer>=0.11,<0.12"
)
MATPLOTLIB = Package(module="matplotlib", purpose="plots", requirement="matplotlib>=3.10")
MODEL_EXPLORER = Package(
    module="model_explorer", purpose="graphs of files", requirement="ai-edge-model-explorer>=0.1.34"
)
PILLOW = Package(module="PIL", purpose="images", requirement="pillow>=11.0")
OPENVINO = Package(
    module="openvino", purpose="compiling for Intel's chips", requirement="openvino==2026.3.1"
)
"""The plugin of ai-edge-litert 2.3 is linked against ``libopenvino.so.2631``, which is this one."""

PACKAGES = (
    KERAS,
    TENSORFLOW,
    JAX,
    KERAS_HUB,
    INTERPRETER,
    CONVERTER,
    QUANTIZER,
    MATPLOTLIB,
    MODEL_EXPLORER,
    PILLOW,
    OPENVINO,
)


def package_of(module: str) -> Package | None:
    """The one of `PACKAGES` that a module is in, such as ``keras_hub.src.models``."""
    root = module.partition(".")[0]
    return next((package for package in PACKAGES if package.module == root), None)


def missing(module: str, *, where: str, received: str) -> MissingDependencyError:
    """The error for a missing module.

    Args:
        module: The name of a package's module; of one that is none of `PACKAGES`, pip may know
            another name.
        where: The work that needs it.
        received: The package or error found instead.
    """
    known = package_of(module)
    return MissingDependencyError(
        f"The package {known.name if known else module!r} is not installed.",
        where=where,
        received=received,
        advice=known.advice if known else f"pip install {module}",
    )


def _environment() -> str:
    version = ".".join(platform.python_version_tuple()[:2])
    return f"Python {version} on {platform.system()} {platform.machine()}"
