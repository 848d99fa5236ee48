from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from models.nets.captioner import Captioner
from models.nets.frontend import RATE, SEGMENT, LogMel, mel_filters
from models.nets.music import MusicEncoder
from models.nets.rhythm import ONSET_RATE, Rhythm
from models.nets.text import TextEncoder
from models.nets.video import FRAMES, SIZE, VideoEncoder, statistics


def tone(frequency: float, seconds: float = 10.0) -> torch.Tensor:
    t = torch.arange(round(seconds * RATE)) / RATE
    return 0.3 * torch.sin(2 * math.pi * frequency * t)


def test_log_mel_is_the_same_for_a_quieter_copy() -> None:
    audio = torch.randn(1, SEGMENT) * 0.3
    mel = LogMel()
    assert mel(audio).shape == (1, 80, 400)
    assert (mel(audio) - mel(audio * 0.5)).abs().max() < 0.02


def test_log_mel_agrees_with_torch_stft() -> None:
    audio = torch.randn(1, 16_000) * 0.3
    window = torch.hann_window(640)
    padded = torch.nn.functional.pad(audio, (120, 120))
    power = torch.stft(padded, 640, 400, window=window, center=False, return_complex=True).abs() ** 2
    expected = torch.log(power.transpose(1, 2) @ mel_filters(321, 80, 30.0, 8000.0, RATE) + 1e-4).transpose(1, 2)
    expected = (expected - expected.mean()) / 4
    assert (LogMel()(audio) - expected).abs().max() < 1e-3


def test_mel_filters_each_sum_to_one() -> None:
    filters = mel_filters(321, 80, 30.0, 8000.0, RATE)
    assert torch.allclose(filters.sum(0), torch.ones(80))


@pytest.mark.parametrize(("note", "frequency"), [(9, 440.0), (0, 261.63), (6, 369.99)])
def test_chroma_names_the_note(note: int, frequency: float) -> None:
    _, chroma = Rhythm()(tone(frequency)[None])
    assert chroma.shape == (1, 80, 12)
    assert int(chroma[0, 10:-10].mean(0).argmax()) == note


def test_onsets_are_where_the_clicks_are() -> None:
    audio = torch.zeros(SEGMENT)
    audio[RATE // 2 :: RATE] = 0.9
    onset, _ = Rhythm()(audio[None])
    peaks = torch.topk(onset[0], 10).indices.sort().values / ONSET_RATE
    assert torch.allclose(peaks, torch.arange(10) + 0.5, atol=0.03)


def test_music_encoder_shapes_and_unit_norm() -> None:
    embedding, tags, latents = MusicEncoder(7).eval()(torch.randn(2, SEGMENT) * 0.1)
    assert embedding.shape == (2, 256) and tags.shape == (2, 7) and latents.shape == (2, 20, 256)
    assert torch.allclose(embedding.norm(dim=1), torch.ones(2), atol=1e-5)
    assert ((tags >= 0) & (tags <= 1)).all()


def test_text_padding_changes_nothing() -> None:
    model = TextEncoder(50, width=24, layers=1, heads=2).eval()
    ids = torch.tensor([[5, 9, 11]])
    alone, _ = model(ids)
    padded, _ = model(torch.tensor([[5, 9, 11, 0, 0]]))
    assert torch.allclose(alone, padded, atol=1e-5)


def test_video_statistics_see_light_motion_and_cuts() -> None:
    dark, bright = torch.full((1, 4, 3, SIZE, SIZE), 0.05), torch.full((1, 4, 3, SIZE, SIZE), 0.9)
    still, cut = statistics(dark), statistics(torch.cat([dark[:, :2], bright[:, :2]], dim=1))
    assert still[0, 0, 6] > 0.9 and still[0, 0, 7] < 0.1  # dark, not bright
    assert still[0, 2, 15] < 0.01 and cut[0, 2, 15] > 0.9  # a cut at the third frame, and only there
    assert cut[0, 3, 15] < 0.01


def test_video_encoder_shapes() -> None:
    frames = torch.randint(0, 255, (1, FRAMES, SIZE, SIZE, 3)).to(torch.uint8)
    embedding, moods = VideoEncoder(5).eval()(frames)
    assert embedding.shape == (1, 256) and moods.shape == (1, 5)


@pytest.fixture(scope="module")
def captioner() -> Captioner:
    torch.manual_seed(0)
    return Captioner(40, 15, music=16, lyrics=12, width=16, heads=2, layers=2).eval()


@torch.inference_mode()
def test_cached_decoding_is_the_same_as_all_at_once(captioner: Captioner) -> None:
    memory = captioner.encoder(torch.randn(1, 6, 16), torch.rand(1, 15), torch.randn(1, 3, 12), torch.ones(1, 3))
    ids, cache = torch.tensor([[1, 7, 9, 4]]), captioner.empty_cache(1)
    together, _, _ = captioner.decoder(ids, cache, cache, *memory)
    keys = values = cache
    for step in range(4):
        logits, keys, values = captioner.decoder(ids[:, step : step + 1], keys, values, *memory)
        assert torch.allclose(logits[0, 0], together[0, step], atol=1e-5)
    assert keys.shape == (2, 1, 2, 4, 8)


@torch.inference_mode()
def test_faint_tags_and_padded_lyrics_are_hidden(captioner: Captioner) -> None:
    sequence, lyrics = torch.randn(1, 6, 16), torch.randn(1, 3, 12)
    tags = torch.full((1, 15), 0.02)
    tags[0, 3] = 0.9
    other = tags.clone()
    other[0, 5] = 0.05
    ids, cache = torch.tensor([[1, 7]]), captioner.empty_cache(1)

    def answer(t: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return captioner.decoder(ids, cache, cache, *captioner.encoder(sequence, t, lyrics, mask))[0]

    assert torch.allclose(answer(tags, torch.zeros(1, 3)), answer(other, torch.zeros(1, 3)), atol=1e-5)
    assert not torch.allclose(answer(tags, torch.zeros(1, 3)), answer(tags, torch.ones(1, 3)), atol=1e-4)


def test_captioner_learns_two_sentences() -> None:
    torch.manual_seed(1)
    model = Captioner(20, 13, music=8, lyrics=8, width=32, heads=2, layers=1)
    tags = torch.zeros(2, 13)
    tags[0, 2], tags[1, 7] = 0.9, 0.9
    batch = (torch.zeros(2, 4, 8), tags, torch.zeros(2, 0, 8), torch.zeros(2, 0))
    ids = torch.tensor([[1, 5, 6, 7, 2], [1, 9, 8, 5, 2]])
    optimiser = torch.optim.Adam(model.parameters(), lr=5e-3)
    for _ in range(120):
        optimiser.zero_grad()
        model.loss(*batch, ids).backward()
        optimiser.step()
    model.eval()
    for row in range(2):
        memory = model.encoder(*(part[row : row + 1] for part in batch))
        assert model.greedy(memory, 1, 2) == ids[row, 1:-1].tolist()


def test_attention_gives_no_nan_without_lyrics(captioner: Captioner) -> None:
    keys, _, _ = captioner.encoder(torch.randn(1, 4, 16), torch.rand(1, 15), torch.zeros(1, 0, 12), torch.zeros(1, 0))
    assert np.isfinite(keys.detach().numpy()).all()
