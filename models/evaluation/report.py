"""From the parts' results to the model card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from models.evaluation.result import Result, table

TEMPLATE = Path(__file__).with_name("card.md")
MEGABYTE = 1e6


class Bar(NamedTuple):
    """A number that was asked for: words, the key of what was measured, what it has to reach, and whether at most."""

    words: str
    key: str
    least: float
    at_most: bool = False


BARS = (
    Bar(
        "the heads that teachers taught, with the tagger agreed with best, across test recordings",
        "across_tracks",
        0.80,
    ),
    Bar("the same within a test recording", "within_track", 0.90),
    Bar("the same, share of the top five tags", "top_five", 0.70),
    Bar("test recordings that this was measured on", "recordings", 40),
    Bar("solo stems: instrument in the top three", "stems", 0.80),
    Bar("solo stems: lead over the better Musicnn", "stems lead", 1e-9),
    Bar("caption words supported, held-out made music", "caption words supported", 0.70),
    Bar(
        "caption words supported, ratio to the shuffled control, all held-out recordings",
        "caption ratio on recordings",
        2.0,
    ),
    Bar("words to a track, R@10 of 500 (chance 0.02)", "text R@10", 0.60),
    Bar("pack, MB", "pack MB", 30.0, at_most=True),
    Bar("music graph, times real time, one thread", "times real time", 300.0),
)


def read_graphs(path: Path) -> Result:
    """Sizes and speeds that the export measured, from its `graphs.json`.

    The file is a mapping of file names to "bytes" and, for graphs, "times_real_time_one_thread".
    """
    result = Result("Size and speed")
    if not path.exists():
        result.lines.append("Not measured: `python -m export.speed` writes graphs.json, which is not there.")
        return result
    graphs: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    cells = []
    for name, entry in graphs.items():
        speed = entry.get("times_real_time_one_thread")
        cells.append((name, f"{entry['bytes'] / MEGABYTE:.2f}", "-" if speed is None else f"{speed:.0f}"))
    result.lines.append(table(("file", "MB", "times real time, one thread"), cells))
    result.bars["pack MB"] = sum(entry["bytes"] for entry in graphs.values()) / MEGABYTE
    if (speed := graphs.get("music.onnx", {}).get("times_real_time_one_thread")) is not None:
        result.bars["times real time"] = float(speed)
    return result


def measured_bars(results: Mapping[str, Result]) -> dict[str, float]:
    """All numbers that bars ask for."""
    bars = {key: value for result in results.values() for key, value in result.bars.items()}
    if "stems" in bars and "stems by Musicnn" in bars:
        bars["stems lead"] = bars["stems"] - bars["stems by Musicnn"]
    return bars


def bars_table(bars: Mapping[str, float]) -> str:
    """The bars with what was measured and whether it is enough."""
    rows = []
    for bar in BARS:
        wanted = f"< {bar.least:g}" if bar.at_most else ("> 0" if bar.least == 1e-9 else f">= {bar.least:g}")
        if (value := bars.get(bar.key)) is None:
            rows.append((bar.words, wanted, "-", "not measured"))
            continue
        met = value < bar.least if bar.at_most else value >= bar.least
        digits = 0 if value >= 100 or (value > 1 and value == int(value)) else 3
        rows.append((bar.words, wanted, f"{value:.{digits}f}", "yes" if met else "**no**"))
    return table(("what", "bar", "measured", "met"), rows)


def write_card(results: Mapping[str, Result], settings: Mapping[str, Any], card: Path) -> None:
    """Fill the template.

    Parameters
    ----------
    results : mapping of str to Result
        By part, in the order of the card; a part that was not run is missing.
    settings : mapping
        The pack's settings with their provenance.
    card : Path
        Where to write.
    """
    provenance = [f"- **{key.replace('_', ' ')}**: {json.dumps(value) if isinstance(value, dict) else value}"
                  for key, value in settings.get("provenance", {}).items()]  # fmt: skip
    text = (TEMPLATE.read_text(encoding="utf-8").replace("{bars}", bars_table(measured_bars(results)))
            .replace("{parts}", "\n\n".join(result.markdown() for result in results.values()))
            .replace("{provenance}", "\n".join(provenance)))  # fmt: skip
    card.parent.mkdir(parents=True, exist_ok=True)
    card.write_text(text, encoding="utf-8")
