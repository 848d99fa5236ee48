from __future__ import annotations

import random

import pytest
import torch
from transformers import BartForConditionalGeneration

from models.errors import ConfigError, DatasetError
from models.systems.viml.synthesis import Tag, make
from models.systems.viml.synthesis.ordering import NeuralOrder, ordering_loss
from models.systems.viml.synthesis.training import make_paragraphs, train_step

TAGS = [
    (Tag(genre, 1.0, "genre"), Tag(mood, 1.0, "mood"), Tag(instrument, 1.0, "instrument"))
    for genre in ("rock", "jazz")
    for mood in ("happy", "sad")
    for instrument in ("drums", "piano")
]


def test_paragraphs_say_where_blocks_begin():
    for paragraph in make_paragraphs([*TAGS, TAGS[0][:1]], random.Random(0)):
        assert len(paragraph.sentences) == 3
        assert sum(paragraph.apart) == len(paragraph.blocks) - 1
        assert paragraph.text.count(".") == len(paragraph.blocks)


def test_the_loss_of_an_order_is_that_of_pointing_step_by_step(pointer):
    order = NeuralOrder(str(pointer))
    sentences = [["This is rock.", "It is sad and slow.", "You hear drums."], ["A song.", "It is sad."]]
    with torch.no_grad():
        both = ordering_loss(order.model, order.tokenizer, sentences, torch.tensor([[2, 0, 1], [1, 0, -1]]))
        first = ordering_loss(order.model, order.tokenizer, sentences[:1], torch.tensor([[2, 0, 1]]))
        second = ordering_loss(order.model, order.tokenizer, sentences[1:], torch.tensor([[1, 0]]))
    assert float(both) == pytest.approx((3 * float(first) + 2 * float(second)) / 5, abs=1e-5)
    # The order that is chosen greedily has the smallest loss at its first place; the last fact costs nothing.
    chosen = order.order(sentences[1:])[0]
    with torch.no_grad():
        good, bad = (
            float(ordering_loss(order.model, order.tokenizer, sentences[1:], torch.tensor([row])))
            for row in (chosen, chosen[::-1])
        )
    assert good <= bad
    assert torch.tensor([-2 * good, -2 * bad]).exp().sum() == pytest.approx(1.0, abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("step", ["ordering", "aggregation", "compression"])
def test_a_step_learns_and_is_used_from_its_folder(step, pointer, roberta, bart, tmp_path):
    start = {"ordering": pointer, "aggregation": roberta, "compression": bart}[step]
    paragraphs = make_paragraphs(TAGS, random.Random(0))[:2]
    losses = []
    out = train_step(
        step, str(start), paragraphs, tmp_path / step, steps=40, batch=4, learning_rate=1e-2,
        progress=lambda number, loss: losses.append(loss),
    )  # fmt: skip
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])
    text = make("data2text", **{step: str(out)})({"rock": 1.0, "sad": 1.0}, {"rock": "genre"}, random.Random(0))
    assert "rock" in text and "sad" in text


def test_a_plain_bart_becomes_a_pointer(bart, tmp_path):
    assert BartForConditionalGeneration.from_pretrained(bart)
    out = train_step("ordering", str(bart), make_paragraphs(TAGS, random.Random(0)), tmp_path, steps=1, batch=2)
    assert sorted(NeuralOrder(str(out)).order([["A.", "B."]])[0]) == [0, 1]


def test_bad_calls_are_one_line(bart, tmp_path):
    with pytest.raises(ConfigError, match="no step 'spelling'"):
        train_step("spelling", str(bart), [], tmp_path)
    with pytest.raises(DatasetError, match="no paragraphs"):
        train_step("ordering", str(bart), [], tmp_path)
