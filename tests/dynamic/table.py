"""All models of the table."""

from __future__ import annotations

from tests.dynamic.audio import AUDIO
from tests.dynamic.dynamic_case import DynamicCase
from tests.dynamic.images import IMAGES
from tests.dynamic.networks import NETWORKS
from tests.dynamic.series import SERIES
from tests.dynamic.several_inputs import SEVERAL_INPUTS
from tests.dynamic.texts import TEXTS

TABLE: tuple[DynamicCase, ...] = (*IMAGES, *NETWORKS, *SERIES, *TEXTS, *AUDIO, *SEVERAL_INPUTS)
