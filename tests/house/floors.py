"""The floors of the house: which packages of `litert_ir` may import which.

A module imports from its own room and from floors below. A room is a package, or a module where
one package has modules on several floors; rooms side by side on a floor do not see each other.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from tests.house.module_graph import Graph

PACKAGE = "litert_ir"


@attrs.frozen
class Floor:
    """Rooms that stand side by side.

    Attributes:
        purpose: What the rooms have in common.
        rooms: Names of packages and modules, without ``litert_ir.``; ``package.{a, b}`` is one
            room of two modules. A module belongs to the longest name that it is, or is below.
    """

    purpose: str
    rooms: tuple[str, ...]


@attrs.frozen
class House:
    """Floors, from the lowest one up."""

    floors: tuple[Floor, ...]

    def room_of(self, module: str) -> str | None:
        """The room that a module (without ``litert_ir.``) belongs to; None where it has none."""
        names = {
            name: room for floor in self.floors for room in floor.rooms for name in _names(room)
        }
        fitting = [name for name in names if f"{module}.".startswith(f"{name}.")]
        return names[max(fitting, key=len)] if fitting else None

    def floor_of(self, room: str) -> int:
        """The number of a room's floor; 0 is the lowest one."""
        return next(at for at, floor in enumerate(self.floors) if room in floor.rooms)

    def homeless(self, graph: Graph) -> list[str]:
        """Modules without a room."""
        return [module for module in sorted(graph) if self.room_of(_inside(module)) is None]

    def empty_rooms(self, graph: Graph) -> list[str]:
        """Rooms without a module."""
        lived_in = {self.room_of(_inside(module)) for module in graph}
        rooms = (room for floor in self.floors for room in floor.rooms)
        return [room for room in rooms if room not in lived_in]

    def climbs(self, graph: Graph) -> Iterator[str]:
        """The imports that go to another room on the same floor or above, and what to do."""
        for module, imports in sorted(graph.items()):
            here = self.room_of(_inside(module))
            for imported in sorted(imports):
                there = self.room_of(_inside(imported))
                if here is None or there is None or here == there:
                    continue
                if self.floor_of(there) >= self.floor_of(here):
                    yield self._climb(module, here, imported, there)

    def _climb(self, module: str, here: str, imported: str, there: str) -> str:
        below, above = self.floor_of(here), self.floor_of(there)
        return (
            f"{module} (room {here}, floor {below}: {self.floors[below].purpose}) imports "
            f"{imported} (room {there}, floor {above}: {self.floors[above].purpose}): move what "
            f"is shared to a floor below {below}, or pass it in as an argument"
        )


def _names(room: str) -> list[str]:
    """The packages and modules of a room: ``a.{b, c}`` is ``a.b`` and ``a.c``."""
    start, _, members = room.rstrip("}").partition("{")
    return [f"{start}{member}" for member in members.split(", ")]


def _inside(module: str) -> str:
    """A module's name without the package's; the package itself is the room ``litert_ir``."""
    return module.removeprefix(f"{PACKAGE}.")


HOUSE = House(
    (
        Floor("errors; results shown", ("errors", "reports")),
        Floor("the plan as data", ("ir",)),
        Floor(
            "signatures visited; child processes; scratch files",
            ("visitors", "isolation", "scratch"),
        ),
        Floor("frameworks loaded lazily", ("backends",)),
        Floor(
            "dependence of values in a trace", ("backends.{jax.dependence, tensorflow.dependence}",)
        ),
        Floor("Keras models and layers; plug-ins", ("backends.keras", "plugins")),
        Floor("LiteRT files; the tracers' protocol", ("backends.litert", "backends.tracer")),
        Floor("the frameworks below Keras", ("backends.jax", "backends.tensorflow")),
        Floor(
            "the framework that Keras runs on",
            ("backends.{current_tracer, graph_calls, stablehlo_lowering}",),
        ),
        Floor("KerasHub tasks", ("hub",)),
        Floor("model to plan; sample data; files run", ("lowering", "samples", "runtime")),
        Floor(
            "file compared with model; metadata of files",
            ("verification", "metadata"),
        ),
        Floor(
            "integer files; compiled files; files described and timed",
            ("quantization", "aot", "inspection", "measurement", "sample_code"),
        ),
        Floor(
            "the strategies' protocol; the result of a search",
            (
                "conversion.{foreign_strategies, progress, protocol, shown_progress, "
                "target, target_checks}",
                "recipe_search.search_report",
            ),
        ),
        Floor("a file's results written", ("measurement.run_file",)),
        Floor(
            "weights as expressions; MLIR; stages as text",
            ("stablehlo.weights", "stablehlo.mlir", "stablehlo.dump"),
        ),
        Floor(
            "model to module; files of all sizes", ("stablehlo.trace", "stablehlo.dynamic_shapes")
        ),
        Floor(
            "the engine of patterns; files written",
            ("stablehlo.rewrites.engine", "stablehlo.writing"),
        ),
        Floor(
            "patterns",
            (
                "stablehlo.rewrites.canonicalize",
                "stablehlo.rewrites.layers",
                "stablehlo.rewrites.numbers",
            ),
        ),
        Floor(
            "patterns that use those",
            (
                "stablehlo.rewrites.complex",
                "stablehlo.rewrites.indexing",
                "stablehlo.rewrites.tensorflow_ops",
            ),
        ),
        Floor("patterns in their order", ("stablehlo.rewrites",)),
        Floor("modules specialized", ("stablehlo.trace.modules",)),
        Floor("the skeleton legalized", ("stablehlo.skeleton",)),
        Floor("a strategy that quantizes", ("conversion.quantized",)),
        Floor("strategies in a child process", ("conversion.in_child",)),
        Floor("strategies", ("stablehlo", "conversion.tensorflow")),
        Floor("request to result", ("conversion",)),
        Floor("recipes searched", ("recipe_search",)),
        Floor("verbs", ("verbs", "file_verbs", "metadata_verb", "page_verb", "model_file_verbs")),
        Floor(
            "verbs in the places of others; layers explained; the installation diagnosed",
            ("task_exporter", "drop_in", "explanation", "diagnosis"),
        ),
        Floor("public names", ("litert_ir", "testing")),
        Floor("command line", ("cli",)),
        Floor("python -m litert_ir", ("__main__",)),
    )
)


def floors_table() -> str:
    """The floors as a table in Markdown, the highest one first."""
    rows = (
        f"| {number} | {', '.join(f'`{room}`' for room in floor.rooms)} | {floor.purpose} |"
        for number, floor in reversed(list(enumerate(HOUSE.floors)))
    )
    return "\n".join(["| floor | rooms | purpose |", "|---|---|---|", *rows])
