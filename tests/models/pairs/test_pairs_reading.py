"""What of a folder of videos can be used, and which music counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pairs_films import film, music, mute_film, sound_file

from models.nets.frontend import SEGMENT
from models.nets.text import JOINT
from models.nets.video import FRAMES, STATISTICS
from models.pairs.features import VIEWS, Extractor, divide
from models.pairs.find import Pair, find_pairs
from models.pairs.read import picture_segments, sound_segments
from models.trainer.cli import main
from models.training.from_pack import SHIPPED, BasePack
from plugin.errors import DecodeError


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    pack = BasePack(SHIPPED)
    return Extractor(pack.video(), pack.music())


def test_files_that_cannot_be_used_are_listed_with_their_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "videos"
    film(folder / "good.mp4", "sea", 1, 10, music("slow", 1, 10))
    film(folder / "deep" / "too.mp4", "sea", 2, 10, music("slow", 2, 10))
    film(folder / "silent.mp4", "sea", 3, 10, np.zeros((2, 160_000), np.float32))
    film(folder / "short.mp4", "sea", 4, 3, music("slow", 4, 3))
    film(folder / "short-film.mp4", "sea", 4, 3, music("slow", 4, 12))
    mute_film(folder / "mute.mp4", 10)
    (folder / "broken.mp4").write_bytes(bytes(300) + (folder / "good.mp4").read_bytes()[300:])
    (folder / "words.mp4").write_text("not a film but a text\n" * 100)
    (folder / "empty.mp4").touch()
    (folder / "notes.txt").write_text("not looked at")
    assert main(["viml", "--pairs", str(folder), "--out", str(tmp_path / "run"), "--no-progress"]) == 2
    output, errors = capsys.readouterr()
    assert output.splitlines()[0] == "found: 9 videos, 0 with a music file beside them"
    left_out = dict(line.removeprefix("  left out: ").split(": ", 1) for line in output.splitlines()[1:])
    assert {Path(path).name: reason for path, reason in left_out.items()} == {
        "silent.mp4": "silent: nothing above -80 dBFS",
        "short.mp4": "the sound is too short, 5 s are needed",
        "short-film.mp4": "the film is too short, 5 s are needed",
        "mute.mp4": "no sound in it",
        "broken.mp4": "not a media file, or damaged beyond reading",
        "words.mp4": "not a media file, or damaged beyond reading",
        "empty.mp4": "the file is empty (zero bytes)",
    }
    assert errors == (
        "cuefinder-train: 2 of 9 videos can be used, at least 8 with music are needed; add videos to the folder\n"
    )
    assert not (tmp_path / "run" / "report.json").exists()


def test_music_beside_a_video_is_what_is_learnt_from(tmp_path: Path, extractor: Extractor) -> None:
    own, beside = music("fast", 1, 10), music("slow", 2, 10)
    film(tmp_path / "own.mp4", "sea", 1, 10, own)
    film(tmp_path / "clip.mp4", "sea", 1, 10, own)
    sound_file(tmp_path / "clip.wav", beside)
    clip, alone = find_pairs(tmp_path)
    assert (clip.video.name, clip.music.name, clip.beside) == ("clip.mp4", "clip.wav", True)
    assert not alone.beside
    wanted = extractor.music(np.stack([beside[0], own[0]]))
    for pair, right in ((clip, 0), (alone, 1)):
        vectors, views = divide(extractor(pair))
        near = vectors.astype(np.float32) @ wanted.T
        assert near[0, right] > 0.95 > near[0, 1 - right]
        assert views.shape == (1, 1 + VIEWS, FRAMES, STATISTICS + extractor.video.picture.out_features)


def test_a_broken_music_file_is_not_replaced_by_the_films_own_sound(tmp_path: Path, extractor: Extractor) -> None:
    film(tmp_path / "clip.mp4", "sea", 1, 10, music("fast", 1, 10))
    (tmp_path / "clip.flac").write_text("text, where music should be")
    (tmp_path / "clip.mp3").write_text("nor this")
    (pair,) = find_pairs(tmp_path)
    with pytest.raises(DecodeError, match=r"clip\.flac: no"):
        extractor(pair)


def test_silent_segments_are_left_out(tmp_path: Path, extractor: Extractor) -> None:
    sound = music("slow", 1, 30)
    sound[:, SEGMENT : 2 * SEGMENT] = 0
    sound_file(tmp_path / "m.wav", sound)
    film(tmp_path / "v.mp4", "sea", 1, 30, sound)
    rows = extractor(Pair("v", tmp_path / "v.mp4", tmp_path / "m.wav"))
    assert len(rows) == 2
    vectors, _ = divide(rows)
    assert vectors.shape == (2, JOINT) and np.allclose(np.linalg.norm(vectors.astype(np.float32), axis=1), 1, atol=0.01)


def test_a_rest_of_five_seconds_is_filled_up(tmp_path: Path) -> None:
    film(tmp_path / "v.mp4", "city", 1, 26, music("slow", 1, 26))
    sound_file(tmp_path / "m.wav", music("slow", 1, 14))
    parts = list(picture_segments(tmp_path / "v.mp4"))
    assert [part.shape for part in parts] == [(40, 96, 96, 3)] * 3
    assert np.array_equal(parts[2][24:], parts[2][:24][::-1][:16])  # 6 s, then back again
    assert [part.shape for part in sound_segments(tmp_path / "m.wav")] == [(SEGMENT,)]  # 4 s are no segment
