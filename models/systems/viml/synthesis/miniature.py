"""A small language model that knows one thing: to go from tags to a description, by analogy.

The paper asks BLOOM with 176 billion parameters, which needs no training and hundreds of gigabytes. For the experiments
a GPT-2 of half a million parameters learns the form of the prompts and the words of a given list of pairs, is saved
as any checkpoint of transformers, and is asked through the same code.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import torch
from pydantic import Field, PositiveFloat, PositiveInt
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from torch import Tensor
from torch.nn import functional as F
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from models.errors import DatasetError
from models.systems.settings import Settings, Share
from models.systems.tokens import BEGIN, END, PAD, wrap
from models.systems.viml.synthesis.prompt import ANSWER, QUESTION, Example, describe, draw
from models.systems.viml.synthesis.templates import Group, read_groups
from models.systems.viml.synthesis.words import article, capitalised

IGNORED = -100
FEWEST = 8


class MiniatureSettings(Settings):
    """Size and training of the small model.

    Attributes
    ----------
    vocabulary : int
        Tokens of the byte-level BPE at most.
    width, layers, heads, context : int
        Of GPT-2.
    steps, batch : int
        Updates, and prompts in each.
    learning_rate : float
        Highest; it warms up over a twentieth of the steps and falls along a cosine.
    shots : int
        A prompt has 0 to so many pairs before the question; the model should be asked with no more than that
        (`shots` of prompt2text). So small a model has its pairs in its weights and needs none in the prompt.
    substitute : float
        Probability that a tag gives its place to another of its group, among the tags and in the text: a few hundred
        pairs would be learnt by heart, and what has to be learnt is to copy.
    seed : int
        Of weights and prompts.
    """

    vocabulary: PositiveInt = 1024
    width: PositiveInt = 96
    layers: PositiveInt = 3
    heads: PositiveInt = 4
    context: PositiveInt = 512
    steps: PositiveInt = 400
    batch: PositiveInt = 16
    learning_rate: PositiveFloat = 3e-3
    shots: Annotated[int, Field(ge=0)] = 0
    substitute: Share = 0.3
    seed: int = 0


def learn_tokenizer(texts: Sequence[str], size: int) -> PreTrainedTokenizerFast:
    """Learn a lower-case byte-level BPE whose pieces may hold a whole confidence, ` (82.6%)`.

    Prompts repeat little else, and what is one token is one step less between a tag and its place in the answer.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\n| ?\(\d+\.\d%\)| ?\[\w+\]:| ?[\w'’-]+| ?[^\w\s]+"), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=[PAD, BEGIN, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return wrap(tokenizer)


def lines(example: Example, groups: dict[str, Group]) -> tuple[str, str]:
    """Write a pair as in a prompt: what is asked up to the colon of the answer, and the answer with its line break."""
    return f"{QUESTION} {describe(example.tags, groups)}\n{ANSWER}", f" {example.text}\n"


def substituted(
    example: Example, words: Mapping[str, Sequence[str]], probability: float, rng: random.Random
) -> Example:
    """Give tags that the text names verbatim to others of their group, with `probability` each.

    Parameters
    ----------
    example : Example
        A pair.
    words : mapping of str to sequence of str
        All tags of each group.
    probability : float
        Of each tag that can be exchanged.
    rng : Random
        Decides which.
    """
    tags, text = list(example.tags), example.text
    # The longest first: "electric guitar" before the "guitar" in it.
    for place in sorted(range(len(tags)), key=lambda i: -len(tags[i].word)):
        tag = tags[place]
        others = [word for word in words[tag.group] if all(word not in t.word and t.word not in word for t in tags)]
        pattern = re.compile(rf"\b(?:(an?) )?{re.escape(tag.word)}\b", re.IGNORECASE)
        if not others or not pattern.search(text) or rng.random() >= probability:
            continue
        if any(tag.word != other.word and tag.word in other.word for other in tags):
            continue  # the word in the text may be part of the other's name
        new = rng.choice(others)

        def put(match: re.Match[str], new: str = new) -> str:
            if match[1] is None:
                return capitalised(new) if match[0][0].isupper() else new
            before = article(new)
            return f"{capitalised(before) if match[1][0].isupper() else before} {new}"

        text = pattern.sub(put, text)
        tags[place] = replace(tag, word=new)
    return Example(tuple(sorted(tags, key=lambda tag: (-tag.confidence, tag.word))), text)


def encode(
    tokenizer: Any, examples: Sequence[Example], groups: dict[str, Group], context: int
) -> tuple[list[int], list[int]]:
    """Token ids of a prompt with all its answers, and the targets: those of the answers only, else `IGNORED`."""
    ids: list[int] = []
    targets: list[int] = []
    text = ""
    for example in examples:
        asked, answer = lines(example, groups)
        # The text so far is encoded as a whole, as it is when the model is asked: pieces do not depend on the cut.
        text += asked
        before = tokenizer(text, add_special_tokens=False)["input_ids"]
        text += answer
        after = tokenizer(text, add_special_tokens=False)["input_ids"]
        targets += [IGNORED] * (len(before) - len(ids)) + after[len(before) :]
        ids = after
    return ids[-context:], targets[-context:]


def train_miniature(
    pairs: Sequence[Example],
    folder: Path,
    settings: MiniatureSettings | None = None,
    *,
    progress: Callable[[int, float], object] | None = None,
) -> Path:
    """Train a small GPT-2 on prompts made of pairs and save it as a checkpoint.

    Parameters
    ----------
    pairs : sequence of Example
        Tags and descriptions.
    folder : Path
        Where model and tokenizer are written by `save_pretrained`; its name is what `prompt2text` takes as model.
    settings : MiniatureSettings, optional
        Size and training.
    progress : callable, optional
        Told the step and its loss (nats per token of the answers).

    Returns
    -------
    Path
        `folder`.

    Raises
    ------
    DatasetError
        If there are fewer than `FEWEST` pairs.
    """
    settings = settings or MiniatureSettings()
    if len(pairs) < FEWEST:
        raise DatasetError(f"{len(pairs)} pairs of tags and text are too few to learn from: give {FEWEST} or more")
    groups = dict(read_groups())
    texts = ["".join(lines(pair, groups)) for pair in pairs]
    words: dict[str, list[str]] = {}
    for tag in sorted({replace(tag, confidence=1.0) for pair in pairs for tag in pair.tags}, key=lambda tag: tag.word):
        words.setdefault(tag.group, []).append(tag.word)
    tokenizer = learn_tokenizer(texts, settings.vocabulary)
    model = GPT2LMHeadModel(configuration(tokenizer, settings))
    generator = torch.Generator().manual_seed(settings.seed)
    for parameter in model.parameters():
        if parameter.dim() > 1:
            # GPT-2's own 0.02 is for eight times this width: here attention would hardly tell one tag from another,
            # and copying, which is all that there is to learn, would begin late.
            torch.nn.init.normal_(parameter, 0.0, settings.width**-0.5, generator=generator)
    rng = random.Random(settings.seed)
    optimizer = torch.optim.AdamW(model.parameters(), settings.learning_rate, betas=(0.9, 0.98), weight_decay=0.01)
    model.train()
    for step in range(settings.steps):
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * rate(step, settings.steps)
        prompts = []
        for _ in range(settings.batch):
            asked = rng.choice(pairs)
            prompt = [*draw(pairs, rng.randint(0, settings.shots), asked.tags, rng), asked]
            prompts.append([substituted(pair, words, settings.substitute, rng) for pair in prompt])
        rows = [encode(tokenizer, prompt, groups, settings.context) for prompt in prompts]
        loss = _loss(model, *_batch(rows, tokenizer.eos_token_id))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if progress:
            progress(step, float(loss.detach()))
    folder.mkdir(parents=True, exist_ok=True)
    model.eval().save_pretrained(folder)
    tokenizer.model_max_length = settings.context
    tokenizer.save_pretrained(folder)
    return folder


def configuration(tokenizer: Any, settings: MiniatureSettings) -> GPT2Config:
    """Configuration of the small GPT-2, without dropout: it sees every pair only a few times."""
    return GPT2Config(
        vocab_size=len(tokenizer), n_positions=settings.context, n_embd=settings.width, n_layer=settings.layers,
        n_head=settings.heads, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip


def rate(step: int, steps: int) -> float:
    """Share of the highest learning rate: linear warm-up over a twentieth, then a cosine down to 0."""
    warm = max(1, steps // 20)
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def _batch(rows: Sequence[tuple[list[int], list[int]]], padding: int) -> tuple[Tensor, Tensor]:
    width = max(len(ids) for ids, _ in rows)
    ids = torch.tensor([row + [padding] * (width - len(row)) for row, _ in rows])
    targets = torch.tensor([row + [IGNORED] * (width - len(row)) for _, row in rows])
    return ids, targets


def _loss(model: GPT2LMHeadModel, ids: Tensor, targets: Tensor) -> Tensor:
    # Padding is on the right and attention looks back only, so it needs no mask.
    states = model.transformer(ids).last_hidden_state[:, :-1]
    asked = targets[:, 1:] != IGNORED
    return F.cross_entropy(model.lm_head(states[asked]), targets[:, 1:][asked])
