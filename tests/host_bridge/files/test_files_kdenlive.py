"""Kdenlive's projects with sequences (from 23.04): read as Kdenlive shows them, and all that is in them is kept."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

from opentimelineio.opentime import RationalTime

from host_bridge.files.formats import read
from host_bridge.files.host import FileHost
from host_bridge.host import CueOptions
from host_bridge.timeline import facts, media_path, placed_clips
from tests.host_bridge.conformance import marker, span, tone, write_wav
from tests.host_bridge.files.test_files_mlt import PRODUCERS, file, rows

KDENLIVE = f"""<mlt root="/films" producer="main_bin">{PRODUCERS}
<playlist id="main_bin"><property name="kdenlive:docproperties.version">1.1</property><entry producer="a"/></playlist>
<playlist id="p0"><property name="kdenlive:audio_track">1</property><blank length="25"/>
<entry producer="b" in="0" out="49"/></playlist><playlist id="p1"/>
<tractor id="t0"><property name="kdenlive:audio_track">1</property>
<property name="kdenlive:track_name">Talk</property><track producer="p0" hide="video"/><track producer="p1"/></tractor>
<playlist id="p2"><property name="kdenlive:audio_track">1</property></playlist><playlist id="p3"/>
<tractor id="t1"><property name="kdenlive:audio_track">1</property><property name="kdenlive:locked_track">1</property>
<track producer="p2" hide="video"/><track producer="p3"/></tractor>
<playlist id="p4"><entry producer="a" in="10" out="59"><filter><property name="mlt_service">sepia</property></filter>
</entry></playlist><playlist id="p5"><blank length="40"/><entry producer="a" in="100" out="149"/></playlist>
<tractor id="t2"><property name="kdenlive:track_name">Picture</property><track producer="p4" hide="audio"/>
<track producer="p5" hide="audio"/></tractor>
<tractor id="{{uuid}}" in="0" out="99"><property name="kdenlive:uuid">{{uuid}}</property>
<property name="kdenlive:clipname">Scene 1</property><property name="kdenlive:duration">100</property>
<property name="kdenlive:sequenceproperties.groups">[{{"children": [{{"data": "1:25", "leaf": "clip", "type": "Leaf"}},
{{"data": "3:0", "leaf": "clip", "type": "Leaf"}}], "type": "AVSplit"}}]</property>
<property name="kdenlive:sequenceproperties.guides">[{{"comment": "old", "pos": 50, "type": 2}}]</property>
<track producer="black"/><track producer="t0"/><track producer="t1"/><track producer="t2"/>
<transition><property name="a_track">0</property><property name="b_track">1</property>
<property name="mlt_service">mix</property></transition>
<transition><property name="a_track">2</property><property name="b_track">3</property>
<property name="mlt_service">qtblend</property></transition></tractor>
<tractor id="project" in="0" out="99"><property name="kdenlive:projectTractor">1</property>
<track producer="{{uuid}}" in="0" out="99"/></tractor></mlt>"""


def test_a_kdenlive_project_with_sequences_is_read(tmp_path: Path) -> None:
    path = file(tmp_path, KDENLIVE, "film.kdenlive")
    assert rows(path) == [
        ("Picture", "a.mp4", 0, 50, 10), ("Picture", "a.mp4", 40, 50, 100),  # a mix of two clips on one timeline track
        ("Talk", "b.wav", 25, 50, 0),
    ]  # fmt: skip
    timeline = read(path)
    assert [(t.name, t.kind, facts(t)["id"], facts(t).get("lane")) for t in timeline.tracks] == [
        ("Picture", "Video", "V1", None), ("Picture", "Video", "V1", 1), ("A1", "Audio", "A1", None),
        ("Talk", "Audio", "A2", None),
    ]  # fmt: skip
    assert timeline.name == "Scene 1"
    assert [m.name for m in timeline.tracks.markers] == ["old"]
    assert media_path(placed_clips(timeline)[0].clip) == Path("/films/a.mp4")


def test_a_kdenlive_project_keeps_all_that_is_in_it(tmp_path: Path) -> None:
    music = write_wav(tmp_path / "music.wav", tone(10))
    path = file(tmp_path, KDENLIVE, "film.kdenlive")
    host = FileHost(path)
    first = host.insert_cue(music, span(0, 2), RationalTime(30, 25), CueOptions(name="Cue"))
    later = host.insert_cue(music, span(0, 2), RationalTime(80, 25), CueOptions(name="Later"))
    assert (first.timeline_track, first.created) == ("Cuefinder", True)  # neither the locked one nor over what is there
    assert (later.timeline_track, later.created) == ("Talk", False)
    host.add_markers([marker("new", 3)])
    root = ET.parse(host.save()).getroot()
    sequence = next(e for e in root if e.get("id") == "{uuid}")
    props = {e.get("name"): e.text for e in sequence.findall("property")}
    assert [g["comment"] for g in json.loads(props["kdenlive:sequenceproperties.guides"])] == ["old", "new"]
    # The new track is the lowest: transitions and groups that count timeline tracks count one more.
    (group,) = json.loads(props["kdenlive:sequenceproperties.groups"])
    assert [leaf["data"] for leaf in group["children"]] == ["2:25", "4:0"]
    tracks = [(t.find("property[@name='a_track']").text, t.find("property[@name='b_track']").text)
              for t in sequence.findall("transition")]  # fmt: skip
    assert tracks == [("0", "2"), ("3", "4"), ("0", "1")]
    assert [t.get("producer") for t in sequence.findall("track")][2:] == ["t0", "t1", "t2"]
    assert root.find(".//filter/property").text == "sepia"
    assert [e.get("out") for e in (sequence, root[-1], root[-1].find("track"))] == ["129"] * 3
    assert props["kdenlive:duration"] == "130"
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(set(ids)) == len(ids)
    bin_ids = {e.find("property[@name='kdenlive:id']").text for e in root.iter("producer")
               if e.find("property[@name='kdenlive:clipname']") is not None}  # fmt: skip
    assert len(bin_ids) == 2
