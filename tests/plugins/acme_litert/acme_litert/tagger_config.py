"""The configuration of the task: its inputs, and the name of its output."""

from __future__ import annotations

import litert_ir as lir


class TaggerConfig(lir.hub.TextClassifierExporterConfig):
    """Tags of texts; sequences are as long as those of the preprocessor."""

    MODEL_TYPE = "tagger"
    EXPECTED_INPUTS = ("token_ids",)
    OUTPUT_NAME = "tags"
