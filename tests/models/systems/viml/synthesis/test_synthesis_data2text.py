from __future__ import annotations

import random
import re
from itertools import pairwise

import pytest

from models.errors import CheckpointError, ConfigError
from models.systems.viml.synthesis import make
from models.systems.viml.synthesis.aggregation import ConjunctionRules, NeuralAggregation, divide, separated
from models.systems.viml.synthesis.base import Tag
from models.systems.viml.synthesis.compression import SubjectRules, with_separators
from models.systems.viml.synthesis.mentions import Mentions, read_vocabulary
from models.systems.viml.synthesis.ordering import NeuralOrder, SalienceOrder, sentence_ends
from models.systems.viml.synthesis.templates import FILE, Fact, Template, facts, fill, read_groups

GROUPS = read_groups()
WORDS = {
    **read_vocabulary(),
    "vocal": ("male vocals", "choir"), "tempo": ("slow", "up-tempo"), "mode": ("minor",), "theme": ("the sea", "love"),
    "other": ("xmas", "8-bit"),
}  # fmt: skip


def rock(words=("rock",)) -> Fact:
    return fill(Template("This is {tags} music.", "in {one} style"), "genre", words)


def drums(words=("drums", "organ")) -> Fact:
    return fill(Template("The song has {each}.", "with {each}"), "instrument", words)


def happy(words=("happy",)) -> Fact:
    return fill(Template("It sounds {tags}.", "giving {one} vibe"), "mood", words)


def check_english(text: str) -> None:
    assert re.fullmatch(r"[A-Z][^{}]*\.", text), text
    assert "  " not in text and ",," not in text and ".." not in text and " ." not in text, text
    assert not re.search(r"\b[Aa] [aeio]", text), text
    assert not re.search(r"\b[Aa]n (?!8|hour|r&b)[^aeiou]", text), text
    assert not re.search(r"\ban? (?:\w+ )?(?:drums|vocals|strings|brass|percussion|handclaps|bells)\b", text), text
    assert all(re.match(r"[A-Z]", sentence) for sentence in re.split(r"(?<=\.) ", text)), text
    # "male vocals, vocals" is a list.
    assert all(a != b for a, b in pairwise(text.lower().split()) if not a.endswith(",")), text


@pytest.mark.parametrize("group", [*GROUPS, "a group of nobody's"])
def test_every_template_is_english_for_any_number_of_tags(group):
    rng = random.Random(5)
    words = WORDS.get(group, WORDS["other"])
    for template in GROUPS.get(group, GROUPS["other"]).templates:
        for count in range(1, min(15, len(words)) + 1):
            for _ in range(8):
                fact = fill(template, group if group in GROUPS else "other", rng.sample(words, count))
                check_english(fact.sentence)
                assert not fact.tail.endswith(".")
                assert all(word in fact.sentence.lower() and word in fact.tail for word in fact.words)


def test_verbs_agree_with_their_instruments():
    template = Template("{Each} play{s}, {be} playing.", "with {each}")
    assert fill(template, "instrument", ["organ"]).sentence == "An organ plays, is playing."
    assert fill(template, "instrument", ["drums"]).sentence == "Drums play, are playing."
    assert fill(template, "instrument", ["organ", "flute"]).sentence == "An organ and a flute play, are playing."


def test_paragraphs_are_english_and_name_all_tags_from_none_to_fifteen():
    rng, synthesiser = random.Random(7), make("data2text")
    known = {word: group for group, words in WORDS.items() for word in words}
    for count in range(16):
        for _ in range(40):
            words = rng.sample(sorted(known), count)
            text = synthesiser(dict.fromkeys(words, 0.7), known, rng)
            if count:
                check_english(text)
            assert Mentions(words, {}).named(text, words) == set(words), text


def test_classical_music_is_not_music_music():
    assert rock(("classical music",)).sentence == "This is classical music."


def test_subjects_are_taken_away():
    assert SubjectRules()(
        [[[rock(), happy(), drums()]], [[rock(("rock", "pop", "soul")), happy()], [drums()]]], []
    ) == [
        "This is rock music giving a happy vibe, with drums and an organ.",
        "This is rock, pop, and soul music, giving a happy vibe. The song has drums and an organ.",
    ]


def test_the_salient_group_tends_to_come_first():
    order = SalienceOrder(GROUPS)
    told = [drums(), happy(), rock()]
    first = [order([told], [random.Random(seed)])[0][0].group for seed in range(600)]
    # Salience 6, 3 and 1.5: shares 0.571, 0.286, 0.143.
    assert first.count("genre") / 600 == pytest.approx(0.571, abs=0.09)
    assert first.count("mood") / 600 == pytest.approx(0.286, abs=0.08)


def test_rules_join_only_what_may_be_joined():
    tempo = fill(GROUPS["tempo"].templates[0], "tempo", ["slow"])
    every = ConjunctionRules(GROUPS, share=1.0, facts=3, words=4)
    rng = [random.Random(0)]
    assert [len(b) for b in every([[rock(), happy(), tempo, drums()]], rng)[0]] == [3, 1]
    assert [len(b) for b in every([[tempo, rock(), drums(("a", "b", "c", "d"))]], rng)[0]] == [1, 1, 1]
    never = ConjunctionRules(GROUPS, share=0.0)
    assert [len(b) for b in never([[rock(), happy()]], rng)[0]] == [1, 1]


def test_divide_and_separators():
    blocks = divide([rock(), happy(), drums()], [True, False])
    assert blocks == [[rock()], [happy(), drums()]]
    assert with_separators(blocks) == "This is rock music. <sep> It sounds happy. The song has drums and an organ."


def test_facts_follow_the_groups_and_unknown_groups_are_other():
    tags = [Tag("rock", 0.9, "genre"), Tag("xmas", 0.8, "season"), Tag("pop", 0.7, "genre")]
    told = facts(tags, GROUPS, random.Random(0))
    assert [(fact.group, set(fact.words)) for fact in told] == [("genre", {"rock", "pop"}), ("other", {"xmas"})]


def test_a_random_pointer_gives_every_fact_once(pointer):
    order = NeuralOrder(str(pointer), batch=2)
    told = [[rock(), happy(), drums()], [drums()], [happy(), rock()]]
    out = order(told, [])
    assert [sorted(f.sentence for f in row) for row in out] == [sorted(f.sentence for f in row) for row in told]
    alone = [NeuralOrder(str(pointer), batch=1)([row], [])[0] for row in told]
    assert out == alone  # padding changes nothing


def test_sentence_ends_count_from_the_beginning_of_each_example():
    assert sentence_ends([[[5, 2], [5, 5, 2]], [[2]]]).tolist() == [[1, 4], [0, -1]]


def test_separators_lie_between_sentences_and_long_ones_are_cut(tokenizer):
    ids, places = separated(tokenizer, ["rock music", "drums " * 50, "a song"], 40)
    assert len(ids) <= 40
    assert len(places) == 2
    assert [ids[i] for i in places] == [tokenizer.eos_token_id] * 2
    assert ids.count(tokenizer.eos_token_id) == 3


def test_aggregation_is_that_of_the_class_at_the_separator(roberta):
    aggregate = NeuralAggregation(str(roberta))
    told = [[rock(), happy(), drums()], [rock()], [drums(), rock()]]
    for cls, expected in ((1, [[1, 1, 1], [1], [1, 1]]), (0, [[3], [1], [2]])):
        aggregate.model.classifier.weight.data.zero_()
        aggregate.model.classifier.bias.data.zero_()[cls] = 1.0
        assert [[len(block) for block in blocks] for blocks in aggregate(told, [])] == expected


def test_with_all_three_models_the_text_of_a_random_one_gives_way_to_the_rules(pointer, roberta, bart):
    synthesiser = make(
        "data2text",
        ordering=str(pointer),
        aggregation=str(roberta),
        compression=str(bart),
        batch=2,
        beams=2,
        longest=12,
    )
    items = [({"rock": 0.9, "happy": 0.8, "drums": 0.7}, {"rock": "genre", "happy": "mood", "drums": "instrument"})] * 3
    texts = synthesiser.many(items, random.Random(0))
    assert synthesiser.counts["replaced"] == 3
    for text in texts:
        check_english(text)
        assert all(word in text for word in ("rock", "happy"))


def test_a_compression_that_keeps_the_tags_stands(bart, monkeypatch):
    synthesiser = make("data2text", compression=str(bart), keep=0.5)
    monkeypatch.setattr(synthesiser.compress, "compress", lambda texts: ["Rock it.", "Nothing."][: len(texts)])
    items = [({"rock": 0.9, "happy": 0.8}, {"rock": "genre", "happy": "mood"})] * 2
    texts = synthesiser.many(items, random.Random(0))
    assert texts[0] == "Rock it."
    assert texts[1] != "Nothing."
    assert synthesiser.counts["compressed"] == synthesiser.counts["replaced"] == 1


def test_the_separator_is_one_token_of_the_compression_model(bart):
    compress = make("data2text", compression=str(bart)).compress
    ids = compress.tokenizer("a <sep> b", add_special_tokens=False)["input_ids"]
    assert compress.tokenizer.convert_tokens_to_ids("<sep>") in ids
    assert compress.model.get_input_embeddings().num_embeddings >= len(compress.tokenizer)


def test_a_checkpoint_without_the_trained_part_is_refused(bart, gpt2):
    with pytest.raises(CheckpointError, match=r"lacks .*(key|query).* not trained"):
        NeuralOrder(str(bart))
    with pytest.raises((CheckpointError, ConfigError)) as caught:
        make("data2text", compression=str(gpt2))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda t: t.replace("salience = 6.0\n", ""), "groups.genre needs salience"),
        (lambda t: t.replace("{tags} music", "{tag} music"), "groups.genre: .*must name the tags"),
        (lambda t: t.replace("[groups.other]", "[groups.rest]"), "needs a group 'other'"),
        (lambda t: "=" + t, "cannot be read"),
    ],
)
def test_bad_templates_are_one_clear_line(tmp_path, change, line):
    path = tmp_path / "templates.toml"
    path.write_text(change(FILE.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(ConfigError, match=line):
        make("data2text", templates=path)
