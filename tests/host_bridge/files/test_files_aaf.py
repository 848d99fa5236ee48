"""AAF: a file as an editor makes it, with an effect and a tape behind its media, gets a cue and loses nothing."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import aaf2
import pytest
from opentimelineio.opentime import RationalTime

from host_bridge.errors import TimelineError
from host_bridge.files.formats import read
from host_bridge.files.host import FileHost
from host_bridge.host import Capability, CueOptions, TrackEdit
from host_bridge.timeline import facts, media_path, placed_clips, rate_of
from tests.host_bridge.conformance import marker, span, tone, write_wav

RATE = "24000/1001"


def make_media(aaf: Any, name: str, kind: str, length: int) -> tuple[Any, int]:
    """A master mob of a file on a tape."""
    tape = aaf.create.SourceMob(f"{name} tape")
    aaf.content.mobs.append(tape)
    tape.descriptor = aaf.create.TapeDescriptor()
    on_tape = tape.create_empty_sequence_slot(RATE, media_kind=kind)
    on_tape.segment.components.append(aaf.create.SourceClip(length=length, media_kind=kind))
    source = aaf.create.SourceMob(name)
    aaf.content.mobs.append(source)
    descriptor = aaf.create.PCMDescriptor() if kind == "sound" else aaf.create.CDCIDescriptor()
    found = {"SampleRate": "48000/1" if kind == "sound" else RATE, "Length": length}
    if kind == "sound":
        found |= {"AudioSamplingRate": "48000/1", "Channels": 1, "QuantizationBits": 16, "BlockAlign": 2,
                  "AverageBPS": 96000}  # fmt: skip
    else:
        found |= {"ComponentWidth": 8, "HorizontalSubsampling": 2, "ImageAspectRatio": "16/9", "StoredWidth": 1920,
                  "StoredHeight": 1080, "FrameLayout": "FullFrame", "VideoLineMap": [42, 0]}  # fmt: skip
    for key, value in found.items():
        descriptor[key].value = value
    locator = aaf.create.NetworkLocator()
    locator["URLString"].value = f"file:///media/{name}.mxf"
    descriptor["Locator"].append(locator)
    source.descriptor = descriptor
    slot = source.create_timeline_slot(RATE)
    slot.segment = tape.create_source_clip(on_tape.slot_id, 0, length, kind)
    master = aaf.create.MasterMob(name)
    aaf.content.mobs.append(master)
    top = master.create_timeline_slot(RATE)
    top.segment = source.create_source_clip(slot.slot_id, 0, length, kind)
    return master, top.slot_id


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "film.aaf"
    with aaf2.open(str(path), "w") as aaf:
        film = aaf.create.CompositionMob("Film 🎬")
        film.usage = "Usage_TopLevel"
        aaf.content.mobs.append(film)
        time = film.create_timeline_slot(RATE)
        time["PhysicalTrackNumber"].value = 1
        time.segment = aaf.create.Timecode(24, False)
        time.segment.start, time.segment.length = 86_400, 240
        picture, at = make_media(aaf, "Dawn", "picture", 500)
        video = film.create_picture_slot(RATE)
        video.name, video["PhysicalTrackNumber"].value = "V1", 1
        video.segment.components.append(picture.create_source_clip(at, 100, 240, "picture"))
        voice, at = make_media(aaf, "voice", "sound", 500)
        sound = film.create_sound_slot(RATE)
        sound.name, sound["PhysicalTrackNumber"].value = "Talk", 1
        sound.segment.components.append(aaf.create.Filler("sound", 48))
        sound.segment.components.append(voice.create_source_clip(at, 24, 48, "sound"))
        mixed = film.create_sound_slot(RATE)
        mixed.name, mixed["PhysicalTrackNumber"].value = "Mixed", 2
        operation = gain(aaf)
        group = aaf.create.OperationGroup(operation, 240)
        group.segments.append(voice.create_source_clip(at, 0, 240, "sound"))
        group.media_kind = "sound"
        mixed.segment.components.append(group)
        for slot in (video, sound, mixed):
            slot.segment.length = sum(one.length for one in slot.segment.components)
    return path


def gain(aaf: Any) -> Any:
    operation = aaf.create.OperationDef(aaf2.auid.AUID("9d2ea894-0968-11d3-8a38-0050040ef7d2"), "Mono Audio Gain")
    operation.media_kind = "sound"
    operation["NumberInputs"].value = 1
    aaf.dictionary.register_def(operation)
    return operation


@pytest.fixture
def music(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "müsic 🎵.wav", tone(8))


def test_an_editors_file_is_read(path: Path) -> None:
    timeline = read(path)
    found = [(p.timeline_track.name, p.clip.name, p.record.start_time.value, p.record.duration.value,
              p.clip.source_range.start_time.value) for p in placed_clips(timeline)]  # fmt: skip
    assert found == [("V1", "Dawn", 0, 240, 100), ("Talk", "voice", 48, 48, 24), ("Mixed", "voice", 0, 240, 0)]
    assert rate_of(timeline) == Fraction(24000, 1001)
    assert timeline.global_start_time.value == 86_400
    assert media_path(placed_clips(timeline)[0].clip) == Path("/media/Dawn.mxf")


def shape(aaf: Any) -> list[object]:
    """Everything of a file's mobs but their times of change."""
    return [(str(mob.mob_id), mob.name, [(slot.slot_id, slot.name, type(slot.segment).__name__,
             [(type(c).__name__, c.length) for c in getattr(slot.segment, "components", [])]) for slot in mob.slots])
            for mob in sorted(aaf.content.mobs, key=lambda m: str(m.mob_id))]  # fmt: skip


def test_a_cue_gets_mobs_of_its_own_and_the_rest_stays(path: Path, music: Path) -> None:
    with aaf2.open(str(path)) as aaf:
        before = shape(aaf)
    host = FileHost(path)
    first = host.insert_cue(music, span(1, 2), RationalTime(24, 24), CueOptions(name="Cue 🎵", key="k", title="Warm"))
    assert (first.timeline_track, first.created) == ("Cuefinder", True)  # neither over the voice nor beside an effect
    later = host.insert_cue(music, span(0, 2), RationalTime(120, 24), CueOptions(name="Later"))
    assert (later.timeline_track, later.created) == ("Talk", False)
    host.add_markers([marker("titles 🎵", 3)])
    host.edit_tracks([TrackEdit("V1", name="Picture")])
    out = host.save()
    with aaf2.open(str(out)) as aaf:
        after = shape(aaf)
        film = next(aaf.content.toplevel())
        slots = {slot.name: slot for slot in film.slots if slot.name}
        ids = [slot.slot_id for slot in film.slots]
        assert len(set(ids)) == len(ids)
        assert [(type(c).__name__, c.length) for c in slots["Cuefinder"].segment.components] == [
            ("Filler", 24), ("SourceClip", 47)]  # fmt: skip
        assert slots["Cuefinder"]["PhysicalTrackNumber"].value == 3
        assert slots["Cuefinder"].segment.length == 71
        clip = list(slots["Cuefinder"].segment.components)[1]
        assert clip.mob.name == "Cue 🎵"
        locator = clip.mob.slots[0].segment.mob.descriptor["Locator"].value[0]
        assert locator["URLString"].value == music.as_uri()
        assert type(next(iter(slots["Mixed"].segment.components))).__name__ == "OperationGroup"
    kept = [one for one in after if one[0] in {old[0] for old in before} and one[1] != "Film 🎬"]
    assert kept == [one for one in before if one[1] != "Film 🎬"]
    again = read(out)
    assert [t.name for t in again.tracks] == ["Picture", "Talk", "Mixed", "Cuefinder"]
    cue = next(p for p in placed_clips(again) if p.clip.name == "Cue 🎵")
    assert facts(cue.clip)["cue"] == {"key": "k", "title": "Warm"}
    assert [m.name for m in again.tracks.markers] == ["titles 🎵"]


def test_what_aaf_cannot_keep_is_not_promised(path: Path) -> None:
    assert not {Capability.FADES, Capability.GAIN, Capability.ANNOTATE} & FileHost(path).capabilities


def test_a_file_without_a_timeline(tmp_path: Path) -> None:
    path = tmp_path / "empty.aaf"
    with aaf2.open(str(path), "w"):
        pass
    with pytest.raises(TimelineError, match="damaged, or no"):
        read(path)
