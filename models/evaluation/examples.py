"""Examples to check by listening: the recordings of the developers' folder, and where we agree best and worst."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from models.data.pieces import cut
from models.data.vocabulary import load_vocabulary
from models.evaluation.agreement import taught_heads
from models.evaluation.bench import Bench
from models.evaluation.result import Result
from models.nets.frontend import RATE
from models.teachers.panel import Panel
from plugin.decode import read_audio
from plugin.errors import CuefinderError

TEACHER = "musicnn-jamendo"
EACH = 4
"""Best and worst recordings shown."""
TAGS = 6


def clock(seconds: int) -> str:
    """Minutes and seconds."""
    return f"{seconds // 60}:{seconds % 60:02d}"


def own_recordings(data: Path) -> list[Path]:
    """The recordings of the developers' folder."""
    return sorted((data / "audio").glob("*.ogg"))


def best_and_worst(bench: Bench, place: int = 1) -> list[tuple[str, Path]]:
    """Paths of the test recordings that agree best and worst with a tagger within the track, with what they are."""
    corpus, own = bench.tested, {path.name for path in own_recordings(bench.data)}
    tracks = [t for t in bench.recordings()["test recordings"] if Path(corpus.items[t].name).name not in own]
    if len(tracks) < 2 * EACH:
        return []
    rows = np.flatnonzero(np.isin(corpus.track, tracks))
    fifty, _ = taught_heads(bench.student, corpus, rows)
    found = []
    for track in tracks:
        of = corpus.track[rows] == track
        ours, theirs = fifty[of, place].mean(0), corpus.taught[rows[of], place].astype(np.float32).mean(0)
        found.append(float(np.corrcoef(ours, theirs)[0, 1]))
    order = np.argsort(-np.array(found))
    ends = [("agrees best", i) for i in order[:EACH]] + [("agrees worst", i) for i in order[-EACH:]]
    return [(f"{what}, {found[i]:.3f}", Path(corpus.items[tracks[i]].name)) for what, i in ends]


@torch.inference_mode()
def example(bench: Bench, path: Path, panel: Panel) -> str:
    """A line on the middle 10 s of a recording.

    Raises
    ------
    DecodeError
        The file cannot be read any more.
    """
    segments = cut(read_audio(path, RATE))
    row = len(segments) // 2
    _, scores, latents = bench.music(torch.from_numpy(segments[row : row + 1]))
    names = load_vocabulary().names
    ours = ", ".join(f"{names[i]} {scores[0, i]:.2f}" for i in scores[0].argsort(descending=True)[:TAGS].tolist())
    said = panel.short(segments[row : row + 1])[TEACHER][0]
    tags = panel.tags[TEACHER.split("-")[1]]
    theirs = ", ".join(f"{tags[i].split('---')[-1]} {said[i]:.2f}" for i in np.argsort(-said)[:TAGS])
    caption = bench.write(scores.numpy(), latents.numpy())[0]
    name = f"{path.parent.name}/{path.name}" if path.parent.name else path.name
    return (f"*{name}*, {clock(row * 10)} to {clock(row * 10 + 10)}. Tags: {ours}. {TEACHER}: {theirs}. "
            f'Caption: "{caption}"')  # fmt: skip


def run(bench: Bench) -> Result:
    """Write the examples."""
    result = Result("Examples to listen to")
    own = [("of the developers' folder", path) for path in own_recordings(bench.data)]
    wanted = own + best_and_worst(bench)
    if not wanted:
        result.lines.append("Skipped: there are no recordings.")
        return result
    panel = Panel.load(bench.data / "teachers")
    for what, path in wanted:
        try:
            result.lines.append(f"- ({what}) {example(bench, path, panel)}")
        except CuefinderError as error:
            result.lines.append(f"- ({what}) skipped: {error}")
    result.lines += ["", f"Best and worst are by the correlation of all scores with {TEACHER}'s within the track."]
    return result
