"""The record of how a file was made, in the custom metadata of its metadata."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import attrs

from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.scalars import exactly
from litert_ir.metadata.flatbuffer import Node

NAME = "litert_ir"
"""The name of the record among the custom metadata."""


_FRAMEWORKS = ("litert_ir", "keras", "tensorflow", "jax")
"""The packages that are named in any case."""


@attrs.frozen
class Tool:
    """A package that took part in making a file.

    Attributes:
        name: Its name on PyPI.
        version: Its version.
    """

    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@attrs.frozen(kw_only=True)
class FileOrigin:
    """The record of the making of a file.

    Attributes:
        plan: The fingerprint of the plan that it was exported by: 64 hexadecimal digits.
        strategy: The strategy that converted it.
        backend: The backend of Keras that the model was traced on.
        tools: The packages that took part, with their versions.
        changes: What was done to the exported file since, such as ``quantized: ...``.
    """

    plan: str
    strategy: str
    backend: str
    tools: tuple[Tool, ...]
    changes: tuple[str, ...] = ()

    def to_json(self) -> bytes:
        """The record as JSON; equal records give equal bytes."""
        document = {
            "plan": self.plan,
            "strategy": self.strategy,
            "backend": self.backend,
            "tools": {tool.name: tool.version for tool in self.tools},
            **({"changes": list(self.changes)} if self.changes else {}),
        }
        return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, content: bytes) -> FileOrigin:
        """Read what `to_json` wrote; keys of later releases are ignored.

        Raises:
            ValueError: When it is something else.
            TypeError: The same.
            KeyError: The same.
        """
        try:
            document: dict[str, Any] = exactly(json.loads(content.decode()), dict)
        except RecursionError as error:
            raise ValueError("JSON that nests too deep") from error
        tools = exactly(document["tools"], dict).items()
        return cls(
            plan=exactly(document["plan"], str),
            strategy=exactly(document["strategy"], str),
            backend=exactly(document["backend"], str),
            tools=tuple(Tool(name, exactly(number, str)) for name, number in tools),
            changes=tuple(
                exactly(each, str) for each in exactly(document.get("changes", []), list)
            ),
        )

    def changed(self, change: str, *packages: str) -> FileOrigin:
        """The record of the file after a change.

        Args:
            change: What was done, in words.
            packages: The names of the packages that did it, on PyPI.
        """
        known = {tool.name for tool in self.tools}
        added = (tool for tool in _installed(packages) if tool.name not in known)
        return attrs.evolve(self, tools=(*self.tools, *added), changes=(*self.changes, change))


def recorded_origin(tree: Node) -> FileOrigin | None:
    """The record in the tree of a file's metadata; None where there is none, or a damaged one."""
    for graph in tree.get("subgraph_metadata", []):
        for node in graph.get("custom_metadata", []):
            if node.get("name") == NAME:
                with contextlib.suppress(ValueError, TypeError, KeyError):
                    return FileOrigin.from_json(node.get("data", b""))
    return None


def origin_of(plan: ExportPlan, strategy: str, packages: Iterable[str] = ()) -> FileOrigin:
    """The record of a file that is made now.

    Args:
        plan: The plan; its versions are those of the frameworks that traced the model.
        strategy: The strategy's name.
        packages: The names of the packages that make the file, on PyPI.
    """
    versions = plan.versions
    frameworks = (("tensorflow", versions.tensorflow), ("jax", versions.jax))
    return FileOrigin(
        plan=plan.fingerprint,
        strategy=strategy,
        backend=versions.backend.value,
        tools=(
            *_installed(["litert_ir"]),
            Tool("keras", versions.keras),
            *(Tool(name, number) for name, number in frameworks if number),
            *_installed(name for name in packages if name not in _FRAMEWORKS),
        ),
    )


def _installed(packages: Iterable[str]) -> Iterator[Tool]:
    for name in packages:
        try:
            yield Tool(name, version(name))
        except PackageNotFoundError:  # found by Python all the same, as from a source tree
            continue
