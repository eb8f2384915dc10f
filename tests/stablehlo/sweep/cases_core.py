"""Cases of dense, embedding, merging and activation layers, and of layers that do nothing."""

from __future__ import annotations

from typing import Any

from keras import Sequential, activations, layers, ops

from tests.stablehlo.sweep.case import Apply, each, layer, model, op
from tests.stablehlo.sweep.drawing import between, flags, floats, integers

ACTIVATIONS = {
    "rectified": (activations.relu, activations.relu6, activations.leaky_relu, activations.elu),
    "exponential": (activations.celu, activations.exponential, activations.selu),
    "sigmoid": (activations.sigmoid, activations.silu, activations.tanh, activations.glu),
    "hard": (activations.hard_sigmoid, activations.hard_silu, activations.hard_tanh),
    "shrinking": (activations.hard_shrink, activations.soft_shrink, activations.tanh_shrink),
    "logarithmic": (activations.softplus, activations.mish, activations.log_sigmoid),
    "soft": (activations.softmax, activations.log_softmax, activations.softsign),
    "sparse": (activations.sparse_plus, activations.sparse_sigmoid, activations.squareplus),
    "sorted": (activations.sparsemax,),
    "gaussian": (activations.gelu, activations.linear),
}


def _transposed_use(x: Any) -> Any:
    """A weight that is used both as it is and transposed."""
    dense = layers.Dense(6, use_bias=False)
    hidden = dense(x)
    return Apply(lambda h: ops.matmul(h, ops.transpose(dense.kernel)))(hidden)


def _parts_of_a_weight(x: Any) -> Any:
    """A large weight whose halves are used apart, scaled and turned."""
    dense = layers.Dense(160, use_bias=False)

    def halves(h: Any) -> Any:
        left, right = ops.split(dense.kernel, 2, axis=1)
        return ops.matmul(h, left * 2.0) + ops.matmul(h, ops.flip(right, axis=0))

    return Apply(halves)(dense(x))


def _tied(ids: Any, **options: Any) -> Any:
    tied = layers.ReversibleEmbedding(400, 64, **options)
    return tied(layers.Dense(64)(tied(ids)), reverse=True)


def _merged(x: Any, y: Any) -> Any:
    kinds = (layers.Add, layers.Average, layers.Maximum, layers.Minimum, layers.Multiply)
    return [kind()([x, y]) for kind in (*kinds, layers.Subtract)]


def _masked_softmax(x: Any, mask: Any) -> Any:
    return layers.Softmax()(x, mask=mask)


def _while_training() -> Any:
    """Layers that change their input only while training."""
    noise = (layers.GaussianNoise(0.5), layers.GaussianDropout(0.5), layers.AlphaDropout(0.5))
    return Sequential(
        [
            *noise,
            *(layers.Dropout(0.5), layers.SpatialDropout1D(0.5)),
            *(layers.ActivityRegularization(0.1), layers.Identity()),
            layers.Dense(3),
        ]
    )


def _spatial_dropout() -> Any:
    flat = [
        layers.SpatialDropout2D(0.5),
        layers.Reshape((2, 2, 2, 3)),
        layers.SpatialDropout3D(0.5),
    ]
    return Sequential([*flat, layers.Flatten(), layers.Dense(3)])


DENSE = (
    layer("dense", lambda: layers.Dense(5), floats(7)),
    layer("dense_rank_3", lambda: layers.Dense(5), floats(6, 7)),
    layer("dense_rank_4", lambda: layers.Dense(5), floats(3, 6, 7)),
    layer("dense_without_bias", lambda: layers.Dense(5, use_bias=False), floats(7)),
    layer("dense_relu", lambda: layers.Dense(5, activation="relu"), floats(7)),
    layer("dense_softmax", lambda: layers.Dense(5, activation="softmax"), floats(7)),
    layer("dense_of_one_unit", lambda: layers.Dense(1), floats(7)),
    layer("dense_big", lambda: layers.Dense(160, activation="gelu"), floats(160)),
    layer("dense_lora", lambda: layers.Dense(5, lora_rank=2), floats(7)),
    layer("dense_lora_big", lambda: layers.Dense(160, lora_rank=2), floats(160)),
    model("dense_transposed_use", _transposed_use, floats(7)),
    model("dense_transposed_use_big", _transposed_use, floats(3000)),
    model("dense_parts_of_a_weight", _parts_of_a_weight, floats(160)),
    layer("einsum_dense", lambda: layers.EinsumDense("ab,bc->ac", 5, bias_axes="c"), floats(7)),
    layer(
        "einsum_dense_heads",
        lambda: layers.EinsumDense("abc,cde->abde", (None, 4, 3), bias_axes="de"),
        floats(6, 7),
    ),
    layer(
        "einsum_dense_big_heads",
        lambda: layers.EinsumDense("abc,cde->abde", (None, 8, 40), bias_axes="de"),
        floats(6, 64),
    ),
    layer(
        "einsum_dense_joins_heads",
        lambda: layers.EinsumDense("abcd,cde->abe", (None, 5), bias_axes="e"),
        floats(6, 4, 3),
    ),
    layer(
        "einsum_dense_of_another_axis",
        lambda: layers.EinsumDense("abc,bd->adc", (5, None), bias_axes="d"),
        floats(6, 7),
    ),
    layer(
        "einsum_dense_transposed",
        lambda: layers.EinsumDense("abc,dc->abd", (None, 5)),
        floats(6, 7),
    ),
)
EMBEDDING = (
    layer("embedding", lambda: layers.Embedding(10, 4), integers(10, 5)),
    layer("embedding_big", lambda: layers.Embedding(400, 64), integers(400, 5)),
    layer("embedding_of_int64", lambda: layers.Embedding(10, 4), integers(10, 5, dtype="int64")),
    layer("embedding_of_floats", lambda: layers.Embedding(10, 4), between(0, 9.9, 5)),
    layer(
        "embedding_masked_pooling",
        lambda: Sequential(
            [layers.Embedding(10, 4, mask_zero=True), layers.GlobalAveragePooling1D()]
        ),
        integers(4, 6),
    ),
    model("reversible_embedding_tied", _tied, integers(400, 5)),
    model("reversible_embedding_untied", lambda x: _tied(x, tie_weights=False), integers(400, 5)),
    model("reversible_embedding_capped", lambda x: _tied(x, logit_soft_cap=2.0), integers(400, 5)),
)
MERGING = (
    model("merging", _merged, floats(4, 5), floats(4, 5)),
    layer("merge_add_of_three", layers.Add, floats(5), floats(5), floats(5)),
    layer("merge_add_broadcasts", layers.Add, floats(4, 1, 5), floats(1, 3, 5)),
    layer("merge_multiply_broadcasts", layers.Multiply, floats(4, 4, 5), floats(1, 1, 5)),
    layer("concatenate", layers.Concatenate, floats(4, 5), floats(4, 3)),
    layer("concatenate_axis_1", lambda: layers.Concatenate(axis=1), floats(4, 5), floats(2, 5)),
    layer("dot", lambda: layers.Dot(axes=1), floats(6), floats(6)),
    layer("dot_matrices", lambda: layers.Dot(axes=(2, 1)), floats(4, 6), floats(6, 3)),
    layer("dot_normalized", lambda: layers.Dot(axes=1, normalize=True), floats(6), floats(6)),
)
ACTIVATION_LAYERS = (
    *(each(f"activations_{name}", kinds, floats(4, 6)) for name, kinds in ACTIVATIONS.items()),
    op("activation_threshold", lambda x: activations.threshold(x, 0.2, -1.0), floats(6)),
    op("activation_gelu_exact", lambda x: activations.gelu(x, approximate=False), floats(6)),
    layer("activation_layer", lambda: layers.Activation("silu"), floats(6)),
    layer("layer_elu", lambda: layers.ELU(alpha=0.5), floats(6)),
    layer("layer_leaky_relu", lambda: layers.LeakyReLU(0.1), floats(6)),
    layer("layer_prelu", layers.PReLU, floats(4, 6)),
    layer("layer_prelu_shared", lambda: layers.PReLU(shared_axes=[1, 2]), floats(4, 5, 3)),
    layer("layer_relu_capped", lambda: layers.ReLU(max_value=1.0), floats(6)),
    layer("layer_relu_0_to_6", lambda: layers.ReLU(max_value=6.0), between(-9, 9, 6)),
    layer(
        "layer_relu_general",
        lambda: layers.ReLU(max_value=2.0, negative_slope=0.1, threshold=0.3),
        floats(6),
    ),
    layer("layer_softmax", layers.Softmax, floats(4, 6)),
    layer("layer_softmax_axis_1", lambda: layers.Softmax(axis=1), floats(4, 6)),
    layer("layer_softmax_axes", lambda: layers.Softmax(axis=(1, 2)), floats(4, 6)),
    model("layer_softmax_masked", _masked_softmax, floats(4, 6), flags(4, 6)),
)
OTHERS = (
    layer("only_while_training", _while_training, floats(6, 4)),
    layer("only_while_training_spatial", _spatial_dropout, floats(2, 4, 3)),
    layer("masking", layers.Masking, floats(6, 4)),
    layer("lambda_layer", lambda: layers.Lambda(lambda x: x * 2.0 + 1.0), floats(4)),
    layer("identity_model", layers.Identity, floats(4)),
)
CASES = (*DENSE, *EMBEDDING, *MERGING, *ACTIVATION_LAYERS, *OTHERS)
