"""The music encoder, its weights on disk, and what is remembered of it."""

import copy
import pickle

import numpy as np
import pytest
import torch
from alcap_tiny import MODEL

from models.errors import CheckpointError
from models.systems.alcap.heard import SequenceCache
from models.systems.alcap.settings import ModelSettings, SpectrogramSettings, TaggerSettings
from models.systems.alcap.spectrogram import LogMel, excerpt, middle
from models.systems.alcap.tagger import Tagger, read_tagger, save_tagger

SETTINGS = TaggerSettings.model_validate(MODEL["tagger"])


@pytest.fixture
def tagger():
    torch.manual_seed(0)
    tagger = Tagger(SETTINGS, ["a", "b", "c"])
    for _ in range(3):  # batch statistics that are not those of a fresh network
        tagger(torch.randn(4, 40, 16) * 10 - 40, torch.tensor([40, 30, 40, 20]))
    return tagger.eval()


def test_full_size_is_the_published_one():
    with torch.device("meta"):
        tagger = Tagger(TaggerSettings(), [str(i) for i in range(50)])
        sequence, mask = tagger.sequence(torch.empty(2, 938, 128), torch.full((2,), 938))
        logits = tagger(torch.empty(2, 938, 128), torch.full((2,), 938))
    assert sequence.shape == (2, 118, 256) and mask.shape == (2, 118) and logits.shape == (2, 50)


def test_padding_changes_neither_sequence_nor_tags(tagger):
    mel = torch.randn(2, 33, 16) * 10 - 40
    lengths = torch.tensor([33, 21])
    longer = torch.cat([mel, torch.full((2, 30, 16), 7.0)], 1)
    longer[1, 21:] = -3.0
    for i, length in enumerate(lengths.tolist()):
        alone, mask = tagger.sequence(mel[i : i + 1, :length], lengths[i : i + 1])
        assert mask.all()
        padded, padded_mask = tagger.sequence(longer, lengths)
        assert int(padded_mask[i].sum()) == alone.shape[1]
        assert torch.allclose(padded[i, : alone.shape[1]], alone[0], atol=1e-5)
        logits = tagger(mel[i : i + 1, :length], lengths[i : i + 1])
        assert torch.allclose(tagger(longer, lengths)[i], logits[0], atol=1e-5)


def test_one_frame_is_enough(tagger):
    sequence, _ = tagger.sequence(torch.zeros(1, 1, 16), torch.tensor([1]))
    assert sequence.shape == (1, 1, 16) and sequence.isfinite().all()


def test_weights_are_read_as_they_were_written(tagger, tmp_path):
    save_tagger(tagger, tmp_path / "tagger.pt")
    found = read_tagger(tmp_path / "tagger.pt", SETTINGS)
    assert found["tags"] == ["a", "b", "c"]
    assert all(torch.equal(found["weights"][name], value) for name, value in tagger.state_dict().items())


def test_weights_that_will_not_do_are_said_in_a_line(tagger, tmp_path):
    path = tmp_path / "tagger.pt"
    with pytest.raises(CheckpointError, match="no such file"):
        read_tagger(path, SETTINGS)
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(CheckpointError, match="not a tagger's weights"):
        read_tagger(path, SETTINGS)
    torch.save({"weights": {}}, path)
    with pytest.raises(CheckpointError, match="not a tagger's weights"):
        read_tagger(path, SETTINGS)
    save_tagger(tagger, path)
    with pytest.raises(CheckpointError, match=r"layers 2, not 3"):
        read_tagger(path, SETTINGS.model_copy(update={"layers": 3}))


def test_sizes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="at most 16"):
        ModelSettings.model_validate({**MODEL, "spectrogram": {"mels": 17}})
    with pytest.raises(ValueError, match="time_strides"):
        TaggerSettings(channels=(8, 8), time_strides=(2,), heads=2)


def test_spectrogram_shows_a_tone_in_its_band_in_decibels():
    settings = SpectrogramSettings()
    time = np.arange(16_000) / 16_000
    tone = np.sin(2 * np.pi * 1000 * time).astype(np.float32)
    mel = LogMel(settings)(tone)
    assert mel.shape == (16_000 // 256 + 1, 128) and mel.dtype == np.float16
    centres = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + 8000 / 700), 130)[1:-1] / 2595) - 1)
    assert abs(centres[mel[30].argmax()] - 1000) < 40
    quieter = LogMel(settings)(tone * 0.1)
    assert mel[30].max() - quieter[30].max() == pytest.approx(20.0, abs=0.1)
    assert LogMel(settings)(np.zeros(100, np.float32)).min() == -100.0


def test_excerpts():
    mel = np.arange(10, dtype=np.float16)[:, None]
    assert middle(mel, 4)[:, 0].tolist() == [3, 4, 5, 6]
    assert len(middle(mel, 20)) == 10 == len(excerpt(mel, 20, np.random.default_rng(0)))
    rng = np.random.default_rng(0)
    starts = {int(excerpt(mel, 4, rng)[0, 0]) for _ in range(200)}
    assert starts == set(range(7))


def test_sequences_come_back_and_copies_begin_empty():
    cache = SequenceCache()
    first, second = torch.randn(5, 3).half().float(), torch.randn(2, 3).half().float()
    cache["first"], cache["second"] = first, second
    assert torch.equal(cache["second"], second) and torch.equal(cache["first"], first)
    assert "first" in cache and "third" not in cache
    assert len(copy.deepcopy(cache)) == 0 == len(pickle.loads(pickle.dumps(cache)))
    cache.clear()
    assert "first" not in cache
    cache["third"] = first
    assert torch.equal(cache["third"], first)
