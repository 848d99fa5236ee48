from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import (
    ASTConfig,
    ASTFeatureExtractor,
    ASTModel,
    BertConfig,
    BertModel,
    ClapConfig,
    ClapFeatureExtractor,
    ClapModel,
    CLIPModel,
)
from viml_data import write_video

from models.datasets.base import Record
from models.errors import ConfigError, DatasetError
from models.systems.viml.features.base import Shipped
from models.systems.viml.features.make import for_files, make_video, resolve
from models.systems.viml.features.music import SpectrumStatistics, TransformersMusic
from models.systems.viml.features.text import ClipText, SentenceText, make_text_encoder
from models.systems.viml.features.video import ClipVideo, FrameStatistics
from models.systems.viml.settings import DataSettings
from plugin.errors import DecodeError


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("film") / "film.mkv", 25.0)


def test_clip_features_are_the_mean_of_60_pictures(film, clip_checkpoint):
    extractor = ClipVideo(str(clip_checkpoint), fps=6.0, segment=10.0)
    found = extractor(Record("film", video=film))
    assert found.shape == (3, 10)
    # The model by itself, on the pictures that were written.
    model = CLIPModel.from_pretrained(clip_checkpoint).eval()
    pictures = [np.full((24, 32, 3), level, np.uint8) for level in range(150)]
    pixels = extractor.processor(images=pictures, return_tensors="pt")["pixel_values"]
    with torch.no_grad():
        features = model.visual_projection(model.vision_model(pixel_values=pixels).pooler_output).numpy()
    expected = np.stack([features[0:60].mean(0), features[60:120].mean(0), features[120:150].mean(0)])
    assert found == pytest.approx(expected, abs=0.02)
    assert np.abs(found[0] - found[1]).max() > 0.05


def test_pictures_keep_their_shape_before_the_crop(tmp_path, clip_checkpoint):
    extractor = ClipVideo(str(clip_checkpoint), fps=1.0, segment=10.0)
    shapes = []
    processor = extractor.processor

    def spy(images, **options):
        shapes.extend(image.shape for image in images)
        return processor(images=images, **options)

    extractor.processor = spy
    for name, size in (("wide", (64, 32)), ("tall", (32, 64))):
        video = write_video(tmp_path / f"{name}.mkv", 2.0, size=size)
        assert extractor(Record(name, video=video)).shape == (1, 10)
    assert set(shapes) == {(16, 32, 3), (32, 16, 3)}


def test_a_range_of_a_video_is_looked_at_alone(film):
    extractor = FrameStatistics(fps=6.0, segment=10.0)
    found = extractor(Record("part", video=film, start=5.0, end=15.0))
    assert found.shape == (1, 80)
    # Pictures 30 to 89 of one level each: the first column is the mean light.
    assert found[0, 0] == pytest.approx(np.arange(30, 90).mean() / 255, abs=0.01)


def test_frame_statistics_see_light_motion_and_colour(tmp_path, film):
    extractor = FrameStatistics(fps=6.0, segment=10.0)
    found = extractor(Record("film", video=film))
    assert found.shape == (3, 80)
    assert np.isfinite(found).all()
    assert (np.diff(found[:, 0]) > 0).all()
    assert found[:, 32:] == pytest.approx(np.repeat(found[:, :1], 48, 1), abs=0.01)
    # A change at a segment's border counts for the segment behind it: all pictures change by one level.
    assert found[0, 12] == pytest.approx(10 / 255 * 59 / 60, rel=0.1)
    assert found[1, 12] == pytest.approx(10 / 255, rel=0.1)


def test_a_video_without_pictures_is_one_line(tmp_path):
    broken = tmp_path / "broken.mkv"
    broken.write_bytes(b"no video")
    for extractor in (FrameStatistics(6.0, 10.0),):
        with pytest.raises(DecodeError):
            extractor(Record("broken", video=broken))
        with pytest.raises(DatasetError, match="no video"):
            extractor(Record("none"))


def test_a_videos_own_sound_is_its_music(film, tmp_path):
    extractor = SpectrumStatistics(segment=10.0)
    found = extractor(Record("film", video=film))
    assert found.shape == (3, 280)
    assert np.isfinite(found).all()
    assert found == pytest.approx(extractor(Record("film", audio=film)))
    mute = write_video(tmp_path / "mute.mkv", 2.0, sound=False)
    with pytest.raises(DecodeError):
        extractor(Record("mute", video=mute))


def test_spectrum_statistics_hear_pitch_and_pulse():
    extractor = SpectrumStatistics(segment=10.0)
    time = torch.arange(160_000) / 16_000
    low, high = (extractor._segment(0.3 * torch.sin(2 * torch.pi * f * time)) for f in (220.0, 261.63))
    assert (int(low[241:253].argmax()), int(high[241:253].argmax())) == (9, 0)  # A and C, C first
    clicks = ((time * 2) % 1 < 0.02) * torch.randn(160_000, generator=torch.Generator().manual_seed(0))
    pulse = extractor._segment(0.3 * clicks)[255:]
    assert pulse[15] > 0.5  # 119 beats a minute
    assert pulse[15] > 2 * pulse[10]
    assert extractor._segment(0.1 * torch.randn(3000)).shape == (280,)


def test_clap_by_name(tmp_path, film):
    torch.manual_seed(0)
    audio = {"hidden_size": 32, "patch_embeds_hidden_size": 16, "depths": [1, 1], "num_attention_heads": [2, 2],
             "num_hidden_layers": 2, "num_mel_bins": 64, "projection_dim": 8}  # fmt: skip
    text = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16,
            "vocab_size": 20, "projection_dim": 8}  # fmt: skip
    ClapModel(ClapConfig(audio_config=audio, text_config=text, projection_dim=8)).save_pretrained(tmp_path)
    ClapFeatureExtractor(truncation="rand_trunc", padding="repeatpad").save_pretrained(tmp_path)
    found = TransformersMusic(str(tmp_path), 10.0)(Record("film", video=film))
    assert found.shape == (3, 8)
    assert np.isfinite(found).all()


def test_any_other_audio_encoder_by_name(tmp_path, film):
    torch.manual_seed(0)
    config = ASTConfig(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, max_length=128,
                       num_mel_bins=32)  # fmt: skip
    ASTModel(config).save_pretrained(tmp_path)
    ASTFeatureExtractor(max_length=128, num_mel_bins=32).save_pretrained(tmp_path)
    assert TransformersMusic(str(tmp_path), 10.0)(Record("film", video=film)).shape == (3, 16)


def test_clip_text_has_a_vector_for_the_empty_string(clip_checkpoint):
    encoder = make_text_encoder(str(clip_checkpoint))
    assert isinstance(encoder, ClipText)
    found = encoder(["", "a calm piano piece", "loud guitar", "loud guitar " * 50])
    assert found.shape == (4, 10)
    assert np.isfinite(found).all()
    assert np.abs(found[0]).sum() > 0
    assert found[2] == pytest.approx(encoder(["loud guitar"])[0], abs=1e-5)


def test_the_sentence_encoder_needs_no_download():
    encoder = make_text_encoder("sentence")
    assert isinstance(encoder, SentenceText)
    found = encoder(["", "a calm piano piece", "quiet music for the piano", "a loud metal band"])
    assert found.shape == (4, 384)
    assert found[1] @ found[2] > found[1] @ found[3]


def test_a_wrong_checkpoint_is_one_line(tmp_path):
    with pytest.raises(ConfigError, match="nowhere"):
        ClipText(str(tmp_path / "nowhere"))
    BertModel(BertConfig(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
                         vocab_size=10)).save_pretrained(tmp_path / "bert")  # fmt: skip
    with pytest.raises(ConfigError) as caught:
        ClipVideo(str(tmp_path / "bert"), 6.0, 10.0)
    assert "\n" not in str(caught.value)


def test_shipped_features_are_averaged_at_their_rate():
    rows = np.arange(25, dtype=np.float32)[:, None]
    record = Record("shipped", features={"video": rows})
    assert Shipped("video", 1.0, 10.0)(record)[:, 0].tolist() == [4.5, 14.5, 22.0]
    assert len(Shipped("video", None, 10.0)(record)) == 25
    assert Shipped("video", None, 10.0)(Record("one", features={"video": rows[:, 0]})).shape == (1, 25)
    with pytest.raises(DatasetError, match="not finite"):
        Shipped("video", None, 10.0)(Record("bad", features={"video": rows * np.nan}))


def test_auto_takes_what_the_data_set_ships():
    shipped = [Record("shipped", features={"video": np.ones((1, 2))})]
    assert resolve("auto", "video", shipped) == "records"
    assert resolve("auto", "music", shipped) == "statistics"
    assert resolve("some/checkpoint", "video", shipped) == "some/checkpoint"
    with pytest.raises(DatasetError, match="cannot look at files"):
        for_files(make_video("records", DataSettings()), "video")
