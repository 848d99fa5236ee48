"""Rank the music of a folder for a video, a text or both, with a trained checkpoint.

python -m models.systems.viml.query --checkpoint RUN --music FOLDER --video clip.mp4 --text "calm piano"
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from models.datasets.base import Record
from models.errors import CheckpointError, DatasetError
from models.systems.viml.features.make import for_files, make_music, make_video
from models.systems.viml.features.text import make_text_encoder
from models.systems.viml.prepare import store_features
from models.systems.viml.settings import ViMLSettings
from models.systems.viml.system import ViML
from models.trainer.checkpoint import load_system
from plugin.decode import is_media
from plugin.errors import CuefinderError, InputError

BATCH = 64


@dataclass(frozen=True)
class Match:
    """A track that was found.

    Attributes
    ----------
    path : Path
        Of the track.
    score : float
        Cosine of query and track.
    start, end : float, optional
        The part of the track that fits best, seconds; None where whole tracks were compared. The last part may end
        after the track does.
    """

    path: Path
    score: float
    start: float | None = None
    end: float | None = None


class Searcher:
    """A checkpoint that answers queries.

    Parameters
    ----------
    checkpoint : Path
        Of `cuefinder-train viml`, or the folder of its run.
    cache : Path
        Where features are kept.

    Raises
    ------
    CheckpointError
        If the checkpoint is damaged or of another system.
    """

    def __init__(self, checkpoint: Path, cache: Path) -> None:
        system, settings, state = load_system(checkpoint)
        if not isinstance(system, ViML):
            raise CheckpointError(f"{checkpoint}: not a checkpoint of viml")
        self.system, self.settings, self.state = system.eval(), cast(ViMLSettings, settings), state
        self.cache = cache

    @torch.no_grad()
    def query(
        self, video: Path | None = None, text: str = "", *, start: float = 0.0, end: float | None = None
    ) -> Tensor:
        """Give the unit vector [1, D] of a query; an empty text is none.

        Raises
        ------
        InputError
            If the variant needs what is not given.
        DatasetError
            If the checkpoint only knows the video features of its data set.
        DecodeError
            If the video cannot be read.
        """
        model = self.settings.model
        if not model.reads and video is None:
            raise InputError(f"the variant {model.variant} needs a video")
        if not model.sees and not text.strip():
            raise InputError(f"the variant {model.variant} needs a text")
        if video is None and not text.strip():
            raise InputError("give a video, a text or both")
        features = valid = words = None
        if video is not None and model.sees:
            extractor = for_files(make_video(self.state["video"], self.settings.data), "video")
            features = torch.from_numpy(extractor(Record(str(video), video=video, start=start, end=end)))[None]
            features = features[:, : self.settings.data.longest]
            valid = torch.ones(features.shape[:2], dtype=torch.bool)
        if text.strip() and model.reads:
            words = torch.from_numpy(make_text_encoder(self.settings.data.text_encoder)([text]))
        return self.system.embed_query(features, valid, words)

    def features(self, tracks: Sequence[Path]) -> tuple[Mapping[Path, npt.NDArray[np.float32]], Mapping[str, str]]:
        """Give segment features [S, F] of tracks, and why some could not be had, by path."""
        extractor = for_files(make_music(self.state["music"], self.settings.data), "music")
        records = [Record(str(path), audio=path) for path in tracks]
        store, places = store_features("music", extractor, records, self.cache, Path())
        found = {path: np.array(store[places[str(path)]], np.float32) for path in tracks if places[str(path)] in store}
        failed = {str(path): store.failed[places[str(path)]] for path in tracks if places[str(path)] in store.failed}
        return found, failed

    def rank(self, query: Tensor, tracks: Sequence[Path], *, segments: int | None = None) -> list[Match]:
        """Rank tracks for a query, best first; those that cannot be read are left out.

        Parameters
        ----------
        segments : int, optional
            Compare with every part of so many segments and tell the best of each track, instead of whole tracks.

        Raises
        ------
        DatasetError
            If no track can be read.
        """
        found, failed = self.features(tracks)
        if not found:
            why = f": {next(iter(failed.values()))}" if failed else ""
            raise DatasetError(f"none of {len(tracks)} tracks could be read{why}")
        best: list[Match] = []
        for path, features in found.items():
            size = min(segments or self.settings.data.longest, len(features))
            # Whole tracks are cut to their middle, as in training.
            firsts = range(len(features) - size + 1) if segments else [(len(features) - size) // 2]
            scores = self._scores(query, [features[first : first + size] for first in firsts])
            at = int(scores.argmax())
            length = self.settings.data.segment
            part = (firsts[at] * length, (firsts[at] + size) * length) if segments else (None, None)
            best.append(Match(path, float(scores[at]), *part))
        return sorted(best, key=lambda match: -match.score)

    @torch.no_grad()
    def _scores(self, query: Tensor, parts: Sequence[npt.NDArray[np.float32]]) -> Tensor:
        found = []
        for first in range(0, len(parts), BATCH):
            music = torch.from_numpy(np.stack(parts[first : first + BATCH]))
            vectors = self.system.embed_music(music, torch.ones(music.shape[:2], dtype=torch.bool))
            found.append((vectors @ query.T)[:, 0])
        return torch.cat(found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m models.systems.viml.query", description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=Path, required=True, help="a run of cuefinder-train viml")
    parser.add_argument("--music", type=Path, required=True, help="folder of tracks")
    parser.add_argument("--video", type=Path)
    parser.add_argument("--text", default="", help="what the music should be like")
    parser.add_argument("--start", type=float, default=0.0, help="of the part of the video, seconds")
    parser.add_argument("--end", type=float)
    parser.add_argument("--segments", type=int, help="compare with every part of so many segments, not whole tracks")
    parser.add_argument("--count", type=int, default=10, help="tracks to show")
    parser.add_argument("--cache", type=Path, default=Path(".cache/viml"), help="where features are kept")
    options = parser.parse_args(arguments)
    try:
        if options.segments is not None and options.segments < 1:
            raise InputError("--segments: at least 1")
        tracks = sorted(path for path in options.music.rglob("*") if is_media(path))
        if not tracks:
            raise DatasetError(f"{options.music}: no music there")
        searcher = Searcher(options.checkpoint, options.cache)
        query = searcher.query(options.video, options.text, start=options.start, end=options.end)
        matches = searcher.rank(query, tracks, segments=options.segments)
    except CuefinderError as error:
        print(f"viml: {error}", file=sys.stderr)
        return error.exit_code
    for match in matches[: options.count]:
        part = "" if match.start is None else f"  {match.start:g}-{match.end:g} s"
        print(f"{match.score:+.3f}  {match.path}{part}")
    if left := len(tracks) - len(matches):
        print(f"viml: {left} of {len(tracks)} tracks could not be read", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
