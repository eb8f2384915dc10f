"""The tables of TFLite's metadata schema, version 1.5.0: the order and type of their fields.

Source: ``metadata_schema.fbs`` of MediaPipe. A type is a scalar, ``string``, a table, a union, or
a vector of one of these in brackets. A field takes the next slot of its table; a union takes two,
of which the first one has the number of the member.
"""

from __future__ import annotations

from collections.abc import Mapping

FILE_IDENTIFIER = b"M001"
ENTRY = "TFLITE_METADATA"
"""The name of the entry in a LiteRT file's metadata whose buffer is such a flatbuffer."""

ROOT = "ModelMetadata"

Fields = Mapping[str, str]

TABLES: Mapping[str, Fields] = {
    "ModelMetadata": {
        "name": "string",
        "description": "string",
        "version": "string",
        "subgraph_metadata": "[SubGraphMetadata]",
        "author": "string",
        "license": "string",
        "associated_files": "[AssociatedFile]",
        "min_parser_version": "string",
    },
    "SubGraphMetadata": {
        "name": "string",
        "description": "string",
        "input_tensor_metadata": "[TensorMetadata]",
        "output_tensor_metadata": "[TensorMetadata]",
        "associated_files": "[AssociatedFile]",
        "input_process_units": "[ProcessUnit]",
        "output_process_units": "[ProcessUnit]",
        "input_tensor_groups": "[TensorGroup]",
        "output_tensor_groups": "[TensorGroup]",
        "custom_metadata": "[CustomMetadata]",
    },
    "TensorMetadata": {
        "name": "string",
        "description": "string",
        "dimension_names": "[string]",
        "content": "Content",
        "process_units": "[ProcessUnit]",
        "stats": "Stats",
        "associated_files": "[AssociatedFile]",
    },
    "Content": {"content_properties": "ContentProperties", "range": "ValueRange"},
    "ValueRange": {"min": "int", "max": "int"},
    "FeatureProperties": {},
    "ImageProperties": {"color_space": "byte", "default_size": "ImageSize"},
    "ImageSize": {"width": "uint", "height": "uint"},
    "BoundingBoxProperties": {"index": "[uint]", "type": "byte", "coordinate_type": "byte"},
    "AudioProperties": {"sample_rate": "uint", "channels": "uint"},
    "ProcessUnit": {"options": "ProcessUnitOptions"},
    "NormalizationOptions": {"mean": "[float]", "std": "[float]"},
    "ScoreCalibrationOptions": {"score_transformation": "byte", "default_score": "float"},
    "ScoreThresholdingOptions": {"global_score_threshold": "float"},
    "BertTokenizerOptions": {"vocab_file": "[AssociatedFile]"},
    "SentencePieceTokenizerOptions": {
        "sentence_piece_model": "[AssociatedFile]",
        "vocab_file": "[AssociatedFile]",
    },
    "RegexTokenizerOptions": {
        "delim_regex_pattern": "string",
        "vocab_file": "[AssociatedFile]",
    },
    "Stats": {"max": "[float]", "min": "[float]"},
    "TensorGroup": {"name": "string", "tensor_names": "[string]"},
    "CustomMetadata": {"name": "string", "data": "[ubyte]"},
    "AssociatedFile": {
        "name": "string",
        "description": "string",
        "type": "byte",
        "locale": "string",
        "version": "string",
    },
}

UNIONS: Mapping[str, tuple[str, ...]] = {
    "ContentProperties": (
        "FeatureProperties",
        "ImageProperties",
        "BoundingBoxProperties",
        "AudioProperties",
    ),
    "ProcessUnitOptions": (
        "NormalizationOptions",
        "ScoreCalibrationOptions",
        "ScoreThresholdingOptions",
        "BertTokenizerOptions",
        "SentencePieceTokenizerOptions",
        "RegexTokenizerOptions",
    ),
}
"""By union the tables that it may hold; the first one has the number 1."""

AXIS_LABELS, VALUE_LABELS = 2, 3
"""Of `AssociatedFileType`: labels along an axis of a tensor, and of its values."""

COLOR_SPACES: Mapping[str, int] = {"RGB": 1, "grayscale": 2}
"""The numbers of `ColorSpaceType`."""
