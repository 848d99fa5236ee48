from __future__ import annotations

import random

import pytest
import torch

from models.errors import ConfigError
from models.systems.viml.synthesis import Tag, make, select
from models.systems.viml.synthesis.causal import CausalModel, LineEnd, SeededSampling
from models.systems.viml.synthesis.mentions import Mentions, read_vocabulary
from models.systems.viml.synthesis.prompt import Example, draw, first_line, read_examples, save_examples, write_prompt
from models.systems.viml.synthesis.templates import read_groups
from models.systems.viml.synthesis.validation import Validator

TAGS = {"rock": 0.826, "pop": 0.31, "happy": 0.5, "electric guitar": 0.9, "drumset": 0.4, "sad": 0.1}
KINDS = {"rock": "genre", "pop": "genre", "happy": "mood", "sad": "mood", "electric guitar": "instrument",
         "drumset": "instrument"}  # fmt: skip
CHOSEN = select(TAGS, KINDS, 0.3, 15)


def test_the_prompt_is_that_of_figure_2():
    example = Example((Tag("blues", 0.866, "genre"), Tag("slow", 0.5712, "mood")), "Slow blues.")
    assert write_prompt([example], CHOSEN, read_groups()) == (
        "[Input]: GENRES: blues (86.6%); MOODS: slow (57.1%)\n"
        "[Output]: Slow blues.\n"
        "[Input]: GENRES: rock (82.6%), pop (31.0%); MOODS: happy (50.0%); "
        "INSTRUMENTS: electric guitar (90.0%), drumset (40.0%)\n"
        "[Output]:"
    )


def test_our_examples_pass_our_own_validation():
    examples = read_examples()
    assert len(examples) >= 12
    assert len({e.text for e in examples}) == len(examples)
    validator = Validator(Mentions(word for words in read_vocabulary().values() for word in words))
    assert {e.text: validator.problem(e.text, e.tags) for e in examples if validator.problem(e.text, e.tags)} == {}


def test_examples_written_are_examples_read(tmp_path):
    pairs = (
        Example((Tag("r&b", 0.9, "genre"), Tag('12" mix', 0.25, "a new group")), 'An "old" song: café.'),
        *read_examples(),
    )
    assert read_examples(save_examples(tmp_path / "examples.toml", pairs)) == pairs


def test_the_question_itself_is_never_an_example():
    pairs = [Example((Tag("a", 1.0, ""),), "A."), Example((Tag("b", 1.0, ""),), "B.")]
    for seed in range(20):
        assert draw(pairs, 2, (Tag("b", 0.4, ""),), random.Random(seed)) == [pairs[0]]


def test_an_answer_ends_with_its_line_or_at_the_next_question():
    assert first_line(" A song.\n[Input]: x") == "A song."
    assert first_line(" A song. [input]: GENRES") == "A song."
    assert first_line("\nA song.") == ""


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Happy rock with an electric guitar.", None),
        ("Rock track with a happy mood and drums.", None),
        ("Happy rock.", "length"),
        ("A happy rock song " + " ".join(f"word{i}" for i in range(60)), "length"),
        ("Счастливая рок музыка, this is happy rock.", "language"),
        ("%%% 1 happy $$$$ ((((( rock ==== )))) the ####", "language"),
        ("Happy rock xzkrt bcdfg qwrtp hjklm the.", "language"),
        ("Happy rock, happy rock, happy rock, the song.", "repetition"),
        ("The the happy rock song.", "repetition"),
        ("The rock song is happy and happy.", "repetition"),
        ("Slow blues led by a crying slide guitar over a lazy organ, rock.", "copy"),
        ("A happy song for everyone.", "tags"),
        ("Happy rock with a female voice.", "invented"),
        ("Happy rock song with a sad piano.", "invented"),
    ],
)
def test_validation_says_what_is_wrong(text, problem):
    validator = Validator(Mentions([*(w for ws in read_vocabulary().values() for w in ws), *TAGS]))
    example = "Slow blues led by a crying slide guitar over a lazy organ."
    assert validator.problem(text, CHOSEN, [example]) == problem


def test_sampling_takes_the_right_share_of_each_token_and_nothing_beyond_top_p():
    probabilities = torch.tensor([0.1, 0.5, 0.05, 0.3, 0.05])
    rows = 4000
    process = SeededSampling([random.Random(i) for i in range(rows)], 1.0, 0.85)
    left = process(torch.zeros(rows, 1, dtype=torch.long), probabilities.log().expand(rows, -1).contiguous())
    assert (left.isfinite().sum(1) == 1).all()
    shares = torch.bincount(left.argmax(1), minlength=5) / rows
    # 0.5 + 0.3 is short of 0.85, so the 0.1 belongs to the set and the rest does not.
    assert shares.tolist() == pytest.approx([0.1 / 0.9, 0.5 / 0.9, 0.0, 0.3 / 0.9, 0.0], abs=0.035)


def test_temperature_sharpens_and_zero_is_greedy():
    logits = torch.tensor([[0.0, 1.0]]).expand(3000, -1).contiguous()
    rngs = [random.Random(i) for i in range(3000)]
    share = SeededSampling(rngs, 0.5, 1.0)(logits, logits).argmax(1).float().mean()
    assert float(share) == pytest.approx(float(torch.sigmoid(torch.tensor(2.0))), abs=0.03)
    assert SeededSampling(rngs, 0.0, 1.0)(logits, logits) is logits


def test_a_row_ends_at_a_token_with_a_line_break(tokenizer):
    ends = LineEnd(tokenizer)
    ids = torch.tensor([tokenizer("x\n", add_special_tokens=False)["input_ids"][-1:], tokenizer("a")["input_ids"][-1:]])
    assert ends(ids, torch.zeros(2, 1)).tolist() == [True, False]


def test_completions_do_not_depend_on_the_batch(gpt2):
    model = CausalModel(str(gpt2))
    prompts = ["[Input]: rock\n[Output]:", "[Input]: GENRES: rock (50.0%), happy, drums and a guitar\n[Output]:", "a"]
    options = {"temperature": 1.0, "top_p": 0.95, "longest": 10}
    together = model.complete(prompts, [random.Random(i) for i in range(3)], **options)
    alone = [model.complete([p], [random.Random(i)], **options)[0] for i, p in enumerate(prompts)]
    assert together == alone
    assert len(set(together)) > 1


def test_a_random_model_is_refused_every_time_and_data2text_writes(gpt2):
    synthesiser = make("prompt2text", model=str(gpt2), tries=3, batch=2, longest=12, shots=1)
    texts = synthesiser.many([(TAGS, KINDS)] * 3 + [({}, {})], random.Random(0))
    counts = synthesiser.counts
    assert counts["fallen back"] == 3
    assert counts["attempts"] == 9
    assert counts["accepted"] == counts["retried"] == 0
    assert sum(count for name, count in counts.items() if name.startswith("refused")) == 9
    assert texts[3] == ""
    for text in texts[:3]:
        assert all(word in text for word in ("rock", "pop", "happy", "electric guitar", "drumset"))
    again = make("prompt2text", model=str(gpt2), tries=3, batch=1, longest=12, shots=1)
    assert again.many([(TAGS, KINDS)] * 3, random.Random(0)) == texts[:3]


def test_good_answers_are_kept_and_counted_by_their_try(gpt2, monkeypatch):
    synthesiser = make("prompt2text", model=str(gpt2), tries=2, batch=2)
    synthesiser.model.context = 10_000
    good = " happy rock with an electric guitar\n[Input]:"
    answers = iter([[good, " nothing\n"], [good]])
    asked = []

    def complete(prompts, rngs, **options):
        asked.append(prompts)
        return next(answers)

    monkeypatch.setattr(synthesiser.model, "complete", complete)
    texts = synthesiser.many([(TAGS, KINDS)] * 2, random.Random(0))
    assert texts == ["Happy rock with an electric guitar."] * 2
    assert (synthesiser.counts["accepted"], synthesiser.counts["retried"]) == (1, 1)
    assert synthesiser.counts["fallen back"] == 0
    assert asked[1][0] != asked[0][1]  # other examples at the second try
    assert asked[1][0].splitlines()[-2:] == asked[0][1].splitlines()[-2:]


def test_a_prompt_too_long_loses_examples_then_tags_and_at_last_there_is_an_error(gpt2):
    synthesiser = make("prompt2text", model=str(gpt2), longest=20, shots=3)
    pairs = list(read_examples())[:3]
    whole = synthesiser.prompt([], CHOSEN)
    model = synthesiser.model
    model.context = model.tokens(synthesiser.prompt(pairs[2:], CHOSEN)) + 20
    assert synthesiser.prompt(pairs, CHOSEN) == write_prompt(pairs[2:], CHOSEN, synthesiser.groups)
    model.context = model.tokens(whole) + 20
    assert synthesiser.prompt(pairs, CHOSEN) == whole
    model.context -= 1
    assert synthesiser.prompt(pairs, CHOSEN) == write_prompt([], CHOSEN[:-1], synthesiser.groups)
    assert synthesiser.counts["shortened"] == 3
    model.context = 24
    with pytest.raises(ConfigError, match="context of 24 tokens has no room"):
        synthesiser.prompt(pairs, CHOSEN)


@pytest.mark.parametrize("entry", ["text = 'x'", "genre = { rock = 1 }", "text = 'x'\ngenre = { rock = 'a' }", "x ="])
def test_bad_examples_are_one_clear_line(tmp_path, entry):
    path = tmp_path / "examples.toml"
    path.write_text(f"[[examples]]\n{entry}", encoding="utf-8")
    with pytest.raises(ConfigError, match="example"):
        read_examples(path)
