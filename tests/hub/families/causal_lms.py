"""Language models that continue a text, and take nothing else."""

from __future__ import annotations

from typing import Any

import litert_ir as lir
from tests.hub.families.family import LENGTH, Family, Refused
from tests.hub.families.texts import (
    GROUPED_HEADS,
    HEADS,
    TABLE,
    TEXT,
    Sizes,
    task_class,
    text_family,
)
from tests.hub.families.vocabularies import (
    Vocabulary,
    byte_pairs,
    pieces_like_gemma,
    pieces_like_llama,
    pieces_like_phi,
)

EXPERTS = {"num_experts": 4, "top_k": 2}
POSITIONS = {"padding_mask": (LENGTH,), "position_ids": (LENGTH,), "token_ids": (LENGTH,)}

_GPT = byte_pairs("!", "<|endoftext|>")
_QWEN = byte_pairs("<|im_end|>", "<|endoftext|>", "<|eot_id|>", "!")
_QWEN_3_5 = byte_pairs(
    *("<|endoftext|>", "<|im_end|>", "<|im_start|>", "<|vision_start|>", "<|vision_end|>"),
    *("<|image_pad|>", "<|video_pad|>", "!"),
)
_BLOOM = byte_pairs("<unk>", "<s>", "</s>", "<pad>", "!")
_LLAMA_3 = byte_pairs(
    *("!", "<|end_of_text|>", "<|begin_of_text|>", "<|start_header_id|>"),
    *("<|end_header_id|>", "<|eot_id|>"),
)
_SMOL = byte_pairs("<|begin_of_text|>", "<|end_of_text|>", "<think>", "</think>", "!")

LINEAR_ATTENTION = {
    "num_layers": 2,
    "num_query_heads": 2,
    "num_key_value_heads": 1,
    "hidden_dim": 16,
    "head_dim": 8,
    "layer_types": ["linear_attention", "full_attention"],
    "partial_rotary_factor": 0.25,
    "linear_num_key_heads": 1,
    "linear_num_value_heads": 2,
    "linear_key_head_dim": 4,
    "linear_value_head_dim": 4,
    "linear_conv_kernel_dim": 4,
}
"""Sizes of Qwen3.5, which attends in both ways."""

_SOFT_CAPPED = {
    **GROUPED_HEADS,
    "num_layers": 2,
    "head_dim": 8,
    "sliding_window_size": 3,
    "use_sliding_window_attention": True,
    "attention_logit_soft_cap": 50,
    "final_logit_soft_cap": 30,
    "query_head_dim_normalize": False,
    "use_post_ffw_norm": True,
    "use_post_attention_norm": True,
}
_FALCON = {"num_layers": 2, "num_attention_heads": 2, "hidden_dim": 16, "intermediate_dim": 32}
_LONG_PHI = {
    "num_layers": 2,
    "num_query_heads": 2,
    "num_key_value_heads": 1,
    "hidden_dim": 8,
    "intermediate_dim": 12,
    "max_sequence_length": 32,
    "pretraining_sequence_length": LENGTH,
    "rope_scaling_type": "su",
    "rope_scaling_short_factor": [1.2, 1.4],
    "rope_scaling_long_factor": [0.8, 0.6],
}
_SMOL_LM = {
    "num_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "hidden_dim": 16,
    "intermediate_dim": 32,
    "attention_bias": False,
    "attention_dropout": 0.0,
    "rope_layer_enabled_list": [True, False],
    "layer_types": ["attention", "attention"],
    "mlp_bias": False,
    "layer_norm_epsilon": 1e-5,
    "max_position_embeddings": 128,
    "rope_theta": 10000.0,
    "partial_rotary_factor": 1.0,
}
_ASSISTED = Refused(
    error=lir.errors.UnsupportedTaskError,
    says="a draft model",
    reason="its call raises NotImplementedError: it runs inside another model's generate alone",
)


def causal(
    prefix: str, vocabulary: Vocabulary, sizes: Sizes, *, variant: str = "", slow: bool = False
) -> Family:
    """A language model."""
    return text_family(prefix, "CausalLM", vocabulary, sizes, variant=variant, slow=slow)


def _rwkv() -> Any:
    from keras_hub.src.models.rwkv7.rwkv7_tokenizer import RWKVTokenizer

    words = ["1 ' ' 1", "2 '\\n' 1", "3 'the' 3", "4 'hello' 5", "5 'world' 5", "6 'python' 6"]
    tokenizer = RWKVTokenizer(vocabulary=words, end_token_id=1)
    task = task_class("RWKV7CausalLM")
    backbone = task.backbone_cls(
        vocabulary_size=7,
        hidden_size=8,
        num_layers=2,
        head_size=4,
        intermediate_dim=16,
        gate_lora=4,
        mv_lora=4,
        aaa_lora=4,
        decay_lora=4,
    )
    preprocessor = task.preprocessor_cls(tokenizer, sequence_length=LENGTH)
    return task(backbone=backbone, preprocessor=preprocessor)


def _gemma_4_assistant() -> Any:
    task = task_class("Gemma4AssistantCausalLM")
    backbone = task.backbone_cls(
        vocabulary_size=256,
        num_layers=4,
        num_query_heads=4,
        num_key_value_heads=1,
        hidden_dim=8,
        intermediate_dim=16,
        head_dim=4,
        global_head_dim=8,
        image_size=16,
        layer_types=[*["sliding_attention"] * 3, "full_attention"],
    )
    return task(
        preprocessor=None,
        backbone=backbone,
        backbone_hidden_size=16,
        num_centroids=4,
        centroid_intermediate_top_k=2,
        use_ordered_embeddings=True,
    )


FAMILIES: tuple[Family, ...] = (
    causal("GPT2", _GPT, {**HEADS, **TABLE}),
    causal("GPTNeoX", _GPT, {**HEADS, **TABLE}),
    causal("OPT", byte_pairs("<pad>", "</s>"), {**HEADS, **TABLE}),
    causal("Bloom", _BLOOM, HEADS),
    causal("Falcon", _GPT, _FALCON),
    causal("Llama", pieces_like_llama, GROUPED_HEADS),
    causal("Llama3", _LLAMA_3, GROUPED_HEADS),
    causal("Mistral", pieces_like_llama, {**GROUPED_HEADS, "sliding_window": 4}),
    causal("Mixtral", pieces_like_llama, {**GROUPED_HEADS, **EXPERTS, "sliding_window": 4}),
    causal("Gemma", pieces_like_gemma(), {**GROUPED_HEADS, "head_dim": 8}),
    causal("Gemma", pieces_like_gemma(), _SOFT_CAPPED, variant="2"),
    causal("GptOss", _GPT, {**GROUPED_HEADS, **EXPERTS, "sliding_window": 4}),
    causal("Phi3", pieces_like_phi, GROUPED_HEADS),
    causal("Phi3", pieces_like_phi, _LONG_PHI, variant="long"),
    causal("Qwen", _QWEN, GROUPED_HEADS),
    causal("Qwen3", _QWEN, {**GROUPED_HEADS, "head_dim": 8}),
    causal("Qwen3_5", _QWEN_3_5, {**LINEAR_ATTENTION, "intermediate_dim": 32}),
    causal(
        "Qwen3_5Moe",
        _QWEN_3_5,
        {
            **LINEAR_ATTENTION,
            **EXPERTS,
            "moe_intermediate_dim": 8,
            "shared_expert_intermediate_size": 8,
            "router_aux_loss_coefficient": 0.01,
        },
    ),
    causal(
        "Qwen3Moe", _QWEN, {**GROUPED_HEADS, **EXPERTS, "moe_intermediate_dim": 8, "head_dim": 8}
    ),
    causal(
        "QwenMoe",
        _QWEN,
        {
            **GROUPED_HEADS,
            **EXPERTS,
            "moe_intermediate_dim": 8,
            "shared_expert_intermediate_dim": 16,
        },
    ),
    causal("SmolLM3", _SMOL, _SMOL_LM),
    Family(cls=task_class("RWKV7CausalLM"), build=_rwkv, inputs=TEXT, tokens=7),
    Family(
        cls=task_class("Gemma4AssistantCausalLM"),
        build=_gemma_4_assistant,
        inputs=POSITIONS,
        refused=_ASSISTED,
    ),
)
