"""Seeded weights with which a network behaves similarly to a trained one.

Real weights would be better, and cannot be downloaded everywhere. Keras' initial weights give
MobileNetV2 the same 1/1000 for every class, and BERT classes that hardly depend on the words;
weights drawn layer by layer without regard to what reaches a layer make chaotic networks, in
which even float16 moves the outputs by several percent. Both say nothing about a recipe. Here
activations keep their scale from layer to layer, branches change the residual stream by
little, and a classifier is fitted in closed form. Importing this module imports Keras.
"""

from __future__ import annotations

import math

import keras
import numpy as np
from keras import layers

from benchmarks.quantized.samples import Array, Sample

SHARPNESS = 14.0
"""The logit of an image's own class for the image that the class was made from."""

LOGIT_SPREAD = 2.0
"""Standard deviation of a text's logits over the texts."""

BRANCH = 0.2
"""The scale of the image classifier's residual branches, small as after training from zero.

Source: P. Goyal et al., 2017, arXiv:1706.02677.
"""

TEXT_BRANCH = 0.5
PLACE = 0.3
"""Standard deviation of position and segment embeddings, where that of words is 1."""


def fit_mobilenet(model: keras.Model, images: Array, generator: np.random.Generator) -> None:
    """Give MobileNetV2 weights, and the statistics of its batch normalization.

    Kernels are Keras' initial ones; those of depthwise convolutions are drawn around a one in
    the middle, which keeps pictures smooth. The scales of batch normalization are near 1, its
    means and variances those of the images, layer by layer, as at the end of a training. The
    last layer knows one class per image, by the features of that image, and random other ones.

    Args:
        model: As Keras builds it.
        images: One for each of the first classes, (n, height, width, 3).
        generator: Draws.
    """
    _draw_convolutions(model, generator)
    _take_statistics(model, images)
    head = model.layers[-1]
    features = _features(model, images)
    center = features.mean(axis=0)
    own = features - center
    own *= SHARPNESS / np.square(own).sum(axis=1, keepdims=True)
    others = generator.standard_normal((head.units - len(own), own.shape[1]))
    others *= np.linalg.norm(own, axis=1).mean() / math.sqrt(own.shape[1])
    kernel = np.concatenate([own, others]).T
    head.kernel.assign(kernel)
    head.bias.assign(-center @ kernel)


def _draw_convolutions(model: keras.Model, generator: np.random.Generator) -> None:
    names = {layer.name for layer in model.layers}
    for layer in model.layers:
        match layer:
            case layers.DepthwiseConv2D():
                kernel = generator.normal(0, 0.2, layer.kernel.shape)
                kernel[1, 1] += 1
                layer.kernel.assign(kernel)
            case layers.BatchNormalization():
                ends_block = layer.name.endswith("project_BN")
                is_added = ends_block and layer.name.replace("project_BN", "add") in names
                scale = BRANCH if is_added else 1.0
                shift = 0.0 if ends_block else 0.5  # before a ReLU
                layer.gamma.assign(scale * generator.uniform(0.8, 1.2, layer.gamma.shape))
                layer.beta.assign(generator.normal(shift, 0.1, layer.beta.shape))
            case _:
                pass


def _take_statistics(model: keras.Model, images: Array) -> None:
    """Set means and variances of batch normalization to those of one batch."""
    norms = [layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    model(images, training=True)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


def fit_bert(model: keras.Model, texts: Sample, generator: np.random.Generator) -> None:
    """Give KerasHub's BERT classifier weights with which its classes depend on the words.

    Kernels keep the scale of what they are applied to, but for the ends of residual branches,
    which are halved; words count more than places. The last layer is random, and balanced
    between the classes over the texts.

    Args:
        model: As KerasHub builds it.
        texts: A batch by input name.
        generator: Draws.
    """
    for variable in model.weights:
        shape = tuple(variable.shape)
        if variable.name == "embeddings":
            scale = 1.0 if "token_embedding" in variable.path else PLACE
            variable.assign(generator.normal(0, scale, shape))
        elif variable.name == "kernel":
            ends_attention = "attention_output" in variable.path
            ends_branch = ends_attention or "feedforward_output" in variable.path
            fan_in = math.prod(shape[:-1] if ends_attention else shape[:1])
            scale = (TEXT_BRANCH if ends_branch else 1.0) / math.sqrt(fan_in)
            variable.assign(generator.normal(0, scale, shape))
    head = model.layers[-1]
    kernel = np.asarray(head.kernel)
    features = _features(model, texts)
    center = features.mean(axis=0)
    kernel = kernel * (LOGIT_SPREAD / ((features - center) @ kernel).std())
    head.kernel.assign(kernel)
    head.bias.assign(-center @ kernel)


def _features(model: keras.Model, inputs: Array | Sample) -> Array:
    """Compute the input of the last layer."""
    return np.asarray(keras.Model(model.input, model.layers[-1].input)(inputs))
