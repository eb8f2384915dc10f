"""What configurations make of a model's inputs: their order, their sizes, and who decided them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from litert_ir.errors import SizeError, UnsupportedTaskError
from litert_ir.hub import (
    BackboneExporterConfig,
    CausalLMExporterConfig,
    ExporterConfig,
    ImageClassifierExporterConfig,
    ImageSegmenterExporterConfig,
    MaskedLMExporterConfig,
    ObjectDetectorExporterConfig,
    RequestedSizes,
    Seq2SeqLMExporterConfig,
    TextClassifierExporterConfig,
    TextToImageExporterConfig,
)
from litert_ir.ir.task import Pattern, SizeSource
from tests.hub.plain_models import KERAS, VOCABULARY, image_model, preprocessing, text_model

SEQ_2_SEQ = (
    "decoder_padding_mask",
    "decoder_token_ids",
    "encoder_padding_mask",
    "encoder_token_ids",
)


def shapes(config: ExporterConfig, **requested: Any) -> dict[str, tuple[int | None, ...]]:
    signature = config.get_input_signature(RequestedSizes(**requested))
    return {name: tuple(spec.shape) for name, spec in signature.items()}


def sources(config: ExporterConfig, **requested: Any) -> dict[str, tuple[int, SizeSource, str]]:
    found = config.sizes(RequestedSizes(**requested))
    return {size.name: (size.value, size.source, size.origin) for size in found}


def test_expected_inputs_come_first_and_others_as_the_model_has_them() -> None:
    model = text_model("padding_mask", "segment_ids", "token_ids")
    signature = TextClassifierExporterConfig(model).get_input_signature()
    assert list(signature) == ["token_ids", "padding_mask", "segment_ids"]
    assert {(spec.dtype, spec.name) for spec in signature.values()} == {
        ("int32", name) for name in signature
    }


def test_expected_inputs_that_the_model_lacks_are_left_out() -> None:
    assert list(TextClassifierExporterConfig(text_model("token_ids")).inputs) == ["token_ids"]
    bare = ObjectDetectorExporterConfig(image_model((8, 8, 3)))
    assert (list(bare.inputs), bare.is_bare) == (["images"], True)


def test_a_model_with_other_inputs_needs_a_configuration_of_its_own() -> None:
    model = text_model("my_input_ids", "my_mask")
    with pytest.raises(UnsupportedTaskError, match="does not know the inputs") as caught:
        CausalLMExporterConfig(model).get_input_signature()
    assert caught.value.received == "my_input_ids, my_mask"

    class CustomConfig(CausalLMExporterConfig):
        EXPECTED_INPUTS = ["my_input_ids", "my_mask"]  # noqa: RUF012  (as a user would)

    assert shapes(CustomConfig(model)) == {"my_input_ids": (None, 128), "my_mask": (None, 128)}


def expecting(*names: str, optional: tuple[str, ...] | None = None) -> type[ExporterConfig]:
    """A configuration of somebody's own."""

    class OwnConfig(CausalLMExporterConfig):
        EXPECTED_INPUTS = names
        OPTIONAL_INPUTS = CausalLMExporterConfig.OPTIONAL_INPUTS if optional is None else optional

    return OwnConfig


@pytest.mark.parametrize("given", ["token_ids", None, 5, {"token_ids"}, ("token_ids", 5)])
def test_expected_inputs_that_are_no_names_in_an_order_are_refused(given: Any) -> None:
    config = type("OwnConfig", (CausalLMExporterConfig,), {"EXPECTED_INPUTS": given})
    with pytest.raises(UnsupportedTaskError, match="in which order") as caught:
        config(text_model("token_ids")).get_input_signature()
    assert caught.value.where == "EXPECTED_INPUTS of OwnConfig"
    assert caught.value.received == repr(given)


@pytest.mark.parametrize(
    ("names", "wrong", "nearest"),
    [
        (("my_mask", "token_idz"), "token_idz", "'token_idz' may be 'token_ids'"),
        (("token_ids", "my_maks"), "my_maks", "'my_maks' may be 'my_mask'"),
        (("token_ids", "elsewhere", "my_mask"), "elsewhere", ""),
    ],
)
def test_a_wrong_name_in_the_order_of_the_file_is_refused(
    names: tuple[str, ...], wrong: str, nearest: str
) -> None:
    model = text_model("my_mask", "token_ids")
    with pytest.raises(UnsupportedTaskError, match="does not have") as caught:
        expecting(*names)(model).get_input_signature()
    assert (caught.value.expected, caught.value.received) == ("some of my_mask, token_ids", wrong)
    assert caught.value.advice.startswith(nearest)
    assert "OwnConfig" in caught.value.where


def test_a_wrong_name_beside_that_of_a_single_tensor_is_refused() -> None:
    with pytest.raises(UnsupportedTaskError, match="does not have"):
        expecting("pixels", "more")(image_model((8, 8, 3))).get_input_signature()
    assert list(expecting("pixels")(image_model((8, 8, 3))).inputs) == ["pixels"]


def test_an_optional_input_may_be_lacking() -> None:
    model = text_model("my_ids")
    config = expecting("padding_mask", "my_ids")  # the former is optional for all texts
    assert list(config(model).inputs) == ["my_ids"]
    with pytest.raises(UnsupportedTaskError, match="does not have"):
        _ = expecting("padding_mask", "my_ids", optional=())(model).inputs
    assert list(expecting("my_ids", "hints", optional=("hints",))(model).inputs) == ["my_ids"]


@pytest.mark.parametrize(
    ("preprocessor", "requested", "expected"),
    [
        (None, {}, (128, SizeSource.DEFAULT, "")),
        (12, {}, (12, SizeSource.PREPROCESSOR, "preprocessor.sequence_length")),
        (12, {"max_sequence_length": 7}, (7, SizeSource.ARGUMENT, "max_sequence_length")),
        (
            None,
            {"others": {"sequence_length": 7}},
            (7, SizeSource.ARGUMENT, "sizes['sequence_length']"),
        ),
    ],
)
def test_who_decides_the_length_of_a_text(
    preprocessor: int | None, requested: dict[str, Any], expected: tuple[int, SizeSource, str]
) -> None:
    made = preprocessing(sequence_length=preprocessor) if preprocessor else None
    config = CausalLMExporterConfig(text_model("token_ids", "padding_mask", preprocessor=made))
    assert sources(config, **requested) == {"sequence_length": expected}
    assert set(shapes(config, **requested).values()) == {(None, expected[0])}


def test_only_text_configurations_have_a_default_length() -> None:
    assert TextClassifierExporterConfig.DEFAULT_SEQUENCE_LENGTH == 128
    assert not hasattr(ImageClassifierExporterConfig, "DEFAULT_SEQUENCE_LENGTH")

    class Short(CausalLMExporterConfig):
        DEFAULT_SEQUENCE_LENGTH = 9

    assert shapes(Short(text_model("token_ids"))) == {"token_ids": (None, 9)}


def test_the_two_sides_of_a_sequence_to_sequence_model() -> None:
    made = preprocessing(encoder_sequence_length=6, decoder_sequence_length=5, sequence_length=5)
    config = Seq2SeqLMExporterConfig(text_model(*SEQ_2_SEQ, preprocessor=made))
    assert shapes(config) == {
        "encoder_token_ids": (None, 6),
        "encoder_padding_mask": (None, 6),
        "decoder_token_ids": (None, 5),
        "decoder_padding_mask": (None, 5),
    }
    assert set(shapes(config, max_sequence_length=9).values()) == {(None, 9)}
    one_side = shapes(config, max_sequence_length=9, others={"decoder_sequence_length": 3})
    assert (one_side["encoder_token_ids"], one_side["decoder_token_ids"]) == ((None, 9), (None, 3))


def test_masked_positions_have_a_number_and_a_bound() -> None:
    made = preprocessing(sequence_length=12, mask_selection_length=4)
    model = text_model("token_ids", "mask_positions", preprocessor=made, vocabulary_size=VOCABULARY)
    config = MaskedLMExporterConfig(model)
    assert shapes(config) == {"token_ids": (None, 12), "mask_positions": (None, 4)}
    bounds = {bound.name: bound.below for bound in config.bounds(config.sizes())}
    assert bounds == {"token_ids": VOCABULARY, "mask_positions": 12}


@pytest.mark.parametrize(
    ("declared", "preprocessor", "requested", "expected"),
    [
        ((8, 6, 3), None, {}, (8, 6, SizeSource.MODEL)),
        ((8, 6, 3), (20, 20), {"image_size": (8, 6)}, (8, 6, SizeSource.MODEL)),
        ((None, None, 3), (20, 30), {}, (20, 30, SizeSource.PREPROCESSOR)),
        ((None, None, 3), (20, 30), {"image_size": 16}, (16, 16, SizeSource.ARGUMENT)),
    ],
)
def test_who_decides_the_size_of_images(
    declared: tuple[int | None, ...],
    preprocessor: tuple[int, int] | None,
    requested: dict[str, Any],
    expected: tuple[int, int, SizeSource],
) -> None:
    made = preprocessing(image_size=preprocessor) if preprocessor else None
    config = ImageClassifierExporterConfig(image_model(declared, made))
    height, width, source = expected
    assert shapes(config, **requested) == {"images": (None, height, width, 3)}
    found = sources(config, **requested)
    assert {size[1] for size in found.values()} == {source}


def test_channels_may_come_first() -> None:
    made = preprocessing(image_size=(20, 30))
    model = image_model((3, None, None), made, data_format="channels_first")
    assert shapes(ImageClassifierExporterConfig(model)) == {"images": (None, 3, 20, 30)}


def refusal(config: ExporterConfig, **requested: Any) -> SizeError:
    with pytest.raises(SizeError) as caught:
        config.get_input_signature(RequestedSizes(**requested))
    return caught.value


def test_what_nobody_says_is_asked_for() -> None:
    error = refusal(ImageClassifierExporterConfig(image_model((None, None, 3))))
    assert error.summary == "Cannot infer image_height."
    assert "image_size=(height, width)" in error.advice


def test_a_size_that_the_model_does_not_take_is_refused() -> None:
    error = refusal(ImageClassifierExporterConfig(image_model((8, 6, 3))), image_size=16)
    assert (error.expected, error.received) == ("8", "image_size: 16")


@pytest.mark.parametrize(
    ("config", "requested", "argument", "expected"),
    [
        (
            ImageClassifierExporterConfig(image_model((8, 6, 3))),
            {"max_sequence_length": 16},
            "max_sequence_length",
            "image_height, image_width",
        ),
        (
            TextClassifierExporterConfig(text_model("token_ids")),
            {"image_size": 16},
            "image_size",
            "sequence_length",
        ),
        (
            TextClassifierExporterConfig(text_model("token_ids")),
            {"others": {"points": 2}},
            "sizes['points']",
            "sequence_length",
        ),
    ],
)
def test_a_size_that_the_model_does_not_have_is_refused(
    config: ExporterConfig, requested: dict[str, Any], argument: str, expected: str
) -> None:
    error = refusal(config, **requested)
    assert error.summary == f"{argument} is not a size of this model."
    assert error.expected == expected


NO_MAPPINGS: tuple[Any, ...] = (5, "ab", [], (), {1}, np.ones(2))


@pytest.mark.parametrize(
    ("requested", "message"),
    [
        ({"max_sequence_length": 0}, "max_sequence_length is not valid"),
        ({"max_sequence_length": True}, "max_sequence_length is not valid"),
        ({"image_size": (1, 2, 3)}, "image_size is not valid"),
        ({"image_size": (8, -1)}, "image_width is not valid"),
        ({"others": {"points": 1.5}}, "points is not valid"),
        ({"others": {"points": 2**31}}, "points is not valid"),
        ({"others": {1: 2}}, "sizes is not valid"),
        *(({"others": odd}, "sizes is not valid") for odd in NO_MAPPINGS),
        ({"image_size": ()}, "image_size is not valid"),
        ({"image_size": "ab"}, "image_height is not valid"),
        ({"image_size": np.zeros(2)}, "image_height is not valid"),
        ({"max_sequence_length": 10**5000}, "max_sequence_length is not valid"),
    ],
)
def test_sizes_are_whole_numbers_that_a_file_can_have(
    requested: dict[str, Any], message: str
) -> None:
    with pytest.raises(SizeError, match=message):
        RequestedSizes(**requested)


def test_prompts_have_one_element_each_by_default() -> None:
    inputs = {
        "images": KERAS.Input((8, 8, 3), name="images"),
        "points": KERAS.Input((None, 2), name="points"),
        "boxes": KERAS.Input((None, 2, 2), name="boxes"),
    }
    model = KERAS.Model(inputs, list(inputs.values()))
    assert shapes(ImageSegmenterExporterConfig(model), others={"boxes": 3}) == {
        "images": (None, 8, 8, 3),
        "points": (None, 1, 2),
        "boxes": (None, 3, 2, 2),
    }


def test_a_list_of_inputs_has_no_names() -> None:
    pair = [KERAS.Input((3,), name="left"), KERAS.Input((3,), name="right")]
    model = KERAS.Model(pair, KERAS.layers.Add()(pair))
    with pytest.raises(UnsupportedTaskError, match="does not know the inputs") as caught:
        BackboneExporterConfig(model).get_input_signature()
    assert caught.value.received == "left, right"
    assert "has to be a dict" in caught.value.advice


def test_a_schedule_is_asked_for_and_then_noted() -> None:
    scheduler = preprocessing()
    config = TextToImageExporterConfig(text_model("token_ids", scheduler=scheduler))
    with pytest.raises(UnsupportedTaskError, match="has no schedule yet") as caught:
        config.check_supported()
    assert "configure_scheduler" in caught.value.advice
    assert config.notes() == ()
    scheduler.sigmas = np.linspace(1, 0, 6)
    config.check_supported()
    (note,) = config.notes()
    assert "schedule of 5 steps" in note
    without = TextToImageExporterConfig(text_model("token_ids"))
    without.check_supported()
    assert without.notes() == ()


def test_a_backbone_of_whatever_inputs() -> None:
    assert shapes(BackboneExporterConfig(image_model((8, 6, 3)))) == {"images": (None, 8, 6, 3)}
    assert shapes(BackboneExporterConfig(text_model("token_ids")), max_sequence_length=5) == {
        "token_ids": (None, 5)
    }


def test_numpy_sizes_are_kept_as_numbers_of_python() -> None:
    requested = RequestedSizes(
        max_sequence_length=np.int64(5), image_size=np.uint8(8), others={"points": np.int32(2)}
    )
    assert [type(size) for size, _ in requested.by_name(("length",)).values()] == [int] * 4


def patterns(config: ExporterConfig) -> dict[str, tuple[Pattern, int]]:
    return {item.name: (item.pattern, item.extent) for item in config.patterns()}


def test_the_values_of_texts_hang_together() -> None:
    config = MaskedLMExporterConfig(text_model("token_ids", "padding_mask", "mask_positions"))
    assert patterns(config) == {
        "padding_mask": (Pattern.LEADING_ONES, 1),
        "mask_positions": (Pattern.INCREASING, 1),
    }


@pytest.mark.parametrize(
    ("box", "encoder", "pattern"),
    [
        ((2, 2), "image_encoder", Pattern.CORNERS),
        ((5,), "vision_encoder", Pattern.BOXES_OF_ROWS),
        ((3,), "vision_encoder", None),
    ],
)
def test_the_values_of_prompts_hang_together(
    box: tuple[int, ...], encoder: str, pattern: Pattern | None
) -> None:
    inputs = {
        "points": KERAS.Input((None, 2), name="points"),
        "labels": KERAS.Input((None,), name="labels"),
        "boxes": KERAS.Input((None, *box), name="boxes"),
    }
    means = [KERAS.ops.mean(tensor) for tensor in inputs.values()]
    model = KERAS.Model(inputs, KERAS.ops.stack(means))
    model.backbone = SimpleNamespace(**{encoder: SimpleNamespace(image_shape=(64, 96, 3))})
    found = patterns(ImageSegmenterExporterConfig(model))
    assert found.get("boxes") == (pattern and (pattern, 64))
    assert found["points"] == (Pattern.COORDINATES, 64)
    assert found["labels"] == (Pattern.LABELS, 64)
    model.backbone = SimpleNamespace()
    assert patterns(ImageSegmenterExporterConfig(model)) == {}
