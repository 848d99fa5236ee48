"""transformers' decoders in our search: against transformers' own search, with and without caches."""

from __future__ import annotations

import pytest
import torch
from transformers import (
    BartConfig,
    BartForCausalLM,
    BartForConditionalGeneration,
    BertConfig,
    BertLMHeadModel,
    GPT2Config,
    GPT2LMHeadModel,
)
from transformers.modeling_outputs import BaseModelOutput

from models.generation.huggingface import CrossAttentionDecoder, EncoderDecoder, Memory
from models.generation.search import beam_search, greedy

WORDS, END, WIDTH = 60, 2, 16


def bart_config() -> BartConfig:
    return BartConfig(
        vocab_size=WORDS,
        d_model=WIDTH,
        encoder_layers=1,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_position_embeddings=24,
        init_std=0.6,
        forced_eos_token_id=None,
    )


def bart() -> EncoderDecoder:
    torch.manual_seed(1)
    model = BartForConditionalGeneration(bart_config()).eval()
    model.final_logits_bias[0, END] = 3  # so that some hypotheses end
    return EncoderDecoder(model)


def bart_decoder() -> CrossAttentionDecoder:
    torch.manual_seed(2)
    config = bart_config()
    config.is_decoder, config.is_encoder_decoder = True, False
    return CrossAttentionDecoder(BartForCausalLM(config).eval())


def bert() -> CrossAttentionDecoder:
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=WORDS,
        hidden_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=24,
        initializer_range=0.6,
        is_decoder=True,
        add_cross_attention=True,
    )
    return CrossAttentionDecoder(BertLMHeadModel(config).eval())


def gpt2() -> CrossAttentionDecoder:
    torch.manual_seed(4)
    config = GPT2Config(
        vocab_size=WORDS,
        n_embd=WIDTH,
        n_layer=2,
        n_head=2,
        n_positions=24,
        initializer_range=0.6,
        add_cross_attention=True,
        bos_token_id=0,
        eos_token_id=END,
    )
    return CrossAttentionDecoder(GPT2LMHeadModel(config).eval())


DECODERS = pytest.mark.parametrize("make", [bart, bart_decoder, bert, gpt2])
SEARCH = {"begin": END, "end": END, "longest": 12}


def memory(examples: int = 4, length: int = 7) -> Memory:
    generator = torch.Generator().manual_seed(5)
    lengths = torch.randint(2, length + 1, (examples,), generator=generator)
    return Memory(
        torch.randn(examples, length, WIDTH, generator=generator),
        (torch.arange(length)[None] < lengths[:, None]).long(),
    )


def same(one, other) -> None:
    assert [[h.ids for h in hypotheses] for hypotheses in one] == [[h.ids for h in hypotheses] for hypotheses in other]
    for first, second in zip(one, other, strict=True):
        assert [h.score for h in first] == pytest.approx([h.score for h in second], abs=1e-4)


@pytest.mark.parametrize("penalty", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("beams", [1, 3, 5, 20])
def test_equals_the_search_of_transformers(beams, penalty):
    decoder, given = bart(), memory()
    expected = decoder.model.generate(
        encoder_outputs=BaseModelOutput(last_hidden_state=given.states),
        attention_mask=given.mask,
        num_beams=beams,
        num_return_sequences=beams,
        do_sample=False,
        max_new_tokens=12,
        length_penalty=penalty,
        early_stopping="never" if beams > 1 else None,
        decoder_start_token_id=END,
        pad_token_id=1,
        return_dict_in_generate=True,
        output_scores=True,
    )
    found = beam_search(decoder, given, **SEARCH, beams=beams, keep=beams, length_penalty=penalty)
    hypotheses = [h for example in found for h in example]
    assert len(hypotheses) == len(expected.sequences)
    for hypothesis, row in zip(hypotheses, expected.sequences.tolist(), strict=True):
        written = [*hypothesis.ids, END] if hypothesis.ended else list(hypothesis.ids)
        assert row[1:] == written + [1] * (len(row) - 1 - len(written))
    if beams > 1:
        assert [h.score for h in hypotheses] == pytest.approx(expected.sequences_scores.tolist(), abs=1e-4)
        assert any(h.ended for h in hypotheses)


@DECODERS
@pytest.mark.parametrize("beams", [1, 4])
def test_the_cache_changes_nothing(make, beams):
    decoder, given = make(), memory()
    uncached = type(decoder)(decoder.model, cached=False)
    same(
        beam_search(decoder, given, **SEARCH, beams=beams, keep=beams),
        beam_search(uncached, given, **SEARCH, beams=beams, keep=beams),
    )


@DECODERS
def test_with_the_cache_a_step_reads_one_token(make):
    decoder, lengths = make(), []
    read = decoder._read
    decoder._read = lambda ids, given, cache: lengths.append(ids.shape[1]) or read(ids, given, cache)
    beam_search(decoder, memory(), **SEARCH, beams=3)
    assert len(lengths) > 3
    assert set(lengths) == {1}


@DECODERS
def test_a_batch_gives_what_its_examples_give_alone(make):
    decoder, given = make(), memory(6)
    together = beam_search(decoder, given, **SEARCH, beams=3, keep=2)
    alone = [
        beam_search(decoder, Memory(given.states[i : i + 1], given.mask[i : i + 1]), **SEARCH, beams=3, keep=2)[0]
        for i in range(6)
    ]
    same(together, alone)


@DECODERS
@torch.no_grad()
def test_scores_are_those_of_teacher_forcing(make):
    decoder, given = make(), memory()
    uncached = type(decoder)(decoder.model, cached=False)
    found = beam_search(decoder, given, **SEARCH, beams=3, keep=3)
    for i, hypotheses in enumerate(found):
        for hypothesis in hypotheses:
            written = torch.tensor([[*hypothesis.ids, END] if hypothesis.ended else [*hypothesis.ids]])
            read = torch.cat([torch.tensor([[END]]), written[:, :-1]], dim=1)
            mine = Memory(given.states[i : i + 1], given.mask[i : i + 1])
            log_probs = uncached._read(read, mine, None).logits.log_softmax(-1)
            total = log_probs.gather(2, written[..., None]).sum()
            assert hypothesis.log_prob == pytest.approx(float(total), abs=1e-4)


@DECODERS
def test_masked_states_are_not_read(make):
    decoder, given = make(), memory()
    noise = Memory(torch.where(given.mask[..., None] == 1, given.states, 100.0), given.mask)
    same([greedy(decoder, given, **SEARCH)], [greedy(decoder, noise, **SEARCH)])


@DECODERS
def test_a_memory_without_a_mask_is_read_whole(make):
    decoder, given = make(), memory()
    full = Memory(given.states, torch.ones_like(given.mask))
    same([greedy(decoder, Memory(given.states), **SEARCH)], [greedy(decoder, full, **SEARCH)])


def test_a_model_in_training_mode_is_refused():
    with pytest.raises(ValueError, match=r"BartForConditionalGeneration .* call eval\(\)"):
        EncoderDecoder(BartForConditionalGeneration(bart_config()).train())


def test_more_tokens_than_positions_are_said():
    decoder = bart()
    decoder.model.final_logits_bias[0, END] = -100
    with pytest.raises(ValueError, match="has 24 positions"):
        greedy(decoder, memory(), begin=END, end=END, longest=30)
