from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from models.teachers.choi import CHUNK, CRNN, FCN
from models.teachers.front import load_tagger
from models.teachers.musicnn import Musicnn, score_segments


@pytest.mark.parametrize("kind", [FCN, CRNN])
def test_long_taggers_give_fifty_scores(kind: type[torch.nn.Module]) -> None:
    model = kind().eval()
    model.spec.spectrogram.window += torch.hann_window(512)
    model.spec.mel_scale.fb += 0.01
    with torch.inference_mode():
        scores = model(torch.randn(1, CHUNK) * 0.1)
    assert scores.shape == (1, 50) and (scores >= 0).all() and (scores <= 1).all()


def test_checkpoints_lose_their_denormals(tmp_path: Path) -> None:
    model = Musicnn()
    state = model.state_dict()
    state["dense2.bias"][:] = 1e-30
    torch.save(state, tmp_path / "musicnn-mtat.pth")
    (tmp_path / "tags.json").write_text(json.dumps({"mtat": [str(i) for i in range(50)]}))
    assert len(load_tagger(model, tmp_path, "musicnn-mtat")) == 50
    assert not model.dense2.bias.any()


@pytest.mark.shared_data
def test_musicnn_calls_a_real_recording_of_tchaikovsky_classical(shared_data: Path) -> None:
    from plugin.decode import read_audio

    model = Musicnn()
    tags = load_tagger(model, shared_data / "teachers", "musicnn-mtat")
    path = next((shared_data / "audio").glob("*Sugar_Plum*.ogg"))
    audio = read_audio(path, 16_000, start=20.0, end=40.0)[: 2 * 160_000].reshape(2, -1)
    scores = score_segments(model, audio).mean(0)
    assert tags[int(np.argmax(scores))] == "classical"
