"""The models that are exported.

Keras is imported when a model is built, never when this module is.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, assert_never

from benchmarks.shapes import BERT, GEMMA, HALF_GB, ONE_GB, TINY_LM, TWO_GB, EncoderShape

if TYPE_CHECKING:
    import keras

SEED = 20240607


class Workload(enum.Enum):
    """A model to export; the value is its name on the command line and in the JSON results."""

    MOBILENET_V2 = "mobilenet_v2"
    EFFICIENTNET_B0 = "efficientnet_b0"
    RESNET50 = "resnet50"
    CONVNEXT_TINY = "convnext_tiny"
    TRANSFORMER_ENCODER = "transformer_encoder"
    LSTM = "lstm"
    LM_HALF_GB = "lm_0.5gb"
    LM_ONE_GB = "lm_1gb"
    LM_TWO_GB = "lm_2gb"
    HUB_GEMMA = "hub_gemma_causal_lm"
    HUB_BERT = "hub_bert_text_classifier"
    TINY_DENSE = "tiny_dense"
    TINY_LM = "tiny_lm"


LISTED_WORKLOADS = tuple(
    workload for workload in Workload if workload not in {Workload.TINY_DENSE, Workload.TINY_LM}
)
"""The workloads that run by default; the tiny ones serve tests and a first look."""


def build(workload: Workload) -> keras.Model:
    """Build a workload with random weights, the same at every call.

    Args:
        workload: The model to build.

    Returns:
        A built Keras model with float32 weights, and a dynamic batch but for the LSTM.
    """
    import keras

    keras.utils.set_random_seed(SEED)
    match workload:
        case (
            Workload.MOBILENET_V2
            | Workload.EFFICIENTNET_B0
            | Workload.RESNET50
            | Workload.CONVNEXT_TINY
        ):
            return _application(workload)
        case Workload.LM_HALF_GB | Workload.LM_ONE_GB | Workload.LM_TWO_GB | Workload.TINY_LM:
            return _language_model(workload)
        case Workload.TRANSFORMER_ENCODER:
            return _transformer_encoder()
        case Workload.LSTM:
            return _two_lstms()
        case Workload.HUB_GEMMA | Workload.HUB_BERT:
            return _hub_task(workload)
        case Workload.TINY_DENSE:
            return _tiny_dense()
        case _:
            assert_never(workload)


def _application(workload: Workload) -> keras.Model:
    from keras import applications

    builders = {
        Workload.MOBILENET_V2: applications.MobileNetV2,
        Workload.EFFICIENTNET_B0: applications.EfficientNetB0,
        Workload.RESNET50: applications.ResNet50,
        Workload.CONVNEXT_TINY: applications.ConvNeXtTiny,
    }
    return builders[workload](weights=None)


def _language_model(workload: Workload) -> keras.Model:
    from benchmarks.language_model import language_model

    shapes = {
        Workload.LM_HALF_GB: HALF_GB,
        Workload.LM_ONE_GB: ONE_GB,
        Workload.LM_TWO_GB: TWO_GB,
        Workload.TINY_LM: TINY_LM,
    }
    return language_model(shapes[workload], SEED)


def _transformer_encoder() -> keras.Model:
    from benchmarks.encoder import transformer_encoder

    return transformer_encoder(EncoderShape())


def _two_lstms() -> keras.Model:
    """128 steps of 64 features to 10 classes.

    One sample per run: with a dynamic batch Keras' exporter writes a file of TensorFlow's own
    list operators, which LiteRT's interpreter does not run.
    """
    from keras import Input, Sequential, layers

    return Sequential(
        (
            Input(batch_shape=(1, 128, 64), name="features"),
            layers.LSTM(256, return_sequences=True),
            layers.LSTM(256),
            layers.Dense(10, activation="softmax"),
        ),
        name="lstm",
    )


def _hub_task(workload: Workload) -> keras.Model:
    from benchmarks import hub_models

    if workload is Workload.HUB_GEMMA:
        return hub_models.gemma_causal_lm(GEMMA)
    return hub_models.bert_text_classifier(BERT)


def _tiny_dense() -> keras.Model:
    import keras

    inputs = keras.Input(shape=(4,), name="features")
    return keras.Model(inputs, keras.layers.Dense(3)(inputs), name="tiny_dense")
