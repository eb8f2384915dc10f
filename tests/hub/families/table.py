"""All families, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from tests.hub.families import (
    backbones,
    causal_lms,
    detectors_and_segmenters,
    diffusion,
    gemmas,
    image_classifiers,
    multimodal_lms,
    prompted_segmenters,
    seq2seq_and_audio,
    text_encoders,
)
from tests.hub.families.family import Family

MODULES: tuple[ModuleType, ...] = (
    *(text_encoders, causal_lms, gemmas, multimodal_lms, seq2seq_and_audio),
    *(image_classifiers, detectors_and_segmenters, prompted_segmenters, diffusion, backbones),
)
ALL: tuple[Family, ...] = tuple(family for module in MODULES for family in module.FAMILIES)
FAMILIES: Mapping[str, Family] = {family.name: family for family in ALL}
EXPORTED = tuple(family for family in ALL if family.refused is None)
REFUSED = tuple(family for family in ALL if family.refused is not None)
