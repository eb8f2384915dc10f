"""Hypothesis strategies for a plan's facts about its model and software."""

from __future__ import annotations

from hypothesis import strategies as st

from litert_ir.ir.backend import ConvertibleBackend
from litert_ir.ir.estimate import FileEstimate, Layout
from litert_ir.ir.metadata import Metadata, Normalization
from litert_ir.ir.plan import ModelSummary, Versions
from litert_ir.ir.stored_types import Rounding, StoredAs, StoredType
from litert_ir.ir.task import (
    ImagePreparation,
    InputBound,
    InputPattern,
    Pattern,
    SizeSource,
    TaskSize,
    TaskSummary,
)
from litert_ir.ir.tensor import DType

_SIZES = st.integers(0, 2**35)

SUMMARIES = st.builds(
    ModelSummary,
    name=st.sampled_from(("a", "model_1", "0")) | st.text("abc_ é", min_size=1, max_size=8),
    type=st.sampled_from(("keras.Functional", "app.models.Net")),
    parameters=st.integers(0, 2**33),
    weight_bytes=_SIZES,
    compute_dtypes=st.sampled_from(
        (
            (DType.FLOAT32,),
            (DType.BFLOAT16,),
            (DType.FLOAT16, DType.FLOAT32),
            (DType.FLOAT64,),
        )
    ),
)
ESTIMATES = st.none() | st.builds(
    FileEstimate,
    layout=st.sampled_from(Layout),
    size_bytes=_SIZES,
    peak_bytes=_SIZES,
    float_bytes=st.none() | _SIZES,
)
TASKS = st.builds(
    TaskSummary,
    model_type=st.sampled_from(("causal_lm", "backbone")),
    config=st.sampled_from(("CausalLMExporterConfig", "OwnConfig")),
    sizes=st.lists(
        st.builds(
            TaskSize,
            name=st.sampled_from(("sequence_length", "images")),
            value=st.integers(1, 2**20),
            source=st.sampled_from(SizeSource),
            origin=st.sampled_from(("", "preprocessor.sequence_length")),
        ),
        max_size=2,
    ).map(tuple),
    bounds=st.lists(
        st.builds(InputBound, st.sampled_from(("token_ids", "a")), st.integers(1, 2**20)),
        max_size=2,
    ).map(tuple),
    patterns=st.lists(
        st.builds(
            InputPattern,
            st.sampled_from(("boxes", "a")),
            st.sampled_from(Pattern),
            st.integers(1, 2**20),
        ),
        max_size=2,
    ).map(tuple),
    images=st.none()
    | st.builds(
        ImagePreparation,
        name=st.sampled_from(("images", "a")),
        normalization=st.sampled_from(
            (Normalization(), Normalization((123.675, 116.28, 103.53), 58.4))
        ),
        interpolation=st.sampled_from(("bilinear", "lanczos5")),
        antialias=st.booleans(),
        crops=st.booleans(),
        pads=st.booleans(),
    ),
)
STORED = st.lists(
    st.builds(
        StoredType,
        layer=st.sampled_from(("dense", "block/attention/query")),
        origin=st.sampled_from(("quantize('int8')", "quantize('int4/128')", "bfloat16 policy")),
        weights=st.sampled_from(StoredAs),
        exact=st.booleans(),
        rounding=st.none() | st.sampled_from(Rounding),
        by_strategy=st.booleans(),
    ),
    max_size=3,
).map(tuple)
VERSIONS = st.builds(
    Versions,
    litert_ir=st.just("0.1.0"),
    keras=st.sampled_from(("3.15.0", "3.15.1")),
    backend=st.sampled_from(ConvertibleBackend),
    tensorflow=st.sampled_from((None, "2.21.0")),
    jax=st.sampled_from((None, "0.10.2")),
)

_TEXTS = st.sampled_from(("", "Pets")) | st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), max_size=8
)
METADATA = st.builds(
    Metadata, name=_TEXTS, description=_TEXTS, version=_TEXTS, author=_TEXTS, license=_TEXTS
)
"""Metadata that describe no tensors, so that they go with any plan."""
