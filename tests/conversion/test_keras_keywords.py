"""Keras' keywords for the format ``litert``, read as those of `litert_ir.export`."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

import litert_ir as lir
from litert_ir.conversion.keras_keywords import export_keywords
from litert_ir.conversion.options_request import as_options
from litert_ir.errors import OptionsError

REFUSED = {
    "experimental_stablehlo_quantizer_config": "another way to say a recipe",
    "experimental_use_stablehlo_quantizer": "another way to say a recipe",
    "model_origin_framework": "for the telemetry of the converter",
    "saved_model_dir": "TensorFlow's own input",
}
"""Public attributes of TensorFlow's converter that litert_ir has nothing like, and why."""


def options(**given: Any) -> lir.FileOptions:
    return as_options(export_keywords(given).get("litert_kwargs"))


def test_keywords_of_export_stay() -> None:
    given = {"quantization": "dynamic", "verify": False, "representative_dataset": [1]}
    assert export_keywords(given) == given


def test_converter_options_are_gathered() -> None:
    found = export_keywords(
        {"optimizations": [tf.lite.Optimize.DEFAULT], "inference_input_type": tf.int8, "sizes": {}}
    )
    assert found == {
        "sizes": {},
        "litert_kwargs": {
            "optimizations": [tf.lite.Optimize.DEFAULT],
            "inference_input_type": tf.int8,
        },
    }


def test_options_in_both_places_are_joined() -> None:
    found = export_keywords(
        {"litert_kwargs": {"optimizations": ["DEFAULT"]}, "experimental_new_quantizer": True}
    )
    assert found == {
        "litert_kwargs": {"optimizations": ["DEFAULT"], "experimental_new_quantizer": True}
    }


@pytest.mark.parametrize(
    "other",
    [
        {"litert_kwargs": {"optimizations": []}},
        {"options": lir.ConverterOptions()},
    ],
)
def test_an_option_given_twice_is_refused(other: dict[str, Any]) -> None:
    with pytest.raises(OptionsError, match="twice") as caught:
        export_keywords({"optimizations": ["DEFAULT"], **other})
    assert caught.value.where == "optimizations"


@pytest.mark.parametrize(
    "target_spec",
    [None, {}, {"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS]}, tf.lite.TargetSpec()],
)
def test_tf_select_is_allowed_by_its_documented_name(target_spec: Any) -> None:
    given = {} if target_spec is None else {"target_spec": target_spec}
    found = options(enable_select_tf_ops=True, **given)
    assert found == as_options(
        {"target_spec": {"supported_ops": ["TFLITE_BUILTINS", "SELECT_TF_OPS"]}}
    )
    assert options(enable_select_tf_ops=False, **given) == as_options({})


def test_tensorflow_s_wrapper_of_a_dataset_is_taken_off() -> None:
    wrapped = tf.lite.RepresentativeDataset(list)
    assert export_keywords({"representative_dataset": wrapped}) == {"representative_dataset": list}


def test_custom_operators_may_be_allowed() -> None:
    assert options(allow_custom_ops=True) == as_options({})
    with pytest.raises(OptionsError, match="switch"):
        export_keywords({"allow_custom_ops": "yes"})


def test_settings_of_another_converter_warn_where_they_are_changed() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert export_keywords({"experimental_new_converter": True, "strict_export": False}) == {}
    with pytest.warns(lir.IneffectiveOptionWarning, match="unfold_batchmatmul"):
        assert export_keywords({"unfold_batchmatmul": True}) == {}


@pytest.mark.parametrize(
    ("name", "hint"), [("optimisations", "optimizations"), ("batchsize", "batch_size")]
)
def test_unknown_keywords_are_refused_with_the_nearest_one(name: str, hint: str) -> None:
    with pytest.raises(OptionsError, match=f"Did you mean '{hint}'") as caught:
        export_keywords({name: 1})
    assert "uninstall" in caught.value.advice


def test_every_attribute_of_tensorflow_s_converter_is_read_or_refused(
    tmp_path: Path,
) -> None:
    module = tf.Module()
    module.f = tf.function(lambda x: x, input_signature=[tf.TensorSpec((1,))])
    tf.saved_model.save(module, str(tmp_path))
    converter = tf.lite.TFLiteConverter.from_saved_model(str(tmp_path))
    public = {name: value for name, value in vars(converter).items() if not name.startswith("_")}
    refused = set()
    for name, value in public.items():
        try:
            export_keywords({name: value})  # a default warns of nothing
        except OptionsError:
            refused.add(name)
    assert refused == set(REFUSED)
    assert {"optimizations", "unfold_batchmatmul"} < public.keys()
