"""The music cue sheet of a timeline: what is played when, for how long, and whose it is. As CSV and as a page to print.

Columns are those that collecting societies ask for: cue number, title, artist or composer, usage, time in, time out and
duration. Usage is a code of cue sheets: BI background instrumental, BV background vocal, VI and VV the same when seen
on screen, MT main title, ET end title, TH theme.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from html import escape
from pathlib import Path

import opentimelineio as otio

from host_bridge.errors import TimelineError
from host_bridge.files.newfile import new_file
from host_bridge.timeline import AUDIO, Placed, facts, media_path, placed_clips
from host_bridge.times import seconds, timecode

COLUMNS = ("Cue", "Title", "Artist / composer", "Usage", "Time in", "Time out", "Duration", "File")
USAGES = {"BI": "background instrumental", "BV": "background vocal", "VI": "visual instrumental",
          "VV": "visual vocal", "MT": "main title", "ET": "end title", "TH": "theme"}  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""Spreadsheets reckon a cell that begins so: ``=HYPERLINK(...)`` in a file's name must stay text."""
STYLE = """body{font:14px/1.4 system-ui,sans-serif;margin:2em;color:#111}h1{font-size:1.4em}
table{border-collapse:collapse;width:100%}th,td{border:1px solid #999;padding:.3em .6em;text-align:left}
td.t{font-variant-numeric:tabular-nums;white-space:nowrap}thead{display:table-header-group}tr{break-inside:avoid}
@media print{body{margin:0}@page{size:A4 landscape;margin:15mm}}"""


@dataclass(frozen=True)
class CueRow:
    """One line: times as timecode (exact frames; start timecode and drop frame as the timeline has them)."""

    number: int
    title: str
    artist: str
    usage: str
    time_in: str
    time_out: str
    duration: str
    file: str


def cue_rows(timeline: otio.schema.Timeline, *, others: bool = False, usage: str = "BI") -> list[CueRow]:
    """The lines of a timeline, by time.

    Parameters
    ----------
    timeline : opentimelineio.schema.Timeline
    others : bool
        List all clips on audio tracks, not only cues that Cuefinder placed.
    usage : str
        Of cues whose facts do not say it (`usage` in their cue facts).
    """
    found = [one for one in placed_clips(timeline) if facts(one.clip).get("cue") or
             (others and one.timeline_track.kind == AUDIO)]  # fmt: skip
    found.sort(key=lambda one: (seconds(one.record.start_time), seconds(one.record.duration), one.clip.name))
    return [_row(number, one, timeline, usage) for number, one in enumerate(found, 1)]


def _row(number: int, placed: Placed, timeline: otio.schema.Timeline, usage: str) -> CueRow:
    cue = facts(placed.clip).get("cue") or {}
    drops, start = bool(facts(timeline).get("drop_frame")), timeline.global_start_time
    begin, length = placed.record.start_time, placed.record.duration
    path = media_path(placed.clip)
    return CueRow(
        number, str(cue.get("title") or placed.clip.name), str(cue.get("artist") or ""), str(cue.get("usage") or usage),
        timecode(begin, start=start, drop_frame=drops), timecode(begin + length, start=start, drop_frame=drops),
        timecode(length, drop_frame=drops), path.name if path is not None else "",
    )  # fmt: skip


def to_csv(rows: Sequence[CueRow]) -> str:
    """The lines as CSV (RFC 4180: commas, quotes where needed, CRLF)."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_harmless(str(value)) for value in astuple(row)] for row in rows)
    return out.getvalue()


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; blanks before it do not make it one less."""
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULA) else cell


def to_html(rows: Sequence[CueRow], name: str) -> str:
    """The lines as one page to print, with nothing to load from elsewhere."""
    title = escape(f"Music cue sheet: {name}" if name else "Music cue sheet")
    head = "".join(f"<th>{escape(column)}</th>" for column in COLUMNS)
    body = "\n".join(
        "<tr>" + "".join(f'<td{" class=t" if 4 <= i <= 6 else ""}>{escape(str(value))}</td>'
                         for i, value in enumerate(astuple(row))) + "</tr>" for row in rows
    )  # fmt: skip
    used = sorted({row.usage for row in rows} & set(USAGES))
    legend = "; ".join(f"{code}: {USAGES[code]}" for code in used)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{title}</title><style>{STYLE}</style></head>\n<body><h1>{title}</h1>\n"
        f"<table><thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>\n<p>{escape(legend)}</p></body></html>\n"
    )


def save_cuesheet(
    timeline: otio.schema.Timeline, out: Path, *, others: bool = False, usage: str = "BI"
) -> tuple[Path, int]:
    """Write the cue sheet to a new file: .csv, .html or .htm.

    Returns
    -------
    Path
        The file.
    int
        How many cues are in it.

    Raises
    ------
    TimelineError
        The file is there already, has another suffix, or cannot be written.
    """
    rows = cue_rows(timeline, others=others, usage=usage)
    suffix = out.suffix.lower()
    if suffix not in (".csv", ".html", ".htm"):
        raise TimelineError(out, "a cue sheet is a .csv or .html file")
    text = to_csv(rows) if suffix == ".csv" else to_html(rows, timeline.name)
    return new_file(out, out, text.encode("utf-8", "replace")), len(rows)
