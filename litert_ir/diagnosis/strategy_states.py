"""Find what each strategy can do here, by asking it: float and quantized files, on each backend."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from litert_ir.backends import installed_backends
from litert_ir.backends.packages import INTERPRETER, KERAS
from litert_ir.conversion.defaults import DEFAULT_STRATEGIES
from litert_ir.conversion.protocol import ConversionStrategy
from litert_ir.conversion.route import candidate_for
from litert_ir.conversion.strategy_names import installed_plugins
from litert_ir.errors import PluginError
from litert_ir.ir.backend import ConvertibleBackend
from litert_ir.ir.file_options import FileOptions
from litert_ir.ir.plan import ExportPlan, ModelKind, ModelSummary, Versions
from litert_ir.ir.quantization import Precision, Quantization
from litert_ir.ir.signature import Argument, Signature
from litert_ir.ir.tensor import DType, DynamicDim, TensorSpec

_RECIPES = {"float": Quantization(), "quantized": Quantization(Precision.DYNAMIC_RANGE)}


@attrs.frozen(kw_only=True)
class StrategyState:
    """The ability of a strategy to make a kind of file here, of models of a backend.

    Attributes:
        strategy: Its name.
        backend: The backend that Keras runs on.
        file: The kind of file, ``float`` or ``quantized``.
        obstacle: The reason that it cannot, with advice; "" where it can.
    """

    strategy: str
    backend: str
    file: str
    obstacle: str

    @property
    def is_able(self) -> bool:
        """Tell whether the strategy can make the file."""
        return not self.obstacle


def strategy_states() -> tuple[StrategyState, ...]:
    """Ask each strategy, and each plug-in, about a small model; nothing is converted.

    Plug-ins are imported.
    """
    return tuple(_states())


def _states() -> Iterator[StrategyState]:
    for backend in ConvertibleBackend:
        missing = _missing(backend)
        for strategy in DEFAULT_STRATEGIES:
            for file, recipe in _RECIPES.items():
                obstacle = missing or _obstacle(strategy, _plan(backend, recipe))
                yield _state(strategy.name, backend, file, obstacle)
        for plugged in installed_plugins():
            try:
                strategy = plugged.load()
            except PluginError as error:
                name = f"{plugged.plugin.name} of {plugged.plugin.distribution}"
                yield _state(name, backend, "float", f"cannot be used: {error.received}")
                continue
            for file, recipe in _RECIPES.items():
                obstacle = missing or _obstacle(strategy, _plan(backend, recipe))
                yield _state(strategy.name, backend, file, obstacle)


def _state(strategy: str, backend: ConvertibleBackend, file: str, obstacle: str) -> StrategyState:
    return StrategyState(strategy=strategy, backend=backend.value, file=file, obstacle=obstacle)


def _missing(backend: ConvertibleBackend) -> str:
    """Return the reason that no model of a backend can be converted and compared here."""
    if backend not in installed_backends():
        from litert_ir.backends import package_of

        return package_of(backend).absence() or ""
    return KERAS.absence() or INTERPRETER.absence() or ""


def _obstacle(strategy: ConversionStrategy, plan: ExportPlan) -> str:
    refusal = candidate_for(plan, strategy).refusal
    return "" if refusal is None else refusal.reason


def _plan(backend: ConvertibleBackend, recipe: Quantization) -> ExportPlan:
    """Return the plan of a dense layer, of which no strategy has a reason to refuse the model."""
    batch = DynamicDim("batch")
    x = TensorSpec(name="x", shape=(batch, 4), dtype=DType.FLOAT32)
    y = TensorSpec(name="y", shape=(batch, 2), dtype=DType.FLOAT32)
    return ExportPlan(
        kind=ModelKind.FUNCTIONAL,
        model=ModelSummary(
            name="dense",
            type="keras.src.models.functional.Functional",
            parameters=10,
            weight_bytes=40,
            compute_dtypes=(DType.FLOAT32,),
        ),
        signature=Signature((Argument("inputs", x),)),
        outputs=y,
        adapter=None,
        options=FileOptions(recipe=recipe),
        versions=Versions(litert_ir="", keras="", backend=backend),
    )
