"""What the process of `tests.backends.jax.process` is asked: every answer is JSON."""

from __future__ import annotations

import functools
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

import litert_ir as lir
from litert_ir.backends import load_jax, load_keras
from litert_ir.backends.model_failures import MODEL_FAILURES, call_failures
from litert_ir.errors import LiteRTIRError
from litert_ir.ir.leaves import Leaf
from litert_ir.verification.cases import random_cases, reference_outputs
from tests.backends.jax import models as jax_models
from tests.backends.jax.models import Returning, Through
from tests.conversion.exports import CASES, fresh, input_specs, model, plan_of
from tests.stablehlo.special_values.differences import DIFFERENT_ON_JAX, Where, compare
from tests.stablehlo.special_values.functions import SWEEPS, ZERO_DIVISORS, Sweep

keras: Any = load_keras()
Question = Callable[[], Any]

STRATEGIES = (lir.Direct(), lir.ConcreteFunction(), lir.SavedModel())


def spec(*shape: int | None, dtype: str = "float32") -> Any:
    return keras.InputSpec(shape=shape, dtype=dtype)


def lines(leaves: Iterable[Leaf]) -> list[str]:
    return [f"{leaf.spec.name} {leaf.spec}" for leaf in leaves]


def interface(model_: Any, *specs: Any, **request: Any) -> list[list[str]]:
    """The inputs and outputs of a plan."""
    plan = lir.plan_for(model_, input_signature=list(specs) or None, **request)
    return [lines(plan.signature.leaves), lines(plan.output_leaves)]


def refusal(ask: Question) -> list[str]:
    """The class and the text of litert_ir's error."""
    try:
        ask()
    except LiteRTIRError as error:
        return [type(error).__name__, str(error)]
    return ["nothing", ""]


# ---- plans and references of the tiny models ---------------------------------------------


def plan_json(trait: str) -> str:
    return plan_of(trait).to_json()


def give_weights(model_: Any) -> None:
    """The same weights on every backend; positive ones, since some are variances."""
    rng = np.random.default_rng(0)
    for weight in model_.weights:
        weight.assign(rng.uniform(0.2, 1.0, weight.shape).astype(weight.dtype))


def references(trait: str) -> list[list[Any]]:
    """Type and values of every output, for the cases that a file would be compared on."""
    made = fresh(trait)  # other tests have the one that is kept
    plan = lir.plan_for(made, input_signature=input_specs(CASES[trait]))
    give_weights(made)
    return [
        [[array.dtype.name, array.tolist()] for array in case.outputs]
        for case in random_cases(plan, made)
    ]


def reference_types() -> list[str]:
    """The numpy types of references, unusual ones among them."""
    names = ("bfloat16", "float16", "float32", "int8", "bool")
    made = Returning(lambda x: [keras.ops.cast(x, name) for name in names])
    plan = lir.plan_for(Returning(lambda x: [x] * len(names)), input_signature=[spec(None, 4)])
    zeros = np.zeros((2, 4), np.float32)
    return [array.dtype.name for array in reference_outputs(plan, made, (zeros,))]


# ---- sizes -------------------------------------------------------------------------------


def built(model_: Any, shape: tuple[int, ...]) -> Any:
    """The model after a first call."""
    model_(np.zeros(shape, np.float32))
    return model_


SIZES: Mapping[str, Question] = {
    "first half": lambda: interface(
        built(Returning(jax_models.first_half), (2, 4, 8)), spec(None, None, 8)
    ),
    "positions": lambda: interface(Returning(jax_models.with_positions), spec(None, None, 8)),
    "windows": lambda: interface(Returning(jax_models.of_wide_windows), spec(None, None, 8)),
    "taken": lambda: interface(Returning(jax_models.with_rows_taken), spec(None, None, 8)),
    "steps": lambda: interface(Returning(jax_models.step_by_step), spec(2, None, 8)),
    "recurrent": lambda: interface(jax_models.recurrent(), spec(None, None, 8)),
    "images": lambda: interface(jax_models.images(), spec(None, None, None, 3)),
    "drawn in vain": lambda: interface(jax_models.Drawing(used=False), spec(None, 4)),
    "flat": lambda: interface(
        Returning(lambda x: [keras.ops.reshape(x, (-1,)), keras.ops.ones((2, 3)), x[:1]]),
        spec(None, 4),
    ),
    "pinned": lambda: interface(model("dict"), batch_size=3),
    "one fixed": lambda: interface(
        Returning(lambda x, y: [x + y, 2.0 * x]), spec(None, 3), spec(7, 3)
    ),
    "static": lambda: interface(Returning(lambda x: x @ keras.ops.ones((4, 2))), spec(3, 4)),
    "constants": lambda: interface(
        Returning(lambda x: [x, 2.5, np.ones((2, 3), "int64"), None]), spec(None, 4)
    ),
    "one output per step": lambda: refusal(
        lambda: interface(Returning(jax_models.one_output_per_step), spec(None, None, 8))
    ),
}


# ---- types -------------------------------------------------------------------------------


def narrowed() -> list[Any]:
    model_, signature = jax_models.of_int64()
    plan = lir.plan_for(model_, input_signature=signature)
    return [*interface(model_, *signature), plan.notes]


def wide() -> list[Any]:
    model_, signature = jax_models.of_int64()
    with load_jax().enable_x64(new_val=True):
        plan = lir.plan_for(model_, input_signature=signature)
        return [lines(plan.signature.leaves), lines(plan.output_leaves), plan.notes]


def of_bfloat16() -> list[Any]:
    """Plan and references of a model that takes and gives bfloat16, without casts of Keras."""
    made = Returning(lambda x: [x * keras.ops.ones((4,), "bfloat16"), x])
    made.autocast = False
    plan = lir.plan_for(made, input_signature=[spec(None, 4, dtype="bfloat16")])
    (values, _) = reference_outputs(plan, made, (np.full((1, 4), 1.001, np.float32),))
    types = [leaf.spec.model_dtype for leaf in (*plan.signature.leaves, *plan.output_leaves)]
    return [
        [lines(plan.signature.leaves), lines(plan.output_leaves), plan.notes],
        [None if dtype is None else dtype.value for dtype in types],
        [values.dtype.name, values.tolist()],
    ]


# ---- specs -------------------------------------------------------------------------------


def jax_specs() -> list[list[str]]:
    struct = load_jax().ShapeDtypeStruct
    batch, length = load_jax().export.symbolic_shape("b, n")
    shapes = ((2, 4), (batch, 4), (batch, 2 * length))
    twice = [Returning(lambda x: 2.0 * x) for _ in shapes]
    return [interface(m, struct(s, "float32"))[0] for m, s in zip(twice, shapes, strict=True)]


def examples() -> list[list[str]]:
    arrays = (np.zeros((2, 4), "float32"), load_jax().numpy.zeros((2, 4)))
    return [interface(Returning(lambda x: 2.0 * x), array)[0] for array in arrays]


def tensorflow_specs() -> list[str]:
    """With TensorFlow imported by the user, on Keras with JAX."""
    import tensorflow as tf

    twice = Returning(lambda x: 2.0 * x)
    return [
        *interface(twice, tf.TensorSpec((None, 4), tf.float32, name="mine"))[0],
        *interface(twice, tf.zeros((2, 4)))[0],
        *refusal(lambda: interface(twice, tf.RaggedTensorSpec((None, None)))),
    ]


# ---- refusals ----------------------------------------------------------------------------


def condition(x: Any) -> Any:
    return x if keras.ops.sum(x) > 0 else -x


def sparse(x: Any) -> Any:
    from jax.experimental import sparse as jax_sparse

    return jax_sparse.BCOO.fromdense(x, nse=4)


REFUSED: Mapping[str, Question] = {
    "condition": lambda: interface(Returning(condition), spec(None, 4)),
    "nothing": lambda: interface(Returning(lambda x: x.nothing), spec(None, 4)),
    "matmul": lambda: interface(Returning(lambda x: x @ keras.ops.ones((7, 2))), spec(None, 4)),
    "mask": lambda: interface(Returning(lambda x: x[x > 0]), spec(None, 4)),
    "nonzero": lambda: interface(Returning(lambda x: keras.ops.nonzero(x)[0]), spec(None, 4)),
    "sparse": lambda: interface(Returning(sparse), spec(None, 4)),
    "key": lambda: interface(Returning(lambda _: load_jax().random.key(0)), spec(None, 4)),
    "strings": lambda: interface(Returning(abs), spec(None, 4, dtype="string")),
    "stateful": lambda: interface(jax_models.stateful()),
    "noise": lambda: interface(jax_models.Drawing(used=True), spec(None, 4)),
    "unbuilt": lambda: interface(Returning(abs)),
    "export": lambda: lir.export(
        model("single"), Path(tempfile.gettempdir(), "no.tflite"), strategies=STRATEGIES
    ),
}


# ---- what planning leaves behind ---------------------------------------------------------


def built_from_shapes() -> list[Any]:
    """A refusal leaves no weights, so that a second try is possible."""
    model_ = Through(keras.layers.Dense(2), keras.layers.BatchNormalization())
    error, _ = refusal(lambda: interface(model_, spec(None, None)))
    weights = len(model_.weights)
    found = interface(model_, spec(None, 4))
    kernel = np.asarray(keras.ops.convert_to_numpy(model_.parts[0].kernel))
    return [error, weights, found, len(model_.weights), kernel.shape, bool(np.any(kernel))]


def untouched() -> list[bool]:
    """Whether the variables, their values and what is random stay as they are."""
    single = model("single")
    keras.utils.set_random_seed(7)
    wanted = np.asarray(keras.random.normal((3,))).tolist()
    keras.utils.set_random_seed(7)
    before = [
        (id(v), np.asarray(keras.ops.convert_to_numpy(v)).tobytes()) for v in single.variables
    ]
    lir.plan_for(single)
    after = [(id(v), np.asarray(keras.ops.convert_to_numpy(v)).tobytes()) for v in single.variables]
    drawn = np.asarray(keras.random.normal((3,))).tolist()
    return [before == after, wanted == drawn]


def losses() -> int:
    class Adding(keras.Model):  # type: ignore[misc]  # keras has no type stubs
        def call(self, x: Any) -> Any:
            self.add_loss(keras.ops.sum(x))
            return 2.0 * x

    model_ = Adding()
    lir.plan_for(model_, input_signature=[spec(None, 4)])
    return len(model_.losses)


def quantized() -> list[Any]:
    """What becomes of a dict model by a calibrated recipe with a rule."""
    model_ = model("dict")
    rng = np.random.default_rng(0)
    shapes = {"image": (1, 8, 8, 3), "extra": (1, 4)}
    samples = [
        {name: rng.standard_normal(shape).astype("float32") for name, shape in shapes.items()}
        for _ in range(8)
    ]
    target = Path(tempfile.gettempdir(), f"quantized-{os.getpid()}.tflite")
    recipe = lir.Quantization.named("int8", {"conv": "skip"})
    result = lir.export(model_, target, quantization=recipe, representative_dataset=samples)
    target.unlink()
    parity = result.parity
    return [result.strategy, parity is not None and parity.agrees]


def beyond_builtins() -> list[str]:
    """What JAX may raise that is no failure of a model by its builtin base."""
    errors = vars(load_jax().errors).values()
    classes = [e for e in errors if isinstance(e, type) and issubclass(e, Exception)]
    assert all(issubclass(error, call_failures()) for error in classes), classes
    return sorted(e.__name__ for e in classes if not issubclass(e, MODEL_FAILURES))


def special_values(sweep: Sweep, known: Mapping[str, Where]) -> dict[str, list[str]]:
    """Where functions differ at special values, and are not known to, or the other way round."""
    return compare(sweep).surprises(sweep, known)


def tensorflow_modules() -> list[str]:
    """What of TensorFlow is loaded."""
    return [name for name in sys.modules if name.startswith("tensorflow")]


PLANS: Mapping[str, Question] = {
    **{f"plan of {trait}": functools.partial(plan_json, trait) for trait in CASES},
    **{f"references of {trait}": functools.partial(references, trait) for trait in CASES},
    **{f"sizes: {name}": question for name, question in SIZES.items()},
    **{f"refused: {name}": functools.partial(refusal, ask) for name, ask in REFUSED.items()},
    "reference types": reference_types,
    "narrowed": narrowed,
    "bfloat16": of_bfloat16,
    "wide": wide,
    "specs of jax": jax_specs,
    "examples": examples,
    "built from shapes": built_from_shapes,
    "untouched": untouched,
    "losses": losses,
    "beyond builtins": beyond_builtins,
    "quantized": quantized,
    "text": lambda: str(plan_of("single")),
    "jax version": lambda: load_jax().__version__,
    "tensorflow": tensorflow_modules,
}
SPECIAL_VALUES: Mapping[str, Question] = {
    **{
        name: functools.partial(special_values, sweep, DIFFERENT_ON_JAX.get(name, {}))
        for name, sweep in {**SWEEPS, "of zero divisors": ZERO_DIVISORS}.items()
    },
    "tensorflow": tensorflow_modules,
}
TOPICS: Mapping[str, Mapping[str, Question]] = {
    "plans": PLANS,
    "special values": SPECIAL_VALUES,
}
"""The last question of each comes last: it is about all that were answered before."""

WITH_TENSORFLOW: Mapping[str, Mapping[str, Question]] = {
    "plans": {"specs of tensorflow": tensorflow_specs}
}
"""Asked when TensorFlow can be imported again."""
