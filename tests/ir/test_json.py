from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path as File
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from litert_ir.errors import PlanError
from litert_ir.ir.adapter import AdapterSpec, Binding
from litert_ir.ir.json import FORMAT
from litert_ir.ir.nodes import Absent, MappingNode, TupleNode
from litert_ir.ir.options import ConverterOptions
from litert_ir.ir.path import Path
from litert_ir.ir.plan import OUTPUTS, ExportPlan, ModelKind, ModelSummary, Versions
from litert_ir.ir.signature import Argument, Signature
from litert_ir.ir.tensor import DType, DynamicDim, TensorSpec
from litert_ir.testing.strategies import plans

IMAGE = TensorSpec(name="image", shape=(DynamicDim("batch"), 8), dtype=DType.FLOAT32)
SCORE = TensorSpec(name="score", shape=(DynamicDim(),), dtype=DType.FLOAT32)
INPUT = MappingNode((("image", IMAGE), ("mask", Absent()), ("rest", TupleNode((Absent(),)))))
PLAN = ExportPlan(
    kind=ModelKind.FUNCTIONAL,
    model=ModelSummary(name="net", type="keras.Functional", parameters=2, weight_bytes=8),
    signature=Signature((Argument("inputs", INPUT),)),
    outputs=SCORE,
    adapter=AdapterSpec(
        inputs=(Binding("image", Path("inputs", ("image",))),),
        outputs=(Binding("score", OUTPUTS),),
    ),
    options=ConverterOptions(),
    versions=Versions(litert_ir="0.1.0", keras="3.15.0", backend="tensorflow"),
)

Document = dict[str, Any]
FUTURE = File(__file__).parent.parent / "golden" / "plan_format_2_later.json"


def document() -> Document:
    """The JSON of `PLAN`, to be damaged."""
    loaded: Document = json.loads(PLAN.to_json())
    return loaded


@given(plans())
def test_the_round_trip_is_exact(plan: ExportPlan) -> None:
    again = ExportPlan.from_json(plan.to_json())
    assert again == plan
    assert again.to_json() == plan.to_json()
    assert again.fingerprint == plan.fingerprint


@given(plans(), st.integers(0, 4))
def test_indentation_is_for_readers_only(plan: ExportPlan, indent: int) -> None:
    indented = plan.to_json(indent=indent)
    assert json.loads(indented) == json.loads(plan.to_json())
    assert ExportPlan.from_json(indented) == plan
    assert "\n" not in plan.to_json()


def test_the_document_names_its_format_and_the_nodes() -> None:
    loaded = document()
    assert next(iter(loaded.items())) == ("format", FORMAT) == ("format", "litert_ir.plan/2")
    (argument,) = loaded["signature"]["arguments"]
    assert argument["value"] == {
        "node": "mapping",
        "entries": [
            [
                "image",
                {
                    "node": "tensor",
                    "name": "image",
                    "shape": [{"dynamic": "batch"}, 8],
                    "dtype": "float32",
                },
            ],
            ["mask", {"node": "absent"}],
            ["rest", {"node": "tuple", "items": [{"node": "absent"}]}],
        ],
    }


def dim_in_json(dim: DynamicDim) -> object:
    """What `PLAN` has in its JSON where its outputs have this dimension."""
    plan = attrs.evolve(PLAN, outputs=attrs.evolve(SCORE, shape=(dim,)))
    assert ExportPlan.from_json(plan.to_json()) == plan
    written: object = json.loads(plan.to_json())["outputs"]["shape"][0]
    return written


def test_bounds_are_written_only_where_there_are_any() -> None:
    """As every field that has its default is left out."""
    assert dim_in_json(DynamicDim("length")) == {"dynamic": "length"}
    assert dim_in_json(DynamicDim()) == {"dynamic": None}
    assert dim_in_json(DynamicDim(minimum=2)) == {"dynamic": None, "minimum": 2}
    every = DynamicDim("n", minimum=20, maximum=512, multiple_of=8, source="the table of 'pos'")
    assert dim_in_json(every) == {
        "dynamic": "n",
        "minimum": 20,
        "maximum": 512,
        "multiple_of": 8,
        "source": "the table of 'pos'",
    }


def test_a_fingerprint_is_a_hash_of_64_digits() -> None:
    assert re.fullmatch("[0-9a-f]{64}", PLAN.fingerprint)


FRESH_PROCESS = """
import sys
from litert_ir.ir.parse_options import parse_options
from litert_ir.ir.plan import ExportPlan
import attrs

plan = ExportPlan.from_json(sys.stdin.read())
print(plan.fingerprint)
options = parse_options({
    "optimizations": {"DEFAULT", "EXPERIMENTAL_SPARSITY", "OPTIMIZE_FOR_SIZE"},
    "target_spec": {
        "supported_ops": {"TFLITE_BUILTINS", "SELECT_TF_OPS"},
        "supported_types": {"float16", "float32"},
    },
    "aot_compile_targets": {"arm64", "arm", "intel:LNL", "qualcomm:SM8750"},
})
print(attrs.evolve(plan, options=options).fingerprint)
"""


def fingerprints_in_a_fresh_process(seed: str) -> list[str]:
    """Of `PLAN`, and of `PLAN` with options that were written as sets."""
    run = subprocess.run(
        [sys.executable, "-c", FRESH_PROCESS],
        input=PLAN.to_json(),
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return run.stdout.split()


def test_versions_inform_but_for_the_backend() -> None:
    assert document()["versions"] == {
        "backend": "tensorflow",
        "about": {"litert_ir": "0.1.0", "keras": "3.15.0"},
    }
    versions = attrs.evolve(PLAN.versions, backend="jax", jax="0.10.2")
    on_jax = attrs.evolve(PLAN, versions=versions)
    assert json.loads(on_jax.to_json())["versions"]["about"]["jax"] == "0.10.2"
    assert ExportPlan.from_json(on_jax.to_json()) == on_jax


def test_types_in_the_model_are_written_only_where_they_are_unusual() -> None:
    """As every field that has its default is left out."""
    assert "compute_dtypes" not in document()["model"]
    assert "model_dtype" not in PLAN.to_json()
    assert PLAN.model.compute_dtypes == (DType.FLOAT32,)
    half = attrs.evolve(
        PLAN,
        model=attrs.evolve(PLAN.model, compute_dtypes=(DType.BFLOAT16, DType.FLOAT32)),
        outputs=attrs.evolve(SCORE, model_dtype=DType.BFLOAT16),
    )
    loaded = json.loads(half.to_json())
    assert loaded["model"]["compute_dtypes"] == ["bfloat16", "float32"]
    assert loaded["outputs"]["model_dtype"] == "bfloat16"
    assert ExportPlan.from_json(half.to_json()) == half


def test_fingerprints_are_the_same_in_every_process() -> None:
    first, second = (fingerprints_in_a_fresh_process(seed) for seed in ("1", "2"))
    assert first == second
    assert len(set(first)) == 2
    assert first[0] == PLAN.fingerprint


def put(*keys: str | int, value: object) -> Callable[[Document], None]:
    """A damage that puts ``value`` where ``keys`` lead."""

    def damage(target: Any) -> None:
        for key in keys[:-1]:
            target = target[key]
        target[keys[-1]] = value

    return damage


def drop(*keys: str | int) -> Callable[[Document], None]:
    """A damage that takes away what ``keys`` lead to."""

    def damage(target: Any) -> None:
        for key in keys[:-1]:
            target = target[key]
        del target[keys[-1]]

    return damage


DAMAGED_BOUNDS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"minimum": True}, "expected int, received True"),
    ({"minimum": 1.0}, "expected int, received 1.0"),
    ({"minimum": "8"}, "expected int, received '8'"),
    ({"maximum": None}, "expected int, received None"),
    ({"maximum": False}, "expected int, received False"),
    ({"multiple_of": 8.5}, "expected int, received 8.5"),
    ({"source": 8}, "expected str, received 8"),
    ({"minimum": 0}, "minimum is 1 or more, received 0"),
    ({"maximum": 0}, "maximum is 1 or more, received 0"),
    ({"multiple_of": -1}, "multiple_of is 1 or more, received -1"),
    ({"minimum": 9, "maximum": 8}, "no size is within the bounds 9..8"),
    ({"maximum": 7, "multiple_of": 8}, "no size is within the bounds 1..7:8"),
)
INPUT_NODE = ("signature", "arguments", 0, "value")
IMAGE_NODE = (*INPUT_NODE, "entries", 0, 1)


@pytest.mark.parametrize(
    ("damage", "received"),
    [
        (put("notes", value=["here"]), "notes outside of 'about'"),
        (put("model", "name", value="net"), "name outside of 'about'"),
        (put("model", "about", value=[]), "expected dict, received []"),
        (put("about", value=3), "expected dict, received 3"),
        (drop("model"), "model"),
        (drop("model", "about"), "name"),
        (drop("model", "about", "name"), "name"),
        (drop(*IMAGE_NODE, "dtype"), "dtype"),
        (put("kind", value="modern"), "'modern' is not a valid ModelKind"),
        (put(*IMAGE_NODE, "dtype", value="float33"), "'float33' is not a valid DType"),
        (put(*IMAGE_NODE, "node", value="tensors"), "not a signature node"),
        (drop(*IMAGE_NODE, "node"), "not a signature node"),
        (put(*INPUT_NODE, value=[]), r"not a signature node: \[\]"),
        (put("outputs", value=None), "not a signature node: None"),
        (put(*IMAGE_NODE, "shape", 0, value="?"), "expected int, received '?'"),
        (put(*IMAGE_NODE, "shape", 0, value=1.5), "expected int, received 1.5"),
        (put(*IMAGE_NODE, "shape", 0, value=None), "expected int, received None"),
        (put(*IMAGE_NODE, "shape", 0, value={"minimum": 2}), "expected a dynamic dimension"),
        (put(*IMAGE_NODE, "shape", 0, value={"dynamic": "b", "about": 1}), "expected dict"),
        *(
            (put(*IMAGE_NODE, "shape", 0, value={"dynamic": "b", **bounds}), received)
            for bounds, received in DAMAGED_BOUNDS
        ),
        (put(*IMAGE_NODE, "shape", 1, value=-8), "a static dimension is not negative"),
        (put(*IMAGE_NODE, "shape", 1, value=True), "expected int, received True"),
        (put(*IMAGE_NODE, "shape", 1, value=0), "dimensions of size 1 or more"),
        (put(*IMAGE_NODE, "model_dtype", value="float33"), "'float33' is not a valid DType"),
        (put("model", "compute_dtypes", value=["int8"]), "'compute_dtypes' must be in"),
        (put("adapter", value=None), "A nested call needs an adapter"),
        (put("adapter", "inputs", value=[]), "does not bind the plan's tensors"),
        (put("adapter", "inputs", 0, "path", "steps", value=[None]), "expected int, received None"),
        (put("options", "old_quantizer", value=True), "nothing to calibrate"),
        (put("route", value=None), "expected list, received None"),
    ],
)
def test_a_damaged_plan_is_refused(damage: Callable[[Document], None], received: str) -> None:
    damaged = document()
    damage(damaged)
    with pytest.raises(PlanError, match="This plan is damaged") as caught:
        ExportPlan.from_json(json.dumps(damaged))
    assert received.replace("\\", "") in caught.value.received


@pytest.mark.parametrize(
    "damage",
    [
        put("options", "sparse", value="false"),
        put("signature", "arguments", 0, "keyword_only", value="false"),
        put("model", "parameters", value="12"),
        put("model", "parameters", value=1.9),
        put("model", "about", "name", value=None),
        put("about", value={"notes": "abc"}),
        put("about", value={"notes": [None]}),
        put(*IMAGE_NODE, "shape", 0, value={"dynamic": []}),
    ],
)
def test_a_value_of_another_json_type_is_refused(damage: Callable[[Document], None]) -> None:
    damaged = document()
    damage(damaged)
    with pytest.raises(PlanError, match="This plan is damaged"):
        ExportPlan.from_json(json.dumps(damaged))


@pytest.mark.parametrize(
    ("text", "received"),
    [
        (json.dumps({"format": "litert_ir.plan/0"}), "'litert_ir.plan/0'"),
        (json.dumps({"format": ["litert_ir.plan/2"]}), "['litert_ir.plan/2']"),
        (json.dumps({"format": None}), "None"),
        ("{}", "None"),
        ("[]", "'list'"),
        ("3", "'int'"),
        ('"litert_ir.plan/1"', "'str'"),
    ],
)
def test_another_format_is_refused(text: str, received: str) -> None:
    with pytest.raises(PlanError, match="This is not a plan") as caught:
        ExportPlan.from_json(text)
    assert caught.value.expected == f"{FORMAT}, litert_ir.plan/1"
    assert caught.value.received == received


def made_with(version: str) -> Document:
    """The JSON of `PLAN`, as made with another version of litert_ir."""
    versions = attrs.evolve(PLAN.versions, litert_ir=version)
    loaded: Document = json.loads(attrs.evolve(PLAN, versions=versions).to_json())
    return loaded


def test_a_newer_format_is_refused_with_the_version_that_reads_it() -> None:
    text = json.dumps({**made_with("7.1"), "format": "litert_ir.plan/3", "reordered": {}})
    with pytest.raises(PlanError, match="newer format") as caught:
        ExportPlan.from_json(text)
    assert (caught.value.expected, caught.value.received) == (
        f"{FORMAT}, litert_ir.plan/1",
        "'litert_ir.plan/3'",
    )
    assert caught.value.advice == "read it with litert_ir '7.1', which made it, or newer"
    bare = '{"format": "litert_ir.plan/12"}'
    with pytest.raises(PlanError, match="newer format") as caught:
        ExportPlan.from_json(bare)
    assert caught.value.advice.startswith("read it with a newer litert_ir")


def test_a_plan_of_the_future_is_read_where_its_news_only_inform() -> None:
    """As a later version writes it that adds fields with `INFORMS`, at whatever depth."""
    future = json.loads(FUTURE.read_text(encoding="utf-8"))
    plan = ExportPlan.from_json(json.dumps(future))
    assert plan.versions.litert_ir == "0.9.0"
    assert plan.task is not None
    assert [size.value for size in plan.task.sizes] == [16]
    assert "latency_ms" not in plan.to_json()
    assert plan.fingerprint == ExportPlan.from_json(plan.to_json()).fingerprint


def test_a_plan_of_the_future_is_refused_where_its_news_decide_the_file() -> None:
    future = json.loads(FUTURE.read_text(encoding="utf-8"))
    future["options"]["block_size"] = 32
    with pytest.raises(PlanError, match="does not know") as caught:
        ExportPlan.from_json(json.dumps(future))
    assert caught.value.received == "'block_size'"
    assert "FileOptions" in caught.value.expected
    assert caught.value.advice == "read it with litert_ir '0.9.0', which made it, or newer"


def test_a_member_of_the_future_is_refused_with_the_version_that_knows_it() -> None:
    future = json.loads(FUTURE.read_text(encoding="utf-8"))
    future["options"]["recipe"] = {"precision": "float8 weights"}
    with pytest.raises(PlanError, match="damaged") as caught:
        ExportPlan.from_json(json.dumps(future))
    assert "'float8 weights' is not a valid Precision" in caught.value.received
    assert caught.value.advice == "read it with litert_ir '0.9.0', which made it, or newer"


@pytest.mark.parametrize("text", ["", "{", PLAN.to_json()[:-1], "plan"])
def test_what_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(PlanError, match="This is not JSON") as caught:
        ExportPlan.from_json(text)
    assert "char" in caught.value.received
    assert isinstance(caught.value.__cause__, json.JSONDecodeError)


DEEP = '{"a":' * 100_000


@pytest.mark.parametrize(
    "text", ["1" * 5000, f'{{"format":{"9" * 5000}}}', DEEP, b"\xff\xfe", None, 5, ["{}"]]
)
def test_text_of_any_kind_that_is_not_json_is_refused(text: Any) -> None:
    with pytest.raises(PlanError, match="This is not JSON") as caught:
        ExportPlan.from_json(text)
    assert caught.value.received


@pytest.mark.parametrize(
    ("damage", "received"),
    [
        (put("model", "weight_bytes", value=10**400), "64 bits"),
        (put("model", "parameters", value=2**63), "64 bits"),
        (put("model", "parameters", value=-1), "'parameters' must be >= 0"),
        (put("model", "about", "name", value="\ud800"), "UTF-8"),
        (put("about", value={"notes": ["\udfff"]}), "UTF-8"),
        (put(*IMAGE_NODE, "name", value="a\ud800"), "UTF-8"),
        (put(*IMAGE_NODE, "shape", 1, value=2**31), "at most"),
        (put(*IMAGE_NODE, "shape", 0, value={"dynamic": "b", "maximum": 2**31}), "at most"),
        (put(*IMAGE_NODE, "shape", 0, value={"dynamic": "\ud800"}), "UTF-8"),
        (put("adapter", "inputs", 0, "path", "steps", value=[10**30]), "64 bits"),
    ],
)
def test_what_could_not_be_printed_or_be_in_a_file_is_refused(
    damage: Callable[[Document], None], received: str
) -> None:
    damaged = document()
    damage(damaged)
    with pytest.raises(PlanError, match="This plan is damaged") as caught:
        ExportPlan.from_json(json.dumps(damaged))
    assert received in str(caught.value)


@pytest.mark.parametrize("depth", [65, 200, 400, 3000])
def test_nesting_that_nothing_should_follow_is_refused(depth: int) -> None:
    deep = document()
    deep["outputs"] = "@"
    node = '{"node":"tensor","name":"y","shape":[1],"dtype":"float32"}'
    for _ in range(depth):
        node = f'{{"node":"list","items":[{node}]}}'
    with pytest.raises(PlanError):
        ExportPlan.from_json(json.dumps(deep).replace('"@"', node))


def objects(value: object) -> Iterator[Document]:
    """All JSON objects in ``value``, itself included."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from objects(item)


@given(plans(), st.data())
def test_an_unknown_key_in_any_object_that_decides_is_refused(
    plan: ExportPlan, data: st.DataObject
) -> None:
    damaged = json.loads(plan.to_json())
    data.draw(st.sampled_from(list(deciding_objects(damaged))))["unknown key"] = 1
    with pytest.raises(PlanError, match="does not know") as caught:
        ExportPlan.from_json(json.dumps(damaged))
    assert caught.value.received == "'unknown key'"


@given(plans(), st.data())
def test_an_unknown_key_in_any_object_that_informs_is_ignored(
    plan: ExportPlan, data: st.DataObject
) -> None:
    later = json.loads(plan.to_json())
    for found in list(deciding_objects(later)):
        if data.draw(st.booleans()):
            found.setdefault("about", {})
    informing = [
        each for found in objects(later) if "about" in found for each in objects(found["about"])
    ]
    data.draw(st.sampled_from(informing))["unknown key"] = data.draw(st.sampled_from(NONSENSE))
    assert ExportPlan.from_json(json.dumps(later)) == plan


def deciding_objects(value: object) -> Iterator[Document]:
    """All JSON objects in ``value``, itself included, on which the file depends."""
    if isinstance(value, dict):
        yield value
        value = [item for key, item in value.items() if key != "about"]
    if isinstance(value, list):
        for item in value:
            yield from deciding_objects(item)


NONSENSE: tuple[Any, ...] = (None, True, -1, 1.5, "nonsense", [], [None], {}, {"node": []})


@given(plans(), st.data())
def test_nonsense_anywhere_gives_no_other_error(plan: ExportPlan, data: st.DataObject) -> None:
    damaged = json.loads(plan.to_json())
    target = data.draw(st.sampled_from([found for found in objects(damaged) if found]))
    key = data.draw(st.sampled_from(list(target)))
    target[key] = data.draw(st.sampled_from(NONSENSE))
    try:
        accepted = ExportPlan.from_json(json.dumps(damaged))
    except PlanError:
        return  # refused, as almost all nonsense is; any other error fails the test
    assert ExportPlan.from_json(accepted.to_json()) == accepted
