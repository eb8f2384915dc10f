"""Layers found in the names of tensors."""

from __future__ import annotations

import pytest

from litert_ir.quantization.layer_scopes import LayerScopes

PATHS = (
    "encoder",
    "encoder/block_0",
    "encoder/block_0/query",
    "encoder/block_1",
    "encoder/block_1/query",
    "dense",
    "dense_1",
    "dense_1_1",
)


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        ("model_1/encoder_1/block_1_1/query_1/MatMul", ["encoder/block_1/query"]),
        ("model_1/encoder_1/block_0_1/query_1/MatMul", ["encoder/block_0/query"]),
        ("encoder/block_1/query/kernel", ["encoder/block_1/query"]),
        ("model/dense_1/MatMul", ["dense_1"]),
        ("model_1/dense_1_1/MatMul", ["dense_1_1"]),
        ("model_1/dense_2/MatMul", ["dense"]),
        ("model_1/encoder_1/block_1_1/Softmax;model_1/dense_2/Add", ["encoder/block_1", "dense"]),
        ("model_1/encoder_1/other_1/MatMul", ["encoder"]),
        ("arith.constant7", []),
        ("adapter_1/adapter_layer_1/model_1/encoder_1/block_0_1/Add", ["encoder/block_0"]),
        ("elsewhere/far/away/and/dense/MatMul", []),
        ("dense", []),
    ],
)
def test_the_longest_known_path_counts(name: str, layers: list[str]) -> None:
    assert list(LayerScopes(PATHS).layers_of(name)) == layers
