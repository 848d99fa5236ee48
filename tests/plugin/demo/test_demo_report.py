"""The demo's page is sound HTML and links to files that exist."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from plugin.demo.film import FilmScene
from plugin.demo.report import write_page
from plugin.demo.tour import Finding
from plugin.library.records import Stamp, TagScore, Track
from plugin.suggest.suggestion import Suggestion, Suggestions
from plugin.synth.scenes import SceneSpec

VOID = {"meta", "br", "img", "input", "link", "path", "rect", "use"}


class Page(HTMLParser):
    """Elements of a page; fails on tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def track(path: Path, number: int, title: str) -> Track:
    return Track(
        id=number, path=path, stamp=Stamp(1, 1), content_hash=b"", title=title, artist="Me & Them", album="",
        duration=50.0, tempo=101.6, key="A minor", loudness=-14.0, peak=0.9, caption="Slow <piano>.", lyrics="",
        space="s", status="indexed", reason="", warnings=(), indexed_at="", peaks=bytes(range(200)) * 2,
        tags=(TagScore("piano", "instrument", 0.9),),
    )  # fmt: skip


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "film.mp4").write_bytes(b"film")
    results = []
    for number, title in enumerate(('<b>Bold</b> & "loud"', "Quiet #2 100%")):
        path = tmp_path / "music" / f"Ü {number} #1?.ogg"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"sound")
        aspects = {"video": 0.4, "text": -0.2}
        results.append(Suggestion(track(path, number, title), 1.5 - number, 10.0, 21.0, aspects))
    found = Suggestions(tuple(results), 2, 2, 0, 11.0)
    scenes = [FilmScene("Sea & sand", SceneSpec(1, "sea"), 'calm "blue"', (), start=11.0 * i) for i in range(2)]
    findings = [
        Finding(scene, [("calm", 0.8), ("warm", 0.3)], "A sound." if i else "", found, found)
        for i, scene in enumerate(scenes)
    ]
    write_page(tmp_path / "index.html", tmp_path / "film.mp4", findings, {"tracks": "2", "a < b": "<1>"})
    return tmp_path / "index.html"


def test_the_page_is_well_formed_and_shows_everything(page: Path) -> None:
    parsed = Page(page.read_text(encoding="utf-8"))
    text = " ".join(parsed.text)
    for shown in ("Sea & sand", '“calm "blue"”', '<b>Bold</b> & "loud"', "Me & Them", "Slow <piano>.", "102 BPM",
                  "A minor", "0:50", "A sound.", "<1>", "calm 0.80", "+1.50", "-0.20"):  # fmt: skip
        assert shown in text
    assert len(parsed.all("video")) == 2
    assert len(parsed.all("audio")) == 8
    assert parsed.all("html")[0]["lang"] == "en"
    for element in parsed.all("audio") + parsed.all("video"):
        assert "controls" in element
        assert element["aria-label"]


def test_every_link_is_relative_and_leads_to_a_file(page: Path) -> None:
    parsed = Page(page.read_text(encoding="utf-8"))
    ids = {attributes["id"] for _, attributes in parsed.elements if "id" in attributes}
    for _, attributes in parsed.elements:
        if "src" in attributes:
            name, _, fragment = attributes["src"].partition("#")
            assert (page.parent / unquote(name)).is_file()
            assert fragment.startswith("t=")
        if "href" in attributes:
            assert attributes["href"].startswith("#")
            assert attributes["href"][1:] in ids
    whole = page.read_text(encoding="utf-8")
    assert "http:" not in whole
    assert "https:" not in whole
    assert "@import" not in whole
    assert not parsed.all("link")


def test_players_start_at_the_best_part_and_the_waveform_marks_it(page: Path) -> None:
    parsed = Page(page.read_text(encoding="utf-8"))
    assert all(audio["src"].endswith("#t=10.00,21.00") for audio in parsed.all("audio"))
    assert [video["src"] for video in parsed.all("video")] == ["film.mp4#t=0.00,11.00", "film.mp4#t=11.00,22.00"]
    marks = [rect for rect in parsed.all("rect") if rect.get("class") == "range"]
    assert {(float(rect["x"]), float(rect["width"])) for rect in marks} == {(80.0, 88.0)}
    waves = [path for path in parsed.all("path") if path.get("id", "").startswith("wave")]
    assert len(waves) == 2
    assert waves[0]["d"].count("M") == 400
