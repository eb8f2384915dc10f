"""The Python examples of the papers run, those of one paper one after the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

import litert_ir as lir
from litert_ir.backends import load_keras
from litert_ir.isolation.worker import shared_worker
from tests.aot.files import needs_plugins
from tests.hub.tiny_tasks import bert_classifier
from tests.papers import in_child
from tests.papers.paper import PAPERS, ROOT, blocks, name_of

Scope = dict[str, Any]


def image_classifier(*, features: int = 4, classes: int = 5) -> Any:
    keras = load_keras()
    keras.utils.set_random_seed(0)
    images = keras.Input((8, 8, 3), name="images")
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(features, 3)(images))
    return keras.Model(images, keras.layers.Dense(classes, name="predictions")(x))


def series_classifier() -> Any:
    keras = load_keras()
    x = keras.Input((None, 8), name="x")
    steps = keras.layers.Conv1D(4, 5, strides=2, padding="same")(x)
    return keras.Model(x, keras.layers.Dense(3)(keras.layers.GlobalMaxPooling1D()(steps)))


def an_image_model() -> Scope:
    images = np.random.default_rng(0).standard_normal((2, 8, 8, 3)).astype(np.float32)
    return {"lir": lir, "model": image_classifier(), "images": images}


def a_model_that_rounding_changes() -> Scope:
    """With weights enough for them to be stored as integers, which small ones are not."""
    return {"lir": lir, "keras": load_keras(), "model": image_classifier(features=64, classes=50)}


def a_model_and_its_plan() -> Scope:
    scope = an_image_model()
    return {**scope, "plan": lir.plan_for(scope["model"])}


def a_model_and_its_file() -> Scope:
    scope = an_image_model()
    lir.export(scope["model"], "model.tflite")
    return scope


def a_model_and_two_files() -> Scope:
    scope = a_model_and_its_file()
    lir.export(scope["model"], "small.tflite", quantization="float16")
    return scope


def two_files_to_run() -> Scope:
    """A classifier of digits with a digit, and an image model twice."""
    scope = an_image_model()
    lir.export(scope["model"], "mobilenet.tflite")
    lir.export(scope["model"], "small.tflite", quantization="float16")
    keras = load_keras()
    digits = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten()])
    digits.add(keras.layers.Dense(10, activation="softmax", name="scores"))
    lir.export(digits, "digits.tflite")
    np.save("digit.npy", np.ones((28, 28, 1), np.float32))
    return {"lir": lir}


def a_series() -> Scope:
    return {"lir": lir, "series": series_classifier()}


def a_task() -> Scope:
    return {"lir": lir, "task": bert_classifier(sequence_length=12)}


@attrs.frozen(kw_only=True)
class Shown:
    """What the examples of a paper need and do.

    Attributes:
        scope: Makes the names that they take for granted.
        files: What they write, or the scope.
        printed: Some of what they print.
    """

    scope: Callable[[], Scope]
    files: frozenset[str] = frozenset()
    printed: tuple[str, ...] = ()


EXAMPLES = {
    "README.md": Shown(
        scope=an_image_model,
        files=frozenset({"model.tflite", "small.tflite", "one.tflite", "kept.tflite"}),
        printed=("stablehlo", "predictions: agrees", "Saved artifact at"),
    ),
    "litert_ir/conversion/README.md": Shown(
        scope=a_model_and_its_plan,
        files=frozenset({"model.tflite"}),
        printed=(
            "Saved artifact at",
            "plain: accepted",
            "only-static: refused: an input has a dynamic dimension",
            "concrete-function: accepted",
        ),
    ),
    "litert_ir/errors/README.md": Shown(scope=an_image_model, printed=("int16x8", "int9")),
    "litert_ir/explanation/README.md": Shown(
        scope=a_model_and_its_file,
        files=frozenset({"model.tflite", "errors.png"}),
        printed=("model.tflite: the outputs agree; no layer departs",),
    ),
    "litert_ir/metadata/README.md": Shown(
        scope=an_image_model, files=frozenset({"pets.tflite"}), printed=("Pets 1.2, by Ada",)
    ),
    "litert_ir/sample_code/README.md": Shown(
        scope=a_model_and_its_file, files=frozenset({"model.tflite"}), printed=("fun run(",)
    ),
    "litert_ir/hub/README.md": Shown(
        scope=a_task,
        files=frozenset({"task.tflite", "short.tflite", "tagger.tflite"}),
        printed=(
            "sequence_length 12 (preprocessor.sequence_length)",
            "tagger by TaggerConfig",
            "sequence_length 16 (max_sequence_length)",
        ),
    ),
    "litert_ir/inspection/README.md": Shown(
        scope=a_model_and_two_files,
        files=frozenset({"model.tflite", "small.tflite", "model.html"}),
        printed=("model.tflite: ", "all in XNNPACK", "Bytes by layer"),
    ),
    "litert_ir/ir/README.md": Shown(scope=an_image_model, printed=("ExportPlan", "\n1\n")),
    "litert_ir/isolation/README.md": Shown(scope=dict, printed=("1.414",)),
    "litert_ir/measurement/README.md": Shown(
        scope=two_files_to_run,
        files=frozenset({"digits.tflite", "digit.npy", "mobilenet.tflite", "small.tflite"}),
        printed=("First classes of scores", "(1, 28, 28, 1) float32", "digit.npy"),
    ),
    "litert_ir/lowering/README.md": Shown(
        scope=a_series,
        files=frozenset({"series.tflite"}),
        printed=("(batch=?, length=32..512:8, 8) float32",),
    ),
    "litert_ir/quantization/README.md": Shown(
        scope=a_model_and_its_file,
        files=frozenset(
            {"model.tflite", "small.tflite", "int8.tflite", "mixed.tflite", "errors.png"}
        ),
    ),
    "litert_ir/recipe_search/README.md": Shown(
        scope=an_image_model,
        files=frozenset({"small.tflite", "fast.tflite"}),
        printed=("Recipes tried", "chosen", "Quantization("),
    ),
    "litert_ir/runtime/README.md": Shown(
        scope=a_model_and_its_file, files=frozenset({"model.tflite"}), printed=("images", "float32")
    ),
    "litert_ir/testing/README.md": Shown(scope=lambda: {"lir": lir}, printed=("ExportPlan",)),
    "litert_ir/verification/README.md": Shown(
        scope=a_model_that_rounding_changes,
        files=frozenset({"model.tflite"}),
        printed=(
            "predictions: agrees",
            "predictions: DIFFERS",
            "The file does not compute what the Keras model computes.",
            "no layer departs",
        ),
    ),
    "litert_ir/aot/README.md": Shown(
        scope=an_image_model, files=frozenset({"chip.tflite", "chip.intel-LNL-cpu.tflite"})
    ),
}


PATTERNS = "litert_ir/stablehlo/README.md"


def test_every_paper_with_examples_is_run() -> None:
    shown = {name_of(paper) for paper in PAPERS if blocks(paper, "python")}
    assert shown == {*EXAMPLES, PATTERNS}


def test_the_patterns_make_of_their_examples_what_they_say() -> None:
    made = {}
    for block in blocks(ROOT / PATTERNS, "python"):
        made.update(shared_worker().call(in_child.examples_of, block.text))
    assert set(made) == {"cancel_negations"}
    for name, (found, said) in made.items():
        assert found == said, name


@pytest.mark.parametrize(
    "paper",
    [
        pytest.param(name, marks=[needs_plugins] if "/aot/" in name else [])
        for name in sorted(EXAMPLES)
    ],
)
def test_the_examples_run(
    paper: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (source,) = (path for path in PAPERS if name_of(path) == paper)
    shown = EXAMPLES[paper]
    scope = shown.scope()
    try:
        for block in blocks(source, "python"):
            exec(block.compiled, scope)
    finally:
        lir.uninstall()
    assert {path.name for path in tmp_path.iterdir()} == shown.files
    printed = capsys.readouterr().out
    for text in shown.printed:
        assert text in printed
