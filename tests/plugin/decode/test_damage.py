"""Bad files: one plain line each; what can still be heard is, and what was lost is said."""

import errno
import os
from pathlib import Path

import av
import numpy as np
import pytest
from media_maker import RATE, delay, id3, noise, wav, write_media

from plugin.decode import decode_file, probe, read_audio, video_frames
from plugin.decode.media import Damage, Media, frames
from plugin.errors import DecodeError

NOT_MEDIA = "not a media file, or damaged beyond reading"
TEXT = b"These are the lyrics, and not the song.\n" * 100

UNREADABLE = {
    "empty.mp3": (b"", "the file is empty (zero bytes)"),
    "lyrics.mp3": (TEXT, NOT_MEDIA),
    "lyrics.wav": (TEXT, NOT_MEDIA),
    "lyrics.ogg": (TEXT, NOT_MEDIA),
    "lyrics.m4a": (TEXT, NOT_MEDIA),
    "lyrics.txt": (TEXT, NOT_MEDIA),
    "byte.mp3": (b"\xff", NOT_MEDIA),
    "error.mp3": (b"<html><body>404 Not Found</body></html>" * 30, NOT_MEDIA),
    "playlist.mp3": (b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://localhost/song.aac\n", NOT_MEDIA),
    "concat.mp3": (b"ffconcat version 1.0\nfile 'song.mp3'\n", NOT_MEDIA),
    "norate.wav": (wav(bytes(4000), rate=0), NOT_MEDIA),
    "lyrics.flac": (TEXT, "no sound in it"),
    "nochannels.wav": (wav(bytes(4000), channels=0), "no sound in it"),
    "nodata.wav": (wav(b""), "no sound could be decoded"),
    "tagonly.mp3": (id3((b"TIT2", b"\0Nothing")), NOT_MEDIA),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_media_file_is_one_plain_line(name, tmp_path):
    content, reason = UNREADABLE[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DecodeError) as caught:
        list(decode_file(tmp_path / name, 16000, 60.0))
    assert caught.value.reason == reason
    assert str(caught.value) == f"{tmp_path / name}: {reason}"
    with pytest.raises(DecodeError):
        read_audio(tmp_path / name, 16000)


@pytest.mark.parametrize("read", [probe, lambda path: read_audio(path, 16000)])
def test_paths_that_are_no_files_are_one_plain_line(read, tmp_path):
    (tmp_path / "folder.mp3").mkdir()
    os.mkfifo(tmp_path / "pipe.mp3")
    (tmp_path / "loop.mp3").symlink_to("loop.mp3")
    for name, reason in {
        "missing.mp3": "no such file",
        "folder.mp3": "this is a folder, not a media file",
        "pipe.mp3": "not a regular file",
        "loop.mp3": "cannot be read (Too many levels of symbolic links)",
        "x" * 300 + ".mp3": "cannot be read (File name too long)",
        "nul\0.mp3": "no file can have this name",
    }.items():
        with pytest.raises(DecodeError) as caught:
            read(tmp_path / name)
        assert caught.value.reason == reason


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="access bits do not bind this user")
def test_file_without_permission_says_so(tmp_path):
    path = write_media(tmp_path / "a.wav", noise(0.5)[None])
    path.chmod(0)
    with pytest.raises(DecodeError, match="no permission to read it"):
        probe(path)


def test_permission_is_told_from_damage(tmp_path, monkeypatch):
    path = write_media(tmp_path / "a.wav", noise(0.5)[None])

    def refuse(*_args, **_kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DecodeError, match="no permission to read it"):
        probe(path)


def test_film_without_sound_has_no_sound(tmp_path):
    path = write_media(tmp_path / "film.mp4", None, video="mpeg4")
    with pytest.raises(DecodeError, match=r"film\.mp4: no sound in it"):
        read_audio(path, 16000)
    assert probe(path).audio_codec is None


def test_names_that_look_like_protocols_are_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_media(Path("a.wav"), noise(0.5)[None])
    for name in ("concat:a.wav", "http:x.wav", "-i.wav", "%d.wav", "emoji 🎵 é é.wav", os.fsdecode(b"caf\xe9.wav")):
        Path(name).write_bytes(Path("a.wav").read_bytes())
        assert read_audio(name, 16000).size == 8000


def finish(path, rate=16000):
    return list(decode_file(path, rate, 60.0))[-1]


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("a.mp3", {"codec": "libmp3lame", "fmt": "fltp"}),
        ("a.flac", {"codec": "flac"}),
        ("a.mka", {"codec": "flac"}),
    ],
)
def test_file_cut_short_gives_what_is_there_and_says_so(name, how, tmp_path):
    path = write_media(tmp_path / name, noise(10)[None], **how)
    whole = read_audio(path, 16000)
    assert finish(path).warnings == ()
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    heard, finished = read_audio(path, 16000), finish(path)
    assert heard.size == pytest.approx(whole.size / 3, rel=0.1)
    np.testing.assert_array_equal(heard[: heard.size - 4000], whole[: heard.size - 4000])
    assert finished.duration == heard.size / 16000
    assert f"cut short: {finished.duration:.1f} s of 10.0 s are there" in finished.warnings


def test_mp3_whose_length_is_a_guess_is_not_called_cut_short(tmp_path):
    loud_then_soft = np.concatenate([noise(5), 1e-4 * noise(5)])[None]
    how = {"codec": "libmp3lame", "fmt": "fltp", "options": {"write_xing": "0"}}
    path = write_media(tmp_path / "a.mp3", loud_then_soft, **how)
    assert finish(path).warnings == ()
    assert finish(path).duration == pytest.approx(10, abs=0.1)


def damage_middle(path):
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    for place in range(middle, middle + len(content) // 20, 97):
        content[place : place + 40] = bytes(range(100, 140))
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("a.m4a", {"codec": "aac", "fmt": "fltp"}),
        ("alac.m4a", {"codec": "alac", "fmt": "s16p"}),
        ("a.opus", {"codec": "libopus", "fmt": "flt"}),
        ("film.mkv", {"codec": "flac", "video": "mpeg4"}),
    ],
)
def test_damage_in_the_middle_is_counted_and_moves_nothing(name, how, tmp_path):
    path = write_media(tmp_path / name, noise(10)[None], **how)
    whole = read_audio(path, RATE)
    damage_middle(path)
    heard = read_audio(path, RATE)
    assert any("silence" in warning or "damaged packet" in warning for warning in finish(path).warnings)
    assert heard.size == pytest.approx(whole.size, abs=0.06 * RATE)
    for part in (slice(0, 3 * RATE), slice(7 * RATE, 9 * RATE)):
        assert abs(delay(heard[part], whole[part])) <= 0.05 * RATE


def test_damaged_mp3_is_counted_and_loses_no_more_than_the_damage(tmp_path):
    path = write_media(tmp_path / "a.mp3", noise(10)[None], codec="libmp3lame", fmt="fltp")
    whole = read_audio(path, RATE)
    damage_middle(path)  # half a second; MP3 has no time stamps that could tell how much is gone
    heard = read_audio(path, RATE)
    assert "damaged packets skipped" in finish(path).warnings[0]
    assert 9.4 * RATE < heard.size <= whole.size
    assert delay(heard[: 4 * RATE], whole[: 4 * RATE]) == 0
    assert -0.6 * RATE < delay(heard[-3 * RATE :], whole[-3 * RATE :]) <= 0.6 * RATE


def test_file_of_damaged_packets_alone_is_an_error_with_their_number(tmp_path):
    path = write_media(tmp_path / "a.m4a", noise(2)[None], codec="alac", fmt="s16p")
    content = bytearray(path.read_bytes())
    start = content.index(b"mdat") + 4
    size = content.index(b"moov") - 4 - start
    content[start : start + size] = np.random.default_rng(0).bytes(size)
    path.write_bytes(content)
    with pytest.raises(DecodeError, match=r"no sound could be decoded \(\d+ damaged packets skipped\)"):
        finish(path)


def test_failing_disk_is_an_error_not_a_shorter_song(tmp_path):
    class FailingContainer:
        """Stands in for a container on a drive that is pulled out."""

        def __init__(self, container, error):
            self.streams, self._packets, self._error = container.streams, container.demux(audio=0), error

        def demux(self, _stream):
            yield next(self._packets)
            raise self._error

    path = write_media(tmp_path / "a.flac", noise(5)[None], codec="flac")
    for code, is_disk in ((errno.EIO, True), (errno.EPERM, False)):
        with av.open(str(path)) as container:
            error = av.error.classes[code](code, os.strerror(code), str(path))
            stream = container.streams.audio[0]
            media = Media(path, FailingContainer(container, error), stream, None, 0.0)
            damage = Damage()
            if is_disk:
                with pytest.raises(DecodeError, match=r"cannot be read \(Input/output error\)"):
                    list(frames(media, stream, 0.0, damage))
            else:
                assert len(list(frames(media, stream, 0.0, damage))) == 1
                assert damage.warnings() == ("damaged: the rest of the file cannot be read",)


def test_stream_that_begins_amid_a_file_stops_nothing(tmp_path):
    how = {"codec": "libmp3lame", "fmt": "fltp"}
    song = write_media(tmp_path / "a.flv", noise(20, 44100)[None], 44100, **how)
    film = write_media(tmp_path / "b.flv", noise(2, 44100)[None], 44100, video="flv", **how)
    song.write_bytes(song.read_bytes() + film.read_bytes()[13:])
    assert finish(song).duration == pytest.approx(22, abs=0.3)


def test_pictures_with_damaged_stamps_are_not_shown_for_years(tmp_path):
    path = write_media(tmp_path / "a.flv", None, video="flv", seconds=2.0)
    content = bytearray(path.read_bytes())
    last = content.rindex(b"\x09\x00", 0, -600)  # a tag of pictures: kind, size, then the time
    content[last + 4 : last + 8] = b"\xff\xff\xff\x7f"
    path.write_bytes(content)
    assert 3 <= len(list(video_frames(path, 2.0, size=(8, 8)))) <= 5


@pytest.mark.parametrize("rate", [1, 999, 6_000_001, 2**31 - 1])
def test_rates_that_no_recording_has_are_damage(rate, tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(wav(bytes(range(256)) * 400, rate=rate))
    with pytest.raises(DecodeError, match=f"damaged: no music has {rate} samples a second"):
        finish(path)


@pytest.mark.parametrize("rate", [1000, 384_000, 5_644_800])
def test_odd_but_possible_rates_are_read(rate, tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(wav(bytes(range(256)) * 4000, rate=rate))
    assert finish(path).duration == pytest.approx(512_000 / rate, abs=0.01)


def test_more_sound_than_a_file_can_hold_is_damage(tmp_path, monkeypatch):
    path = tmp_path / "a.wav"
    path.write_bytes(wav(np.tile(np.arange(100, dtype=np.int16), 80).tobytes()))
    monkeypatch.setattr("plugin.decode.media._SECONDS_IN_ANY_FILE", -path.stat().st_size / 16 + 0.5)
    with pytest.raises(DecodeError, match=r"damaged: more than 0\.0 h of sound in so small a file"):
        finish(path)


def test_tags_behind_and_before_the_music_are_no_music(tmp_path):
    path = write_media(tmp_path / "a.mp3", noise(3)[None], codec="libmp3lame", fmt="fltp")
    plain = read_audio(path, 16000)
    lyrics = b"LYRICSBEGININD0000200LYR00040" + b"la la la " * 4 + b"0000" + b"000077LYRICS200"
    id3v1 = b"TAG" + b"Title".ljust(125, b"\0")
    path.write_bytes(id3((b"TXXX", bytes(70000))) + path.read_bytes() + lyrics + id3v1)
    assert finish(path).warnings == ()
    tagged = read_audio(path, 16000)
    assert abs(tagged.size - plain.size) <= 0.06 * 16000
    assert abs(delay(tagged, plain)) <= 1
