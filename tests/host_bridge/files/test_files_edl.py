"""Edit decision lists: timeline tracks keep their distance, the rate is told or guessed, events are only added."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from opentimelineio.opentime import RationalTime

from host_bridge.files.formats import read
from host_bridge.files.host import FileHost
from host_bridge.host import Capability, CueOptions
from host_bridge.timeline import facts, media_path, placed_clips, rate_of
from tests.host_bridge.conformance import span, tone, write_wav

LIST = """TITLE: Film
FCM: NON-DROP FRAME

001  TAPE01   V     C        00:00:10:00 00:00:14:00 01:00:00:00 01:00:04:00
* FROM CLIP NAME: Dawn
002  TAPE02   V     C        00:00:00:00 00:00:00:00 01:00:04:00 01:00:04:00
002  TAPE03   V     D    024 00:01:00:00 00:01:04:00 01:00:04:00 01:00:08:00
* FROM CLIP NAME: Dawn
* TO CLIP NAME: Run
003  VOICE    A2    C        00:00:00:12 00:00:02:00 01:00:05:12 01:00:07:00
* FROM CLIP NAME: voice
* FROM FILE: sounds/voice 1.wav
* a comment of mine
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "film.edl").write_text(LIST.replace("\n", "\r\n"))
    return tmp_path / "film.edl"


@pytest.fixture
def music(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "müsic.wav", tone(5))


def test_timeline_tracks_keep_their_distance(path: Path) -> None:
    timeline = read(path)
    found = [(p.timeline_track.name, p.clip.name, p.record.start_time.value, p.record.duration.value)
             for p in placed_clips(timeline)]  # fmt: skip
    assert found == [("V", "Dawn", 0, 96), ("V", "Run", 96, 96), ("A2", "voice", 132, 36)]
    assert timeline.global_start_time == RationalTime(86_400, 24)
    assert media_path(placed_clips(timeline)[2].clip) == path.parent / "sounds/voice 1.wav"


@pytest.mark.parametrize(("highest", "rate"), [("23", 24), ("24", 25), ("29", 30), ("59", 60)])
def test_the_rate_is_guessed_by_the_highest_frame(path: Path, highest: str, rate: int) -> None:
    text = LIST.replace("00:00:02:00 01:00:05:12", f"00:00:01:{highest} 01:00:05:12")
    path.write_text(text.replace("01:00:07:00", f"01:00:06:{highest}"))
    timeline = read(path)
    assert rate_of(timeline) == rate
    assert facts(timeline)["rate_guessed"] is True


def test_a_rate_that_is_told_is_not_guessed(path: Path) -> None:
    timeline = read(path, Fraction(25))
    assert rate_of(timeline) == 25
    assert "rate_guessed" not in facts(timeline)


def test_drop_frame_says_the_rate(path: Path) -> None:
    path.write_text("TITLE: x\n001  AX  V  C  00:00:00;00 00:00:02;00 01:00:00;00 01:00:02;00\n")
    timeline = read(path)
    assert rate_of(timeline) == Fraction(30000, 1001)
    assert facts(timeline)["drop_frame"] is True


def test_events_are_only_added(path: Path, music: Path) -> None:
    host = FileHost(path)
    assert Capability.FADES not in host.capabilities
    host.insert_cue(music, span(1, 3), RationalTime(48, 24), CueOptions(name="Our\ncue", key="k1"))
    host.insert_cue(music, span(0, 1), RationalTime(240, 24), CueOptions(name="Later", timeline_track="A2", key="k2"))
    lines = [line for line in host.save().read_text().splitlines() if not line.startswith("* CUEFINDER")]
    old = LIST.splitlines()
    split = old.index(next(line for line in old if line.startswith("003")))
    # Before the voice, which is on the same channel and later, and after it; the voice counts one more.
    assert lines == [
        *old[:split],
        "003  AX       A2    C        00:00:01:00 00:00:04:00 01:00:02:00 01:00:05:00",
        "* FROM CLIP NAME: Our cue", f"* FROM FILE: {music}",
        old[split].replace("003", "004"), *old[split + 1 :],
        "005  AX       A2    C        00:00:00:00 00:00:01:00 01:00:10:00 01:00:11:00",
        "* FROM CLIP NAME: Later", f"* FROM FILE: {music}",
    ]  # fmt: skip


def test_an_event_goes_before_a_transition_and_its_split(path: Path, music: Path) -> None:
    path.write_text("TITLE: x\n001  AX  A  C  00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00\n"
                    "FCM: NON-DROP FRAME\n002  AX  A  C  00:00:00:00 00:00:00:00 01:00:05:00 01:00:05:00\n"
                    "002  AX  A  D  012 00:00:00:00 00:00:02:00 01:00:05:00 01:00:07:00\n")  # fmt: skip
    host = FileHost(path)
    host.insert_cue(music, span(0, 1), RationalTime(48, 24), CueOptions(name="Cue"))
    lines = host.save().read_text().splitlines()
    numbers = [line.split()[0] for line in lines if not line.startswith("*")]
    assert numbers == ["TITLE:", "001", "002", "FCM:", "003", "003"]


def test_old_encodings_are_read(path: Path) -> None:
    path.write_bytes(LIST.replace("voice\n", "Stimmé\n").encode("latin-1"))
    assert placed_clips(read(path))[2].clip.name == "Stimmé"
