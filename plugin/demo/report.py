"""The demo's page: one HTML file beside the film and the music, without anything from elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from plugin.demo.page import SCRIPT, STYLE
from plugin.paths import atomic_write

if TYPE_CHECKING:
    from plugin.demo.tour import Finding
    from plugin.library.records import Track
    from plugin.suggest.suggestion import Suggestion, Suggestions

_WIDTH, _HEIGHT = 400, 64  # of a waveform in its own units
_NAMES = {"video": "picture", "text": "words", "reference": "reference"}
_MOODS, _TAGS = 5, 6


def write_page(page: Path, film: Path, findings: Sequence[Finding], totals: Mapping[str, str]) -> None:
    """Write the page.

    Parameters
    ----------
    page : pathlib.Path
        HTML file to write; film and music are linked relative to its folder.
    film : pathlib.Path
    findings : sequence of Finding
    totals : mapping of str to str
        Figures for the head of the page: what is counted, and the number.
    """
    base = page.parent
    tracks = {
        result.track.id: result.track
        for finding in findings
        for found in (finding.by_picture, finding.by_words)
        for result in found.results
    }
    counts = "".join(f"<li><b>{escape(value)}</b><span>{escape(what)}</span></li>" for what, value in totals.items())
    links = "".join(
        f'<li><a href="#scene{number}">{escape(finding.scene.name)}</a></li>'
        for number, finding in enumerate(findings, 1)
    )
    waves = "".join(f'<path id="wave{track.id}" d="{_wave(track.peaks)}"/>' for track in tracks.values())
    sections = "".join(_section(base, film, number, finding) for number, finding in enumerate(findings, 1))
    html = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cuefinder demo</title>
<style>{STYLE}</style>
</head>
<body>
<svg width="0" height="0" style="position:absolute" aria-hidden="true" stroke="currentColor"><defs>{waves}</defs></svg>
<header>
<h1>Music for a film, scene by scene</h1>
<p class="lead">Cuefinder listened to a music library, watched a film, and proposes tracks for each scene: first
from the picture alone, then with an editor's words beside it. Each player starts at the part that fits best.</p>
<ul class="totals">{counts}</ul>
<nav aria-label="Scenes"><ol>{links}</ol></nav>
</header>
<main>{sections}</main>
<footer><p>A score says how many standard deviations a track lies above the library's mean track for this question; the
bars are cosines between the scene, or the words, and the best part of the track. Film, music and titles are made by
Cuefinder's own generators.</p></footer>
<script>{SCRIPT}</script>
</body>
</html>
"""
    atomic_write(page, html.encode())


def _link(base: Path, path: Path, start: float, end: float) -> str:
    """Link a range of a media file relative to the page's folder."""
    return f"{quote(Path(os.path.relpath(path, base)).as_posix())}#t={start:.2f},{end:.2f}"


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def _items(words: Iterable[str]) -> str:
    return "".join(f"<li>{escape(word)}</li>" for word in words)


def _section(base: Path, film: Path, number: int, finding: Finding) -> str:
    scene = finding.scene
    sound = f'<div><p class="label">Sounds like</p><p>{escape(finding.caption)}</p></div>' if finding.caption else ""
    looks = _items(f"{word} {score:.2f}" for word, score in finding.looks[:_MOODS])
    return f"""
<section id="scene{number}" aria-labelledby="name{number}">
<div class="shot">
<video controls preload="metadata" src="{_link(base, film, scene.start, scene.end)}"
 aria-label="Scene {number}: {escape(scene.name)}"></video>
<div class="facts">
<div><p class="label">Scene {number} · {_clock(scene.start)}–{_clock(scene.end)}</p>
<h2 id="name{number}">{escape(scene.name)}</h2></div>
<div><p class="label">Looks</p><ul class="moods">{looks}</ul></div>
{sound}
<div><p class="label">An editor might type</p><p>“{escape(scene.words)}”</p></div>
</div>
</div>
<div class="lists">
<div><h3>From the picture alone</h3>{_list(base, finding.by_picture)}</div>
<div><h3>With the words <q>{escape(scene.words)}</q></h3>{_list(base, finding.by_words)}</div>
</div>
</section>"""


def _list(base: Path, found: Suggestions) -> str:
    cues = "".join(_cue(base, rank, result) for rank, result in enumerate(found.results, 1))
    return f'<ol class="cues">{cues}</ol>'


def _cue(base: Path, rank: int, result: Suggestion) -> str:
    track = result.track
    by = " · ".join(escape(part) for part in (track.artist, track.album) if part)
    details = [
        f"{track.tempo:.0f} BPM" if track.tempo else "",
        track.key or "",
        _clock(track.duration or 0.0),
    ]
    aspects = "".join(
        f'<dt>{_NAMES[name]}</dt><dd><span class="bar" aria-hidden="true">'
        f'<i style="width:{100 * min(max(cosine, 0.0), 1.0):.0f}%"></i></span>'
        f'<span class="number">{cosine:.2f}</span></dd>'
        for name, cosine in result.aspects.items()
    )
    return f"""
<li class="cue">
<div class="head"><span class="rank">{rank}</span><div><h4>{escape(track.name)}</h4><p>{by}</p></div>
<span class="score" title="Standard deviations above the mean track">{result.score:+.2f}</span></div>
{_waveform(track, result.start, result.end)}
<audio controls preload="none" src="{_link(base, track.path, result.start, result.end)}"
 aria-label="{escape(track.name)}, from its best part"></audio>
<dl class="aspects">{aspects}</dl>
<p class="details">{" · ".join(escape(detail) for detail in details if detail)}</p>
<ul class="tags">{_items(tag.name for tag in track.tags[:_TAGS])}</ul>
<p class="caption">{escape(track.caption)}</p>
</li>"""


def _wave(peaks: bytes) -> str:
    """Draw a waveform as one path of upright strokes, at full height where the track is loudest."""
    step, loudest = _WIDTH / max(len(peaks), 1), max(peaks, default=0) or 1
    strokes = []
    for index, peak in enumerate(peaks):
        half = max(0.5, (_HEIGHT / 2 - 2) * peak / loudest)
        strokes.append(f"M{(index + 0.5) * step:.4g} {_HEIGHT / 2 - half:.3g}v{2 * half:.3g}")
    return "".join(strokes)


def _waveform(track: Track, start: float, end: float) -> str:
    """Show a track's waveform with its best part marked."""
    duration = track.duration or end or 1.0
    left = _WIDTH * start / duration
    wide = _WIDTH * (end - start) / duration
    label = f"Waveform of {track.name}; best part {_clock(start)} to {_clock(end)} of {_clock(duration)}"
    return (
        f'<svg class="wave" viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" role="img"'
        f' stroke="currentColor" aria-label="{escape(label)}" data-seconds="{duration:.2f}">'
        f'<rect class="range" stroke="none" x="{left:.2f}" width="{wide:.2f}" height="{_HEIGHT}" rx="3"/>'
        f'<use href="#wave{track.id}"/>'
        f'<svg class="best" x="{left:.2f}" width="{wide:.2f}" height="{_HEIGHT}"'
        f' viewBox="{left:.2f} 0 {wide:.2f} {_HEIGHT}"><use href="#wave{track.id}"/></svg></svg>'
    )
