"""What a list of suggestions is spared: copies of a recording, versions of a song, one artist only."""

from __future__ import annotations

import shutil
from pathlib import Path

import av
import pytest
from fakes import tone, write_wav
from mutagen.id3 import TIT2, TPE1
from mutagen.wave import WAVE
from questions import ask, names

from plugin.library.indexing import IndexRun
from plugin.library.store import Library
from plugin.library.tracks import all_tracks
from plugin.suggest.choice import choose

pytestmark = pytest.mark.usefixtures("inline_decoding")


def test_copies_of_a_recording_fill_one_place(library, engine, music) -> None:
    shutil.copy(music / "low.wav", music / "low again.wav")
    IndexRun(library, engine).run([music])
    results = ask(library, engine, text="low", top=10)
    assert len(results) == 4
    assert {results[0].track.path, *results[0].duplicates} == {music / "low.wav", music / "low again.wav"}


def test_artist_waits_after_two_tracks(library, engine, music) -> None:
    for number, frequency in enumerate((70, 90, 110, 130)):
        path = music / f"prolific {number}.flac"
        samples = (tone(frequency, 5 + 2 * number) * 32767).astype("<i2")[None]
        with av.open(str(path), "w") as out:
            out.metadata.update({"artist": "Prolific", "title": f"prolific {number}"})
            stream = out.add_stream("flac", rate=16000, layout="mono")
            frame = av.AudioFrame.from_ndarray(samples, "s16", "mono")
            frame.sample_rate = 16000
            out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
    IndexRun(library, engine).run([music])

    def by_prolific(**question) -> list[bool]:
        return [r.track.artist == "Prolific" for r in ask(library, engine, text="low", **question)]

    assert sum(by_prolific(top=5)) == 2
    assert sum(by_prolific(top=5, per_artist=0)) == 4
    assert by_prolific(top=8)[-2:] == [True, True]  # the list is not left short
    assert len(by_prolific(top=8)) == 8


def songs(folder: Path, titles: dict[str, tuple[str, str]]) -> None:
    """Write pieces of different sound by title and artist, the first the lowest."""
    for number, (name, (title, artist)) in enumerate(titles.items()):
        write_wav(folder / f"{name}.wav", tone(80 * 2**number, 12 + 3 * number))
        tags = WAVE(folder / f"{name}.wav")
        tags.add_tags()
        tags.tags.add(TIT2(encoding=3, text=title))
        tags.tags.add(TPE1(encoding=3, text=artist))
        tags.save()


def test_versions_of_a_song_are_folded_under_the_best(tmp_path, engine) -> None:
    titles = ("Boats", "Boats (Live)", "Boats (Part II)", "Boats - Instrumental")
    songs(tmp_path / "songs", {str(number): (title, "Lena") for number, title in enumerate(titles)})
    with Library(tmp_path / "songs.db", writable=True) as library:
        IndexRun(library, engine).run([tmp_path / "songs"])
        found = ask(library, engine, text="low", per_artist=0)
        assert names(found) == ["Boats", "Boats (Part II)"]
        assert [version.name for version in found[0].versions] == ["Boats (Live)", "Boats - Instrumental"]
        described = found[0].as_dict()["versions"]
        assert [(version["artist"], version["kinds"]) for version in described] == [
            ("Lena", ["live"]),
            ("Lena", ["instrumental"]),
        ]
        found = ask(library, engine, text="high", per_artist=0)
        assert names(found)[0] == "Boats - Instrumental"  # whichever ranks best stands for the song
        assert {version.name for version in found[0].versions} == {"Boats", "Boats (Live)"}


def test_other_songs_of_the_same_title_and_those_of_nobody_stay_apart(tmp_path, engine) -> None:
    titles = {
        "a": ("Intro", "Lena"),
        "b": ("Intro (Live)", "Aster"),
        "c": ("Intro", ""),
        "d": ("Intro (Live)", ""),
        "e": ("Intro", "Unknown Artist"),
        "f": ("Intro (Demo)", "Unknown Artist"),
        "g": ("Intro", "Lena"),  # two albums by one artist may both begin with an intro
    }
    songs(tmp_path / "songs", titles)
    with Library(tmp_path / "songs.db", writable=True) as library:
        IndexRun(library, engine).run([tmp_path / "songs"])
        found = ask(library, engine, text="low", per_artist=0)
    assert len(found) == len(titles)
    assert not any(result.versions for result in found)


def test_a_version_that_sounds_like_the_song_is_no_copy(tmp_path, engine) -> None:
    folder = tmp_path / "songs"
    songs(folder, {"a": ("Boats", "Lena")})
    shutil.copy(folder / "a.wav", folder / "b.wav")
    tags = WAVE(folder / "b.wav")
    tags.tags["TIT2"] = TIT2(encoding=3, text="Boats (Instrumental)")
    tags.save()
    with Library(tmp_path / "songs.db", writable=True) as library:
        IndexRun(library, engine).run([folder])
        ids = {track.path.name: track.id for track in all_tracks(library)}
        (only,) = choose(library, "fake-1", [ids["a.wav"], ids["b.wav"]], 10, 0, ())
    assert [version.path.name for version in only.versions] == ["b.wav"] and only.duplicates == []


def test_copy_of_a_folded_version_is_folded_with_it(tmp_path, engine) -> None:
    folder = tmp_path / "songs"
    songs(folder, {"a": ("Boats", "Lena"), "b": ("Boats (Live)", "Lena")})
    write_wav(folder / "copy.wav", tone(160, 15))  # the live recording again, without a title
    with Library(tmp_path / "songs.db", writable=True) as library:
        IndexRun(library, engine).run([folder])
        ids = {track.path.name: track.id for track in all_tracks(library)}
        (only,) = choose(library, "fake-1", [ids["a.wav"], ids["b.wav"], ids["copy.wav"]], 10, 0, ())
    assert [version.path.name for version in only.versions] == ["b.wav", "copy.wav"]
    assert only.duplicates == []


def test_a_long_list_knows_recordings_again_as_a_short_one_does(library, engine, music) -> None:
    for number in range(12):
        shutil.copy(music / "low.wav", music / f"copy {number}.wav")
    IndexRun(library, engine).run([music])
    (low,) = [r for r in ask(library, engine, text="low", top=500) if len(r.duplicates)]
    assert len(low.duplicates) == 12


def test_a_list_is_not_left_short_by_copies(library, engine, music, monkeypatch) -> None:
    monkeypatch.setattr("plugin.suggest.choice.LOOK_AT", 2)
    monkeypatch.setattr("plugin.suggest.choice.CHUNKS", (1, 4))
    for number in range(12):
        shutil.copy(music / "low.wav", music / f"copy {number}.wav")
    IndexRun(library, engine).run([music])
    found = ask(library, engine, text="low", top=4)
    assert len(found) == 4
    assert len(found[0].duplicates) == 12
