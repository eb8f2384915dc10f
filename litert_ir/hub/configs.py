"""Configure KerasHub's tasks; each configuration states only what differs from the defaults."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

import attrs
from typing_extensions import override

from litert_ir.backends import load_keras
from litert_ir.errors import UnsupportedTaskError
from litert_ir.hub.axes import (
    AUDIO_LENGTH,
    AXES,
    DECODER_SEQUENCE,
    ENCODER_SEQUENCE,
    SEQUENCES,
    Axes,
)
from litert_ir.hub.config import ExporterConfig
from litert_ir.hub.size_sources import SizeRule

_GRID = "image_grid_thw"
"""Frames, rows and columns of patches, for images of any size (Qwen)."""


class TextConfig(ExporterConfig):
    """Models that take sequences of tokens.

    Attributes:
        DEFAULT_SEQUENCE_LENGTH: Tokens per sample where neither the caller nor the preprocessor
            sets a number.
    """

    DEFAULT_SEQUENCE_LENGTH: ClassVar[int] = 128
    EXPECTED_INPUTS: ClassVar[Sequence[str]] = ("token_ids", "padding_mask")
    OPTIONAL_INPUTS: ClassVar[Collection[str]] = EXPECTED_INPUTS

    @override
    def rule(self, name: str) -> SizeRule:
        """Return the rule for a size; a sequence has a default length."""
        rule = super().rule(name)
        if name not in SEQUENCES or rule.default is not None:
            return rule
        return attrs.evolve(rule, default=self.DEFAULT_SEQUENCE_LENGTH)


class ImageConfig(ExporterConfig):
    """Models that take images."""

    EXPECTED_INPUTS: ClassVar[Sequence[str]] = ("images",)
    OPTIONAL_INPUTS: ClassVar[Collection[str]] = EXPECTED_INPUTS

    @override
    def undeclared(self, name: str) -> Any:
        return load_keras().KerasTensor(
            (None, *[3 if axis is None else None for axis in self.image_axes()]), dtype="float32"
        )


class CausalLMExporterConfig(TextConfig):
    """Language models that continue a text, with images and sound if the model takes them."""

    MODEL_TYPE = "causal_lm"
    OUTPUT_NAME = "logits"

    @override
    def check_supported(self) -> None:
        super().check_supported()
        if _GRID in self.inputs:
            raise UnsupportedTaskError(
                f"{type(self.model).__name__} with images is not supported for export.",
                where=f"input {_GRID!r} of model {self.model.name!r}",
                expected="inputs whose numbers do not decide shapes",
                received=f"the numbers in {_GRID} say how many patches an image has",
                advice="build the task without a vision encoder to export the language model",
            )

    @override
    def axes(self, name: str, tensor: Any) -> Axes:
        if name == "pixel_values" and "pixel_position_ids" in self.inputs:
            return ("images", "image_patches", "patch_values")
        return super().axes(name, tensor)


class DraftModelExporterConfig(CausalLMExporterConfig):
    """Models that propose the next tokens of a larger model."""

    UNSUPPORTED = "a draft model, which runs together with its target model only"


class TextClassifierExporterConfig(TextConfig):
    """Classifiers of texts."""

    MODEL_TYPE = "text_classifier"
    OUTPUT_NAME = "predictions"


class TextEmbedderExporterConfig(TextConfig):
    """Embeddings of texts."""

    MODEL_TYPE = "text_embedder"
    OUTPUT_NAME = "embeddings"


class MaskedLMExporterConfig(TextConfig):
    """Models that predict the tokens at masked positions."""

    MODEL_TYPE = "masked_lm"
    OUTPUT_NAME = "logits"
    EXPECTED_INPUTS: ClassVar[Sequence[str]] = ("token_ids", "padding_mask", "mask_positions")
    OPTIONAL_INPUTS: ClassVar[Collection[str]] = EXPECTED_INPUTS


class Seq2SeqLMExporterConfig(TextConfig):
    """Models that produce text from text."""

    MODEL_TYPE = "seq_2_seq_lm"
    OUTPUT_NAME = "logits"
    EXPECTED_INPUTS: ClassVar[Sequence[str]] = (
        "encoder_token_ids",
        "encoder_padding_mask",
        "decoder_token_ids",
        "decoder_padding_mask",
    )
    OPTIONAL_INPUTS: ClassVar[Collection[str]] = EXPECTED_INPUTS
    SEQUENCES = (ENCODER_SEQUENCE, DECODER_SEQUENCE)


class AudioToTextExporterConfig(TextConfig):
    """Models that transcribe sound; ``max_sequence_length`` counts the tokens of the text."""

    MODEL_TYPE = "audio_to_text"
    OUTPUT_NAME = "logits"
    EXPECTED_INPUTS: ClassVar[Sequence[str]] = (
        "encoder_input_values",
        "encoder_padding_mask",
        "decoder_token_ids",
        "decoder_padding_mask",
    )
    OPTIONAL_INPUTS: ClassVar[Collection[str]] = EXPECTED_INPUTS
    SEQUENCES = (DECODER_SEQUENCE,)
    AXES: ClassVar[Mapping[str, Axes]] = {**AXES, "encoder_padding_mask": (AUDIO_LENGTH,)}


class ImageClassifierExporterConfig(ImageConfig):
    """Classifiers of images."""

    MODEL_TYPE = "image_classifier"
    OUTPUT_NAME = "predictions"


class ObjectDetectorExporterConfig(ImageConfig):
    """Detectors of boxes in images."""

    MODEL_TYPE = "object_detector"
    EXPECTED_INPUTS: ClassVar[Sequence[str]] = ("images", "image_shape")
    OPTIONAL_INPUTS: ClassVar[Collection[str]] = EXPECTED_INPUTS


class ImageSegmenterExporterConfig(ImageConfig):
    """Segmenters of images, prompted by points, boxes and masks if the model takes them."""

    MODEL_TYPE = "image_segmenter"
    OUTPUT_NAME = "masks"
    EXPECTED_INPUTS: ClassVar[Sequence[str]] = ("images", "points", "labels", "boxes", "masks")
    OPTIONAL_INPUTS: ClassVar[Collection[str]] = EXPECTED_INPUTS


class DepthEstimatorExporterConfig(ImageConfig):
    """Estimators of distances in images."""

    MODEL_TYPE = "depth_estimator"
    OUTPUT_NAME = "depths"


class DiffusionExporterConfig(TextConfig):
    """One diffusion step of an image, guided by texts.

    Stable Diffusion 3 keeps its schedule once it is computed, and ignores ``num_steps`` from then
    on; computing it takes ``num_steps`` as a Python number.
    """

    EXPECTED_INPUTS: ClassVar[Sequence[str]] = ()

    @override
    def check_supported(self) -> None:
        super().check_supported()
        if self._scheduler is not None and self._steps is None:
            raise UnsupportedTaskError(
                f"{type(self.model).__name__} has no schedule yet.",
                where=f"model {self.model.name!r}",
                expected="a schedule of a number of steps, which the file will hold",
                received="none: it is made from num_steps, when that is a number",
                advice="call task.backbone.configure_scheduler(28), or another number, first",
            )

    @override
    def notes(self) -> tuple[str, ...]:
        """Note that the schedule is part of the file."""
        if self._steps is None:
            return ()
        return (
            f"The file holds the schedule of {self._steps} steps that the task has now; its input "
            "num_steps decides nothing.",
        )

    @property
    def _scheduler(self) -> Any:
        return getattr(self.model.backbone, "scheduler", None)

    @property
    def _steps(self) -> int | None:
        """The number of steps: one less than the noise levels, of which the last one is 0."""
        levels = getattr(self._scheduler, "sigmas", None)
        return None if levels is None else int(levels.shape[0]) - 1


class TextToImageExporterConfig(DiffusionExporterConfig):
    """Models that produce images from texts."""

    MODEL_TYPE = "text_to_image"


class ImageToImageExporterConfig(DiffusionExporterConfig):
    """Models that produce images from images and texts."""

    MODEL_TYPE = "image_to_image"


class InpaintExporterConfig(DiffusionExporterConfig):
    """Models that fill parts of images by texts."""

    MODEL_TYPE = "inpaint"


class BackboneExporterConfig(TextConfig):
    """Backbones: features of texts, images, or both."""

    EXPECTED_INPUTS: ClassVar[Sequence[str]] = ()

    MODEL_TYPE = "backbone"
