"""Small vocabularies of every kind, as arguments of KerasHub's tokenizers."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sentencepiece

Vocabulary = Callable[[], Mapping[str, Any]]
"""Makes the arguments of a tokenizer."""

TEXTS = ("the quick brown fox", "the earth is round")
_MERGES = (
    *("Ġ a", "Ġ t", "Ġ i", "Ġ b", "a i", "p l", "n e", "Ġa t", "p o", "r t", "Ġt h", "ai r"),
    *("pl a", "po rt", "Ġai r", "Ġa i", "pla ne"),
)
_MERGES_OF_WORDS = (
    *("a i", "p l", "n e</w>", "p o", "r t</w>", "ai r", "pl a", "po rt</w>", "pla ne</w>"),
)


def words(*special: str) -> Vocabulary:
    """Whole words, after special tokens.

    Args:
        special: The special tokens; those of BERT where none are named.
    """
    first = special or ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    return lambda: {"vocabulary": [*first, *["the", "quick", "brown", "fox", "."]]}


def byte_pairs(*special: str, merges: Sequence[str] = _MERGES) -> Vocabulary:
    """Byte pairs that are merged to words, beside special tokens."""
    pieces = {piece for merge in merges for piece in (*merge.split(), merge.replace(" ", ""))}
    tokens = sorted(pieces | set(special))
    numbered = {token: number for number, token in enumerate(tokens)}
    return lambda: {"vocabulary": numbered, "merges": list(merges)}


def byte_pairs_of_words(*special: str) -> Vocabulary:
    """Byte pairs that know where words end."""
    return byte_pairs(*special, merges=_MERGES_OF_WORDS)


def pieces_like_llama() -> Mapping[str, Any]:
    """SentencePiece without padding."""
    return {"proto": _trained(vocab_size=10, pad_id=-1, unk_id=0, bos_id=1, eos_id=2)}


def pieces_like_albert() -> Mapping[str, Any]:
    """SentencePiece with classes, separators and masks."""
    ids = {"pad_id": 0, "unk_id": 1, "bos_id": 2, "eos_id": 3}
    return {"proto": _trained(**ids, **_NAMED, **_MASKED)}


def pieces_like_deberta() -> Mapping[str, Any]:
    """As `pieces_like_albert`, in another order."""
    ids = {"pad_id": 0, "bos_id": 1, "eos_id": 2, "unk_id": 3}
    names = {**_NAMED, "pad_piece": "[PAD]", "unk_piece": "[UNK]"}
    return {"proto": _trained(**ids, **names, **_MASKED)}


def pieces_like_t5() -> Mapping[str, Any]:
    """SentencePiece without a beginning."""
    ids = {"bos_id": -1, "pad_id": 0, "eos_id": 1, "unk_id": 2}
    names = {"pad_piece": "<pad>", "eos_piece": "</s>", "unk_piece": "<unk>"}
    return {"proto": _trained(vocab_size=11, **ids, **names, **_MASKED)}


def pieces_like_gemma(*special: str) -> Vocabulary:
    """SentencePiece with a beginning and an end, and with special tokens."""
    ids = {"pad_id": 0, "bos_id": 1, "eos_id": 2, "unk_id": 3}
    names = {**_NAMED, "bos_piece": "<bos>", "eos_piece": "<eos>"}
    size = 11 + len(special)
    return lambda: {
        "proto": _trained(vocab_size=size, control_symbols=",".join(special), **ids, **names)
    }


def pieces_like_phi() -> Mapping[str, Any]:
    """SentencePiece, to which special tokens were added later."""
    from sentencepiece import sentencepiece_model_pb2

    ids = {"pad_id": -1, "unk_id": 0, "bos_id": 1, "eos_id": 2}
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(_trained(**ids, vocab_size=30, model_type="BPE"))
    for token in ("<|endoftext|>", "<|assistant|>", "<|system|>", "<|end|>", "<|user|>"):
        model.pieces.add(piece=token, score=0.0, type=4)
    return {"proto": model.SerializeToString()}


GEMMA_3_TOKENS = (
    *("<start_of_image>", "<end_of_image>", "<img>"),
    *("<start_of_turn>", "<end_of_turn>"),
)
"""The special tokens of Gemma 3."""

_NAMED = {
    "pad_piece": "<pad>",
    "unk_piece": "<unk>",
    "bos_piece": "[CLS]",
    "eos_piece": "[SEP]",
}
_MASKED = {"user_defined_symbols": "[MASK]"}


@functools.cache
def _trained(**options: Any) -> bytes:
    """A SentencePiece model of whole words, trained on the spot."""
    trained = io.BytesIO()
    settings = {"vocab_size": 12, "model_type": "WORD", "minloglevel": 3, **options}
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXTS), model_writer=trained, **settings
    )
    return trained.getvalue()
