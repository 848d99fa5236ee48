"""Media that are missing, elsewhere or proxied are facts to tell, not errors."""

from __future__ import annotations

from pathlib import Path

from opentimelineio.opentime import RationalTime

from host_bridge.files.host import FileHost
from host_bridge.files.media import MediaState, media_of
from host_bridge.timeline import make_clip, make_timeline, make_tracks
from tests.host_bridge.conformance import span
from tests.host_bridge.files.samples import MEDIA, sample_file


def test_media_that_are_missing_are_a_fact(tmp_path: Path) -> None:
    path = sample_file(tmp_path / "film.mlt")
    found = media_of(FileHost(path).timeline())
    assert [(one.path, one.state, one.clips) for one in found] == [
        (MEDIA / "dawn & day.mp4", MediaState.GONE, ["V1:1"]), (MEDIA / "run.mp4", MediaState.GONE, ["V1:2"]),
        (MEDIA / "voice.wav", MediaState.GONE, ["A1:1"]),
    ]  # fmt: skip


def test_relative_and_proxied_media_are_found(tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    for name in ("clips/a 1.mp4", "small.mp4"):
        (tmp_path / name).write_bytes(b"x")
    path = tmp_path / "film.mlt"
    path.write_text("""<mlt root="/gone"><producer id="a"><property name="length">9</property>
        <property name="resource">clips/a 1.mp4</property></producer>
        <producer id="b"><property name="length">9</property><property name="resource">small.mp4</property>
        <property name="shotcut:proxy">1</property>
        <property name="shotcut:originalResource">/big.mp4</property></producer>
        <producer id="c"><property name="length">9</property><property name="resource">#ff0000</property>
        <property name="mlt_service">color</property></producer>
        <producer id="d"><property name="length">9</property>
        <property name="resource">https://example.org/a.mp4</property></producer>
        <playlist id="p"><entry producer="a"/><entry producer="b"/><entry producer="c"/><entry producer="d"/>
        </playlist></mlt>""")
    found = media_of(FileHost(path).timeline())
    assert [one.state for one in found] == [MediaState.THERE, MediaState.PROXY, MediaState.NONE, MediaState.ELSEWHERE]
    assert (found[0].path, found[1].proxy) == (tmp_path / "clips/a 1.mp4", tmp_path / "small.mp4")


def test_a_path_that_no_disk_can_have_is_missing() -> None:
    clip = make_clip("x", "/" + "a" * 5000, span(0, 1))
    timeline = make_timeline("x", make_tracks("V1", "Video", [(clip, RationalTime(0, 25))]), rate=25)
    assert [one.state for one in media_of(timeline)] == [MediaState.GONE]
