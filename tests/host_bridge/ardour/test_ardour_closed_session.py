"""The host of closed sessions, with Ardour's real Lua interpreter: each change is loaded and saved by Ardour."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from opentimelineio.opentime import RationalTime

from host_bridge.ardour import closed
from host_bridge.ardour.closed import ArdourSessionHost
from host_bridge.ardour.programs import Found, find_programs
from host_bridge.ardour.session import read_session
from host_bridge.errors import HostError, HostTimeoutError, StaleTimelineError, TimelineError, UnsupportedError
from host_bridge.host import Capability, CueOptions, TrackEdit
from host_bridge.timeline import clip_id, cues, facts, find_clip, placed_clips
from host_bridge.times import seconds
from tests.host_bridge.ardour.conftest import CLIPS, need
from tests.host_bridge.conformance import (
    HostConformance,
    Project,
    marker,
    place,
    revision,
    span,
    tone,
    track_ids,
    write_wav,
)  # fmt: skip


class TestConformance(HostConformance):
    @pytest.fixture
    def project(self, session_file: Path) -> Project:
        return Project(ArdourSessionHost(session_file), CLIPS, audible=(5.0, 2.0))


@pytest.fixture
def host(session_file: Path) -> ArdourSessionHost:
    return ArdourSessionHost(session_file)


@pytest.fixture
def music(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "musïc 100%.wav", tone(8))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def loudness(path: Path, step: float = 0.5) -> list[float]:
    """RMS of each `step` seconds."""
    with wave.open(str(path)) as file:
        shape = (-1, file.getnchannels())
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(shape) / 32768
        count = round(file.getframerate() * step)
    return [float(np.sqrt((sound[i : i + count] ** 2).mean())) for i in range(0, len(sound), count)]


def test_the_cue_lies_in_ardours_own_file_to_the_sample(host: ArdourSessionHost, music: Path) -> None:
    at, segment = RationalTime(480_001, 48_000), span(2, 3)
    options = CueOptions(name="Cue", fade_in=Fraction(1, 2), fade_out=Fraction(1), gain_db=-6.0, artist="A", title="T")
    placed = host.insert_cue(music, segment, at, options)
    session = read_session(host.path)
    (region,) = [r for t in session.tracks for r in t.regions if r.id == placed.clip]
    assert (region.name, region.media, region.position, region.start, region.length) == (
        "Cue", music, Fraction(480_001, 48_000), 2, 3)  # fmt: skip
    assert region.gain == pytest.approx(10 ** (-6 / 20), rel=1e-4)
    node = next(n for n in closed.parse(host.path).iterfind("Playlists/Playlist/Region") if n.get("id") == placed.clip)
    last = {f: node.findtext(f"{f}/AutomationList/events").split()[-2] for f in ("FadeIn", "FadeOut")}
    assert last == {"FadeIn": f"a{282_240_000 // 2}", "FadeOut": "a282240000"}
    (cue,) = cues(host.timeline())
    assert {k: facts(cue.clip)["cue"][k] for k in ("artist", "title")} == {"artist": "A", "title": "T"}


def test_a_new_timeline_track_is_connected_to_the_master_bus(host: ArdourSessionHost, music: Path) -> None:
    name = place(host, music).timeline_track
    (master,) = [r for r in closed.parse(host.path).iterfind("Routes/Route") if r.get("name") == "Master"]
    found = [c.get("other") for c in master.iter("Connection")]
    assert {f"{name}/audio_out 1", f"{name}/audio_out 2"} <= set(found)


def test_the_cue_is_heard_where_it_lies(host: ArdourSessionHost, music: Path, tmp_path: Path) -> None:
    place(host, music, at=10.0)
    heard = loudness(host.export_range(span(9, 5), tmp_path / "out.wav"))
    assert [level > 0.1 for level in heard] == [False] * 2 + [True] * 6 + [False] * 2


def test_ardours_own_exporter_hears_the_cue(host: ArdourSessionHost, music: Path, tmp_path: Path) -> None:
    exporter = need("ardour7-export", "ardour")
    host.edit_tracks([TrackEdit(track_ids(host)[0], name="Other")])
    place(host, music, at=3.5, segment=span(0, 1))
    out = tmp_path / "whole.wav"
    # its exit status does not count: it may crash when all is done
    subprocess.run([exporter, "-o", out, host.path.parent, host.path.stem], capture_output=True, timeout=60)
    assert [level > 0.1 for level in loudness(out)] == [
        i in (1, 2, 3, 4, 5, 7, 8, 10, 11, 12, 13, 14, 15) for i in range(16)
    ]


def test_one_timeline_track_is_exported_alone(host: ArdourSessionHost, tmp_path: Path) -> None:
    bass = loudness(host.export_range(span(0, 8), tmp_path / "bass.wav", "Bass"), 1)
    assert [level > 0.05 for level in bass] == [False] * 5 + [True] * 3
    with pytest.raises(HostError, match="no timeline track Flute"):
        host.export_range(span(0, 1), tmp_path / "flute.wav", "Flute")


def test_each_change_leaves_a_backup_and_nothing_else(host: ArdourSessionHost, music: Path) -> None:
    before, raw = names(host.path.parent), host.path.read_bytes()
    place(host, music)
    host.add_markers([marker("one", 1), marker("two", 2, 3)])
    new = names(host.path.parent) - before
    assert new == {f"{host.path.name}.cuefinder-backup-{n}" for n in (1, 2)} | {"cuefinder.json"}
    assert host.path.with_name(f"{host.path.name}.cuefinder-backup-1").read_bytes() == raw


def test_a_marker_with_a_duration_is_a_range(host: ArdourSessionHost) -> None:
    host.add_markers([marker("part", 4, 2)])
    found = [(m.name, float(seconds(m.marked_range.start_time)), float(seconds(m.marked_range.duration)))
             for m in host.timeline().tracks.markers]  # fmt: skip
    assert ("part", 4.0, 2.0) in found


def test_stems_get_names_and_colours_in_one_step(host: ArdourSessionHost) -> None:
    before = [(t.name, facts(t).get("colour")) for t in list(host.timeline().tracks)]
    ids = list(dict.fromkeys(track_ids(host)))
    host.edit_tracks([TrackEdit(ids[0], "Drums", "#cc3300"), TrackEdit(ids[1], "Guitar", "#0033cc")])
    tracks = list(host.timeline().tracks)
    assert {(t.name, facts(t).get("colour")) for t in tracks} == {("Drums", "#cc3300"), ("Guitar", "#0033cc")}
    host.undo()
    assert [(t.name, facts(t).get("colour")) for t in list(host.timeline().tracks)] == before


@pytest.mark.parametrize(("edit", "match"), [
    ({"name": "Bass"}, "two timeline tracks"), ({"name": "a:b"}, "cannot be"), ({"name": " "}, "cannot be"),
    ({"colour": "red"}, "no colour"), ({"colour": "#12345g"}, "no colour"),
])  # fmt: skip
def test_names_and_colours_that_ardour_would_change_are_refused(
    host: ArdourSessionHost, edit: dict[str, str], match: str
) -> None:
    before = host.path.read_bytes()
    with pytest.raises(HostError, match=match):
        host.edit_tracks([TrackEdit(track_ids(host)[0], **edit)])
    assert host.path.read_bytes() == before


def test_a_change_by_someone_else_is_not_undone(host: ArdourSessionHost, music: Path) -> None:
    place(host, music)
    host.path.write_bytes(host.path.read_bytes() + b"\n")
    now = host.path.read_bytes()
    with pytest.raises(HostError, match="not one of Cuefinder's"):
        host.undo()
    assert host.path.read_bytes() == now


def test_a_caption_is_undone(host: ArdourSessionHost) -> None:
    clip = clip_id(placed_clips(host.timeline())[0].clip)
    host.annotate(clip, "first")
    host.annotate(clip, "second")
    host.undo()
    assert facts(find_clip(host.timeline(), clip).clip)["caption"] == "first"


def test_a_lost_answer_does_not_double_the_cue(
    host: ArdourSessionHost, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(closed, "settle", lost)
    with pytest.raises(KeyboardInterrupt):
        place(host, music, key="k")
    monkeypatch.undo()
    count = len(placed_clips(host.timeline()))
    assert place(host, music, key="k").already
    assert len(placed_clips(host.timeline())) == count


def test_music_of_another_rate_is_left_to_the_running_ardour(host: ArdourSessionHost, tmp_path: Path) -> None:
    file = write_wav(tmp_path / "cd.wav", tone(4, rate=44_100), 44_100)
    before = host.path.read_bytes()
    with pytest.raises(HostError, match="44100 samples per second"):
        place(host, file)
    (tmp_path / "a.mp3").write_bytes(b"ID3" + bytes(500))
    with pytest.raises(HostError, match="no WAV"):
        place(host, tmp_path / "a.mp3")
    assert host.path.read_bytes() == before


def test_a_name_that_is_no_utf_8_is_refused(host: ArdourSessionHost, tmp_path: Path, music: Path) -> None:
    odd = tmp_path / "m\udcff.wav"
    odd.write_bytes(music.read_bytes())
    with pytest.raises(TimelineError, match="not UTF-8"):
        place(host, odd)


def test_markers_with_odd_names_are_added_all_the_same(host: ArdourSessionHost) -> None:
    host.add_markers([marker("a\x01b\n<&>", 1), marker("", 2)])
    assert {"a b <&>", "marker"} <= {m.name for m in host.timeline().tracks.markers}


def test_a_segment_beyond_the_files_end_is_refused(host: ArdourSessionHost, music: Path) -> None:
    before = host.path.read_bytes()
    with pytest.raises(TimelineError, match=r"the file at 8\.00 s"):
        place(host, music, segment=span(6, 3))
    assert host.path.read_bytes() == before


def test_a_cue_keeps_off_the_users_timeline_tracks_unless_asked(host: ArdourSessionHost, music: Path) -> None:
    assert place(host, music, at=100.0).timeline_track == "Cuefinder"
    asked = place(host, music, at=100.0, timeline_track="Bass")
    assert (asked.timeline_track, asked.created) == ("Bass", False)
    again = place(host, music, at=200.0)
    assert (again.timeline_track, again.created) == ("Cuefinder", False)


def test_a_session_that_is_open_is_not_written(host: ArdourSessionHost, music: Path, tmp_path: Path) -> None:
    program = tmp_path / "ardour-7.3.0"
    shutil.copy(Path(sys.executable).resolve(), program)
    before = host.path.read_bytes()
    script = "import sys; print('up', flush=True); sys.stdin.read()"
    with subprocess.Popen([program, "-c", script, host.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          env={"PYTHONHOME": sys.base_prefix, **os.environ}) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        with pytest.raises(HostError, match=f"open in Ardour \\(process {process.pid}\\)"):
            place(host, music)
    assert host.path.read_bytes() == before
    place(host, music)


def fake(tmp_path: Path, body: str) -> Found:
    lua = tmp_path / "fake-lua"
    lua.write_text(f"#!/bin/sh\n{body}\n")
    lua.chmod(lua.stat().st_mode | stat.S_IXUSR)
    return Found(7, lua, lua)


@pytest.mark.parametrize(("body", "error", "match"), [
    ("exec sleep 60", HostTimeoutError, "longer than 1 s"), ("echo gone wrong; exit 3", HostError, "gone wrong"),
    ("kill -9 $$", HostError, "last words"), ('echo failed no memory > "$5"', HostError, "no memory"),
    ('echo done 1 2 3 > "$5"', HostError, "not in the session"), ('echo "<bad" > "$2/$3.ardour"; echo done 1 > "$5"',
                                                                  TimelineError, "damaged"),
])  # fmt: skip
def test_an_ardour_that_fails_leaves_the_session_as_it_was(
    session_file: Path, music: Path, tmp_path: Path, body: str, error: type[Exception], match: str
) -> None:
    host = ArdourSessionHost(session_file, fake(tmp_path, body), deadline=1.0)
    raw, before = session_file.read_bytes(), names(session_file.parent)
    with pytest.raises(error, match=match):
        place(host, music)
    assert session_file.read_bytes() == raw
    assert names(session_file.parent) - before <= {"cuefinder.json"}


@pytest.mark.parametrize("crashes", [1, 2])
def test_an_ardour_that_crashes_is_started_once_more(session_file: Path, tmp_path: Path, crashes: int) -> None:
    count = f'n=$(cat "{tmp_path}/starts" || echo 0); echo $((n + 1)) > "{tmp_path}/starts"'
    body = f'{count}; [ $n -lt {crashes} ] && kill -ABRT $$; echo sound > "$6/$7.wav"; echo done > "$4"'
    host = ArdourSessionHost(session_file, fake(tmp_path, body), deadline=10.0)
    out = tmp_path / "out.wav"
    if crashes == 1:
        assert host.export_range(span(0, 1), out).read_text() == "sound\n"
    else:
        with pytest.raises(HostError, match="last words"):
            host.export_range(span(0, 1), out)
        assert not out.exists()
    assert (tmp_path / "starts").read_text() == "2\n"


def test_a_session_that_changes_meanwhile_is_not_overwritten(session_file: Path, music: Path, tmp_path: Path) -> None:
    host = ArdourSessionHost(session_file, fake(tmp_path, f'echo >> "{session_file}"; echo done 1 2 3 > "$5"'))
    raw = session_file.read_bytes()
    with pytest.raises(StaleTimelineError, match="meanwhile"):
        place(host, music)
    assert session_file.read_bytes() == raw + b"\n"


def test_without_ardour_a_session_can_still_be_read(
    session_file: Path, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert find_programs() == []
    host = ArdourSessionHost(session_file)
    assert Capability.INSERT_CUE not in host.capabilities
    assert len(placed_clips(host.timeline())) == len(CLIPS)
    with pytest.raises(UnsupportedError):
        place(host, music)


def test_the_users_settings_and_the_last_snapshot_stay(host: ArdourSessionHost, music: Path, private: Path) -> None:
    (private / "recent").write_text("My song\n/my/songs\n")
    instant = host.path.with_name("instant.xml")
    instant.write_text("<instant/>")
    before = names(private)
    place(host, music)
    assert (private / "recent").read_text() == "My song\n/my/songs\n"
    assert instant.read_text() == "<instant/>"
    assert names(private) == before
    assert revision(host)
