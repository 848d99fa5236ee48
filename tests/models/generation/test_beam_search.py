"""Beam search against exhaustive search, a second greedy search and its own promises."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn

from models.generation.search import Hypothesis, beam_search, greedy

WORDS = 5
BEGIN, END = 0, 1


class Recurrent(nn.Module):
    """A random GRU decoder: its log-probabilities depend on all earlier tokens and on the memory."""

    def __init__(self, seed: int, words: int = WORDS, width: int = 6) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.embedding = nn.Embedding(words, width)
        self.cell = nn.GRUCell(width, width)
        self.output = nn.Linear(width, words)
        self.output.weight.data *= 3
        self.requires_grad_(False)
        self.calls = 0

    def start(self, memory: Tensor) -> Tensor:
        return memory

    def step(self, ids: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        assert len(ids) == len(state)
        self.calls += 1
        state = self.cell(self.embedding(ids), state)
        return self.output(state).log_softmax(-1), state

    def select(self, state: Tensor, rows: Tensor) -> Tensor:
        return state[rows]

    @torch.no_grad()
    def log_prob(self, memory: Tensor, ids: tuple[int, ...], begin: int = BEGIN) -> float:
        """Teacher forcing of one example."""
        state, total = memory[None], 0.0
        for read, written in itertools.pairwise([begin, *ids]):
            log_probs, state = self.step(torch.tensor([read]), state)
            total += float(log_probs[0, written])
        return total


@dataclass
class Table:
    """A decoder that gives the same log-probabilities for every prefix, or a row of a table by the last token."""

    rows: list[list[float]]

    def start(self, memory: Tensor) -> Tensor:
        return memory

    def step(self, ids: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        return torch.tensor(self.rows)[ids], state

    def select(self, state: Tensor, rows: Tensor) -> Tensor:
        return state[rows]


def logs(*rows: list[float]) -> list[list[float]]:
    return [[math.log(p) if p else -math.inf for p in row] for row in rows]


def memory(examples: int, seed: int = 0) -> Tensor:
    return torch.randn(examples, 6, generator=torch.Generator().manual_seed(seed))


def everything(decoder: Recurrent, example: Tensor, longest: int, penalty: float) -> list[Hypothesis]:
    """All hypotheses there are, best first."""
    found = []
    for length in range(1, longest + 1):
        for ids in itertools.product([w for w in range(WORDS) if w != END], repeat=length - 1):
            total = decoder.log_prob(example, (*ids, END))
            found.append(Hypothesis(ids, total / length**penalty, total))
    for ids in itertools.product([w for w in range(WORDS) if w != END], repeat=longest):
        total = decoder.log_prob(example, ids)
        found.append(Hypothesis(ids, total / longest**penalty, total, ended=False))
    return sorted(found, key=lambda hypothesis: -hypothesis.score)


@pytest.mark.parametrize("penalty", [0.0, 0.6, 1.0, 2.0, -0.5])
def test_equals_exhaustive_search_with_wide_beams(penalty):
    decoder, examples, longest = Recurrent(3), memory(3), 4
    found = beam_search(
        decoder, examples, begin=BEGIN, end=END, longest=longest, beams=320, keep=12, length_penalty=penalty
    )
    for example, hypotheses in zip(examples, found, strict=True):
        expected = everything(decoder, example, longest, penalty)[:12]
        assert [h.ids for h in hypotheses] == [h.ids for h in expected]
        assert [h.ended for h in hypotheses] == [h.ended for h in expected]
        assert [h.score for h in hypotheses] == pytest.approx([h.score for h in expected], abs=1e-5)


def test_one_beam_takes_the_likeliest_token_at_every_step():
    decoder, examples = Recurrent(5), memory(16)
    found = greedy(decoder, examples, begin=BEGIN, end=END, longest=9)
    assert found == [
        hypotheses[0] for hypotheses in beam_search(decoder, examples, begin=BEGIN, end=END, longest=9, beams=1)
    ]
    for example, hypothesis in zip(examples, found, strict=True):
        state, last, ids, total, tokens = example[None], BEGIN, [], 0.0, 0
        while tokens < 9:
            log_probs, state = decoder.step(torch.tensor([last]), state)
            last, tokens = int(log_probs[0].argmax()), tokens + 1
            total += float(log_probs[0, last])
            if last == END:
                break
            ids.append(last)
        assert hypothesis.ids == tuple(ids)
        assert hypothesis.ended == (last == END)
        assert hypothesis.log_prob == pytest.approx(total, abs=1e-5)
        assert hypothesis.score == pytest.approx(total / tokens, abs=1e-5)
    assert len({hypothesis.ended for hypothesis in found}) == 2  # both kinds were seen


@pytest.mark.parametrize("beams", [2, 5, 20])
def test_scores_are_those_of_teacher_forcing(beams):
    decoder, examples = Recurrent(11, words=40), memory(5)
    found = beam_search(decoder, examples, begin=BEGIN, end=END, longest=7, beams=beams, keep=beams, length_penalty=0.8)
    for example, hypotheses in zip(examples, found, strict=True):
        assert len({h.ids for h in hypotheses}) == len(hypotheses) == beams
        assert sorted(hypotheses, key=lambda h: -h.score) == hypotheses
        for hypothesis in hypotheses:
            ids = (*hypothesis.ids, END) if hypothesis.ended else hypothesis.ids
            assert hypothesis.log_prob == pytest.approx(decoder.log_prob(example, ids), abs=1e-4)
            assert hypothesis.score == pytest.approx(hypothesis.log_prob / len(ids) ** 0.8)


def test_a_batch_gives_what_its_examples_give_alone():
    decoder, examples = Recurrent(7, words=30), memory(9)
    together = beam_search(decoder, examples, begin=BEGIN, end=END, longest=12, beams=4, keep=3)
    for i, hypotheses in enumerate(together):
        (alone,) = beam_search(decoder, examples[i : i + 1], begin=BEGIN, end=END, longest=12, beams=4, keep=3)
        assert [h.ids for h in hypotheses] == [h.ids for h in alone]
        assert [h.score for h in hypotheses] == pytest.approx([h.score for h in alone], abs=1e-5)


def test_a_step_is_one_call_for_all_examples_and_beams():
    decoder = Recurrent(2, words=30)
    beam_search(decoder, memory(6), begin=BEGIN, end=END, longest=8, beams=5)
    assert decoder.calls <= 8


def test_two_searches_give_the_same():
    decoder, examples = Recurrent(13, words=50), memory(4)
    first, second = (
        beam_search(decoder, examples, begin=BEGIN, end=END, longest=10, beams=6, keep=6) for _ in range(2)
    )
    assert first == second


def plain(decoder: Recurrent, example: Tensor, longest: int, beams: int, penalty: float) -> list[Hypothesis]:
    """The search in its plainest form: one example, no caches, no early stop."""
    live, finished = [((), 0.0)], []
    for length in range(1, longest + 1):
        candidates = []
        for ids, _ in live:
            for word in range(decoder.embedding.num_embeddings):
                candidates.append(((*ids, word), decoder.log_prob(example, (*ids, word))))
        candidates = sorted(candidates, key=lambda candidate: -candidate[1])[: 2 * beams]
        for ids, total in candidates[:beams]:
            if ids[-1] == END:
                finished.append(Hypothesis(ids[:-1], total / length**penalty, total))
            elif length == longest:
                finished.append(Hypothesis(ids, total / length**penalty, total, ended=False))
        live = [candidate for candidate in candidates if candidate[0][-1] != END][:beams]
    return sorted(finished, key=lambda hypothesis: -hypothesis.score)


@pytest.mark.parametrize("penalty", [0.0, 1.0, -1.0])
def test_stopping_early_changes_nothing(penalty):
    decoder, examples = Recurrent(17, words=8), memory(3)
    arguments = {"begin": BEGIN, "end": END, "longest": 6, "beams": 3, "length_penalty": penalty}
    for keep in (1, 3):
        found = beam_search(decoder, examples, keep=keep, **arguments)
        for example, hypotheses in zip(examples, found, strict=True):
            expected = plain(decoder, example, 6, 3, penalty)[:keep]
            assert [h.ids for h in hypotheses] == [h.ids for h in expected]
            assert [h.score for h in hypotheses] == pytest.approx([h.score for h in expected], abs=1e-5)


def test_stops_as_soon_as_nothing_can_win():
    # The end has 0.9 at once; whatever is still alive has at most log(0.1) and can never have more.
    decoder = Table(logs([0.05, 0.9, 0.05], [1, 0, 0], [0.05, 0.9, 0.05]))
    steps = []
    step = Table.step
    decoder.step = lambda ids, state: steps.append(len(ids)) or step(decoder, ids, state)
    (found,) = beam_search(decoder, torch.zeros(1, 1), begin=0, end=1, longest=50, beams=2, length_penalty=0.0)
    assert found[0].ids == ()
    assert steps == [1]


def test_a_beam_finds_what_greedy_search_misses():
    # Token 2 looks better at first (0.6 to 0.4) but everything after it is unlikely.
    decoder = Table(logs([0, 0, 0.6, 0.4], [0, 1, 0, 0], [0.3, 0.3, 0.2, 0.2], [0, 1, 0, 0]))
    assert greedy(decoder, torch.zeros(1, 1), begin=0, end=1, longest=3, length_penalty=0)[0].ids != (3,)
    ((best,),) = beam_search(decoder, torch.zeros(1, 1), begin=0, end=1, longest=3, beams=2, length_penalty=0)
    assert best.ids == (3,)
    assert best.log_prob == pytest.approx(math.log(0.4))


def test_equal_candidates_come_by_beam_then_by_token():
    decoder = Table([[math.log(1 / 6)] * 6] * 6)
    (found,) = beam_search(decoder, torch.zeros(1, 1), begin=0, end=5, longest=2, beams=2, keep=2)
    assert [h.ids for h in found] == [(0, 0), (0, 1)]
    (found,) = beam_search(decoder, torch.zeros(1, 1), begin=0, end=0, longest=3, beams=2, keep=2)
    assert [h.ids for h in found] == [(), (1,)]


def test_longest_cuts_what_does_not_end():
    decoder = Table(logs([0.5, 0, 0.3, 0.2], *[[0.25, 0, 0.5, 0.25]] * 3))
    (found,) = beam_search(decoder, torch.zeros(1, 1), begin=0, end=1, longest=5, beams=3, keep=3)
    assert all(not h.ended and len(h.ids) == 5 for h in found)
    assert found[0].score == pytest.approx(found[0].log_prob / 5)


def test_begin_may_be_the_end():
    decoder, examples = Recurrent(19), memory(4)
    found = beam_search(decoder, examples, begin=END, end=END, longest=5, beams=3)
    for example, (best,) in zip(examples, found, strict=True):
        ids = (*best.ids, END) if best.ended else best.ids
        assert best.log_prob == pytest.approx(decoder.log_prob(example, ids, begin=END), abs=1e-5)


def test_begin_may_differ_by_example():
    decoder, examples = Recurrent(23), memory(2)
    begins = torch.tensor([2, 3])
    together = beam_search(decoder, examples, begin=begins, end=END, longest=5, beams=3)
    for i in range(2):
        (alone,) = beam_search(decoder, examples[i : i + 1], begin=int(begins[i]), end=END, longest=5, beams=3)
        assert together[i][0].ids == alone[0].ids


@pytest.mark.parametrize("beams", [1, 4])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_no_ngram_comes_twice(beams, n):
    decoder, examples = Recurrent(29), memory(6)
    decoder.output.bias.data[END] = -4
    arguments = {"begin": BEGIN, "end": END, "longest": 12, "beams": beams, "keep": beams}

    def repeats(hypothesis: Hypothesis) -> bool:
        ngrams = [hypothesis.ids[i : i + n] for i in range(len(hypothesis.ids) - n + 1)]
        return len(ngrams) > len(set(ngrams))

    assert any(repeats(h) for found in beam_search(decoder, examples, **arguments) for h in found)
    for found in beam_search(decoder, examples, no_repeat_ngram=n, **arguments):
        assert found
        assert not any(repeats(h) for h in found)


def test_pad_is_never_written():
    decoder, examples = Recurrent(31), memory(6)
    decoder.output.bias.data[4] = 3
    assert any(4 in h.ids for h in greedy(decoder, examples, begin=BEGIN, end=END, longest=5))
    found = beam_search(decoder, examples, begin=BEGIN, end=END, longest=5, beams=3, keep=3, pad=4)
    assert not any(4 in h.ids for hypotheses in found for h in hypotheses)


def test_more_beams_than_words():
    decoder, examples = Recurrent(37), memory(2)
    found = beam_search(decoder, examples, begin=BEGIN, end=END, longest=1, beams=20, keep=20)
    assert [len(hypotheses) for hypotheses in found] == [WORDS, WORDS]


@pytest.mark.parametrize("wrap", [lambda m: {"a": None, "b": m}, lambda m: (m, None), lambda m: Table([m])])
def test_the_number_of_examples_is_found_in_any_memory(wrap):
    class Unwraps(Recurrent):
        def start(self, wrapped):
            return memory(3)

    assert len(greedy(Unwraps(1), wrap(memory(3)), begin=BEGIN, end=END, longest=3)) == 3


def test_no_example_gives_nothing():
    assert beam_search(Recurrent(1), memory(0), begin=BEGIN, end=END, longest=3, beams=2) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"beams": 0}, "beams=0"),
        ({"keep": 4}, "keep=4"),
        ({"keep": 0}, "keep=0"),
        ({"longest": 0}, "longest=0"),
        ({"no_repeat_ngram": -1}, "no_repeat_ngram=-1"),
        ({"length_penalty": math.nan}, "length_penalty=nan"),
    ],
)
def test_bad_arguments_are_one_line(change, message):
    arguments = {"begin": BEGIN, "end": END, "longest": 3, "beams": 3, **change}
    with pytest.raises(ValueError, match=message) as error:
        beam_search(Recurrent(1), memory(2), **arguments)
    assert "\n" not in str(error.value)


def test_a_memory_without_tensors_needs_the_begins():
    with pytest.raises(ValueError, match="give begin"):
        greedy(Recurrent(1), {"a": 3}, begin=BEGIN, end=END, longest=3)


def test_a_broken_decoder_is_said():
    decoder = Recurrent(1)
    decoder.output.bias.data[0] = math.nan
    with pytest.raises(ValueError, match="NaN"):
        greedy(decoder, memory(1), begin=BEGIN, end=END, longest=3)
    with pytest.raises(ValueError, match="forbids every token"):
        greedy(Table([[-math.inf] * 3] * 3), memory(1), begin=BEGIN, end=END, longest=3)
