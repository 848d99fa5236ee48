"""Attention over lyric tokens, taken out for a look at it (section 6.5).

`python -m models.systems.alcap.maps CHECKPOINT --data [KIND:]FOLDER --out FOLDER` writes one JSON file a record.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from models.systems.alcap.network import visible_attention
from models.systems.alcap.settings import AlcapSettings
from models.systems.alcap.system import Alcap
from models.systems.base import Batch
from plugin.errors import CuefinderError


@dataclass(frozen=True)
class AttentionMap:
    """Attention of one example.

    Attributes
    ----------
    key : str
        Of the record.
    lyrics : list of str
        Tokens of the lyrics, L of them; empty where there are none.
    caption : list of str
        Tokens of the caption, T of them.
    lyrics_on_music : list of list of float
        [L][M], fusion: attention of a lyric token on the music's steps, mean over heads. Rows sum to 1; empty without
        music or lyrics.
    caption_on_lyrics : list of list of float
        [T][L], decoder: attention of the state that writes a caption token on the lyric tokens, mean over layers and
        heads. Rows sum to 1; empty without lyrics.
    focus : list of float
        [L], mean of `caption_on_lyrics` over the caption: how much a lyric token is looked at.
    """

    key: str
    lyrics: list[str]
    caption: list[str]
    lyrics_on_music: list[list[float]]
    caption_on_lyrics: list[list[float]]
    focus: list[float]


@torch.no_grad()
def attention_maps(system: Alcap, batch: Batch) -> list[AttentionMap]:
    """Give the attention while the labels of a batch are written (teacher forcing), in evaluation mode."""
    training = system.training
    system.eval()
    try:
        with visible_attention(system.captioner.bart):
            return _maps(system, batch)
    finally:
        system.train(training)


def _maps(system: Alcap, batch: Batch) -> list[AttentionMap]:
    captioner = system.captioner
    memory, lyrics, music = system.encode(batch)
    labels = batch["labels"]
    before = torch.cat([torch.full_like(labels[:, :1], captioner.config.decoder_start_token_id), labels[:, :-1]], dim=1)
    crossed = captioner.bart.model.decoder(
        input_ids=before.masked_fill(before < 0, captioner.config.pad_token_id),
        encoder_hidden_states=memory.states,
        encoder_attention_mask=memory.mask,
        use_cache=False,
        output_attentions=True,
    ).cross_attentions
    decoded = torch.stack(crossed).mean(dim=(0, 2))
    fused = None
    if captioner.fusion is not None and music is not None:
        fused = captioner.fusion.weights(lyrics, music.sequence, music.mask).mean(1)
    maps = []
    for i, key in enumerate(batch["key"]):
        ids = labels[i][labels[i] >= 0].tolist()
        read = bool(batch["has_lyrics"][i])
        length = int(batch["lyrics_mask"][i].sum()) if read else 0
        heard = 0 if music is None else int(music.mask[i].sum())
        rows = decoded[i, : len(ids), :length]
        maps.append(
            AttentionMap(
                key=key,
                lyrics=list(system.tokenizer.convert_ids_to_tokens(batch["lyrics"][i, :length].tolist())),
                caption=list(system.tokenizer.convert_ids_to_tokens(ids)),
                lyrics_on_music=fused[i, :length, :heard].tolist() if fused is not None and heard and read else [],
                caption_on_lyrics=rows.tolist() if read else [],
                focus=rows.mean(0).tolist() if read else [],
            )
        )
    return maps


def write_maps(maps: Sequence[AttentionMap], folder: Path) -> list[Path]:
    """Write each map as `KEY.json` (fields of `AttentionMap`), with what no file name may hold replaced by `_`."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for each in maps:
        path = folder / f"{re.sub(r'[^A-Za-z0-9_.-]', '_', each.key)}.json"
        path.write_text(json.dumps(asdict(each), ensure_ascii=False), encoding="utf-8")
        paths.append(path)
    return paths


def main(arguments: Sequence[str] | None = None) -> int:
    """Write attention maps of a checkpoint on a split."""
    from models.datasets.registry import open_data
    from models.systems.alcap.data import restore
    from models.systems.alcap.evaluation import batches
    from models.trainer.checkpoint import load_system

    parser = argparse.ArgumentParser(prog="python -m models.systems.alcap.maps", description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data", required=True, metavar="[KIND:]FOLDER")
    parser.add_argument("--split", default="test", choices=("train", "valid", "test"))
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args(arguments)
    try:
        system, settings, state = load_system(options.checkpoint)
        if not isinstance(system, Alcap) or not isinstance(settings, AlcapSettings):
            raise CuefinderError(f"{options.checkpoint}: not a checkpoint of ALCAP")
        with tempfile.TemporaryDirectory() as cache:
            prepared = restore(settings, state, open_data(options.data), Path(cache))
            for batch in batches(system, prepared, options.split):
                write_maps(attention_maps(system, batch), options.out)
    except CuefinderError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
