"""What a file says about itself: names in any code page, covers that are no video."""

from fractions import Fraction

import pytest
from media_maker import id3, jpeg, noise, riff, wav, write_media

from plugin.decode import probe, video_frames
from plugin.errors import DecodeError

TAGS = {"title": "Größer 雨", "artist": "Émilie Ø", "album": "Нова"}


def names(path):
    info = probe(path)
    return {"title": info.title, "artist": info.artist, "album": info.album}


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("a.mp3", {"codec": "libmp3lame", "fmt": "fltp"}),
        ("a.m4a", {"codec": "aac", "fmt": "fltp"}),
        ("a.flac", {"codec": "flac"}),
        ("a.opus", {"codec": "libopus", "fmt": "flt"}),
        ("a.mka", {"codec": "flac"}),
        ("a.wav", {}),
        ("a.mp4", {"codec": "aac", "fmt": "fltp", "video": "mpeg4"}),
    ],
)
def test_names_are_found_wherever_the_format_keeps_them(name, how, tmp_path):
    assert names(write_media(tmp_path / name, noise(0.5)[None], tags=TAGS, **how)) == TAGS


def test_ogg_keeps_names_on_the_stream_in_any_case(shared_data):
    info = probe(next(shared_data.glob("audio/*Vibe_Ace.ogg")))
    assert (info.title, info.artist, info.album) == ("Vibe Ace", "Kevin MacLeod", "Jazz Sampler")
    assert (info.container, info.audio_codec, info.sample_rate, info.channels) == ("ogg", "vorbis", 44100, 2)


def test_file_without_names_has_empty_ones(tmp_path):
    path = write_media(tmp_path / "a.flac", noise(0.5)[None], codec="flac")
    assert set(names(path).values()) == {""}


def test_names_in_an_old_code_page_are_read(tmp_path):
    list_chunk = b"INFO" + b"INAM" + (6).to_bytes(4, "little") + b"Caf\xe9\x92\0"
    body = wav(bytes(16000))[12:]
    (tmp_path / "a.wav").write_bytes(riff(b"WAVE", (b"LIST", list_chunk)) + body)
    assert probe(tmp_path / "a.wav").title == "Café’"


def test_name_of_several_lines_becomes_one(tmp_path):
    path = write_media(tmp_path / "a.flac", noise(0.5)[None], codec="flac", tags={"title": " Two\r\n\tlines\x07 "})
    assert probe(path).title == "Two lines"


def test_album_artist_stands_in_for_the_artist(tmp_path):
    path = write_media(tmp_path / "a.flac", noise(0.5)[None], codec="flac", tags={"album_artist": "Band"})
    assert probe(path).artist == "Band"


def test_cover_art_is_not_video(tmp_path):
    path = write_media(tmp_path / "a.mp3", noise(1)[None], codec="libmp3lame", fmt="fltp")
    cover = b"\0image/jpeg\0\x03\0" + jpeg()
    path.write_bytes(id3((b"TIT2", b"\0Song"), (b"APIC", cover)) + path.read_bytes())
    info = probe(path)
    assert (info.title, info.audio_codec, info.video_codec) == ("Song", "mp3", None)
    assert (info.fps, info.width, info.height) == (None, 0, 0)
    with pytest.raises(DecodeError, match="no picture in it"):
        next(video_frames(path, 1, size=(8, 8)))


def test_film_is_described_with_its_picture(tmp_path):
    path = write_media(tmp_path / "a.mp4", noise(1)[None], codec="aac", fmt="fltp", video="mpeg4")
    info = probe(path)
    assert (info.audio_codec, info.video_codec) == ("aac", "mpeg4")
    assert (info.fps, info.width, info.height) == (Fraction(25), 64, 48)
    assert info.duration == pytest.approx(1, abs=0.05)


def test_lyrics_keep_their_lines_whatever_the_format_calls_them(tmp_path):
    words = "one\ntwo"
    song = noise(0.5)[None]
    mp3 = write_media(tmp_path / "a.mp3", song, codec="libmp3lame", fmt="fltp")
    mp3.write_bytes(id3((b"USLT", b"\0eng\0" + words.encode())) + mp3.read_bytes())
    m4a = write_media(tmp_path / "a.m4a", song, codec="aac", fmt="fltp", tags={"lyrics": words})
    flac = write_media(tmp_path / "a.flac", song, codec="flac", tags={"UNSYNCEDLYRICS": words})
    opus = write_media(tmp_path / "a.opus", song, codec="libopus", fmt="flt", tags={"LYRICS": words})
    assert [probe(path).lyrics for path in (mp3, m4a, flac, opus)] == [words] * 4
    assert probe(write_media(tmp_path / "b.flac", song, codec="flac", tags={"lyricist": "Me"})).lyrics == ""


def test_tags_of_any_length_are_cut(tmp_path):
    tags = {"title": "x" * 10**6, "lyrics": "la la\n" * 10**5}
    info = probe(write_media(tmp_path / "a.flac", noise(0.5)[None], codec="flac", tags=tags))
    assert (len(info.title), len(info.lyrics)) == (500, 256 * 1024)
