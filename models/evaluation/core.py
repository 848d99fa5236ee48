"""Measure the core pack's networks on what they have not learnt from, and write the model card.

    python -m models.evaluation.core --data ../shared/data --work .cache/core --card docs/model-card.md

Every number stands beside what chance gives. Conventions: tag precision is mean average precision over tags with at
least three known positives; ranks start at 1; key scores are MIREX's; a tempo is right within 4 %.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

import numpy as np
import torch

from models.data.footage import HELD_OUT_EVERY
from models.data.tokenizer import BEGIN, END, load_tokenizer
from models.data.vocabulary import GROUPS, load_vocabulary
from models.nets.captioner import Captioner
from models.nets.frontend import RATE, SEGMENT
from models.nets.music import MusicEncoder
from models.nets.text import TextEncoder
from models.nets.video import VideoEncoder
from models.training.key import by_track, key_score
from models.training.music import Corpus, load_corpus, mean_average_precision, predict, texts_for
from models.training.text import encode, pad
from models.training.video import Footage, load_footage, moods, prior_tags
from plugin.decode import read_audio
from plugin.rhythm import estimate_key, estimate_tempo

Rows = list[tuple[str, str, str]]


def load_final(cls: type[torch.nn.Module], path: Path) -> torch.nn.Module:
    """Restore a network that `models.training.finish` saved."""
    state = torch.load(path, weights_only=True, map_location="cpu")
    module = cls(**state["config"])
    module.load_state_dict(state["model"])
    return module.eval()


def tags(corpus: Corpus, scores: np.ndarray) -> Rows:
    """Mean average precision by group on held-out segments, and on recordings of real players alone."""
    vocabulary = load_vocabulary()
    held = corpus.held_out
    real = held & np.array(["/" in corpus.names[t] and not corpus.names[t].endswith(".mid") for t in corpus.track])
    rows = []
    for name, chosen in (("held-out segments", held), ("held-out recordings, teachers as truth", real)):
        for group in GROUPS:
            columns = [i for i, g in enumerate(vocabulary.groups) if g == group]
            found = mean_average_precision(scores[chosen][:, columns], corpus.target[chosen][:, columns],
                                           corpus.weight[chosen][:, columns])  # fmt: skip
            rows.append((f"{group} tags, mAP, {int(chosen.sum())} {name}", f"{found[0]:.3f}", f"{found[1]:.3f}"))
    return rows


def words(corpus: Corpus, embeddings: np.ndarray, text: TextEncoder, work: Path) -> Rows:
    """Find held-out segments by texts made from their tags."""
    held, rng = np.flatnonzero(corpus.held_out), random.Random(7)
    texts = [texts_for(corpus.target[row], rng)[0] for row in held]
    ids = encode(work / "tokenizer.json", texts)
    with torch.inference_mode():
        queries = torch.cat([text(pad(ids[i : i + 64]))[0] for i in range(0, len(ids), 64)]).numpy()
    similarity = queries @ embeddings[held].T
    ranks = (similarity > np.diag(similarity)[:, None]).sum(1) + 1
    target = corpus.target[held] / np.linalg.norm(corpus.target[held] + 1e-9, axis=1, keepdims=True)
    best = similarity.argmax(1)
    shared = (target * target[best]).sum(1).mean()
    chance = (target @ target.T).mean()
    count = len(held)
    return [
        (f"words to the segment they describe, median rank of {count}", f"{np.median(ranks):.0f}", f"{count // 2}"),
        (f"words to the segment they describe, R@10 of {count}", f"{(ranks <= 10).mean():.3f}", f"{10 / count:.3f}"),
        ("words, tag cosine of the first result and the wanted one", f"{shared:.3f}", f"{chance:.3f}"),
    ]  # fmt: skip


def rhythm(corpus: Corpus, profiles: dict[str, list[float]]) -> Rows:
    """Key of held-out tracks; tempo of all tracks of known tempo (nothing was learnt for tempo)."""
    chroma, key, held = by_track(corpus)
    major, minor = (np.asarray(profiles[mode], np.float32) for mode in ("major", "minor"))
    names = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]
    found = []
    for row in chroma[held]:
        tonic, mode = (estimate_key(row[None], major, minor) or "C major").split()
        found.append(names.index(tonic) + (12 if mode == "minor" else 0))
    exact, weighted = key_score(np.array(found), key[held])
    rows = [np.flatnonzero(corpus.track == t) for t, name in enumerate(corpus.names) if "#" in name]
    true = np.array([float(corpus.tempo[r[0]]) for r in rows])
    tempi = np.array([estimate_tempo(corpus.onset[r].astype(np.float32).reshape(-1)) or 0.0 for r in rows])
    others = [np.roll(tempi, shift) for shift in range(1, len(tempi), 7)]

    def right(estimates: np.ndarray, factors: tuple[float, ...]) -> float:
        return float(np.any([abs(estimates / true / f - 1) < 0.04 for f in factors], axis=0).mean())

    tempo_rows = [
        (name, f"{right(tempi, factors):.3f}", f"{np.mean([right(o, factors) for o in others]):.3f} (other tempi)")
        for name, factors in ((f"tempo within 4 %, {len(rows)} arrangements", (1.0,)),
                              ("tempo within 4 % or by a factor of 2 or 3", (1.0, 2.0, 3.0, 1 / 2, 1 / 3)))
    ]  # fmt: skip
    return [
        (f"key exact, {int(held.sum())} held-out tracks", f"{exact:.3f}", f"{1 / 24:.3f}"),
        ("key, MIREX weighted", f"{weighted:.3f}", f"{(1 + 2 * 0.5 + 0.3 + 0.2) / 24:.3f}"),
        *tempo_rows,
    ]


def footage_rows(video: VideoEncoder, footage: Footage, corpus: Corpus, embeddings: np.ndarray) -> Rows:
    """Held-out procedural scenes: their moods, and how well the music found for them suits their prior."""
    words_, vocabulary = moods(), load_vocabulary()
    columns = [vocabulary.index(word) for word in words_]
    scenes = [i for i, truth in enumerate(footage.truths) if truth is not None][::HELD_OUT_EVERY]
    prior = np.stack([prior_tags(footage.truths[i] or {}) for i in scenes])
    parts = [video(torch.from_numpy(footage.frames[i][None])) for i in scenes]
    seen, scores = torch.cat([e for e, _ in parts]).numpy(), torch.cat([m for _, m in parts]).numpy()

    def agreement(wanted: np.ndarray) -> float:
        return float(np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(scores, wanted, strict=True)]))

    held = np.flatnonzero(corpus.held_out)
    suits = prior @ corpus.target[held].T
    first = np.argsort(-(seen @ embeddings[held].T), axis=1)[:, :10]
    found = np.take_along_axis(suits, first, axis=1).mean() / suits.max(1).mean()
    return [
        (f"moods of {len(scenes)} held-out procedural scenes, correlation with their prior",
         f"{agreement(prior[:, columns]):.3f}", f"{agreement(np.roll(prior[:, columns], 1, 0)):.3f} (another scene's)"),
        (f"first 10 of {len(held)} segments for such a scene, share of the best possible agreement with its prior",
         f"{found:.3f}", f"{suits.mean() / suits.max(1).mean():.3f}"),
    ]  # fmt: skip


def write_captions(
    captioner: Captioner, scores: np.ndarray, latents: np.ndarray, work: Path, rows: np.ndarray
) -> list[str]:
    """Greedy captions of segments."""
    tokenizer = load_tokenizer(work / "captions.json")
    none = torch.zeros(1, 0, captioner.config["lyrics"]), torch.zeros(1, 0)
    out = []
    for row in rows:
        memory = captioner.encoder(
            torch.from_numpy(latents[row][None].astype(np.float32)), torch.from_numpy(scores[row][None]), *none
        )
        out.append(" ".join(tokenizer.decode(captioner.greedy(memory, BEGIN, END)).split()))
    return out


def captions(corpus: Corpus, texts: list[str], rows: np.ndarray) -> Rows:
    """Share of the tags that captions name which are true of the segment, and of another segment."""
    vocabulary = load_vocabulary()

    def precision(order: np.ndarray) -> float:
        true = named = 0
        for text, row in zip(texts, order, strict=True):
            for tag in vocabulary.find(text):
                if corpus.weight[row, tag] > 0.3 and vocabulary.names[tag] in text:
                    named += 1
                    true += int(corpus.target[row, tag] > 0.5)
        return true / max(1, named)

    return [
        (f"tags named in {len(rows)} held-out greedy captions that are true", f"{precision(rows):.3f}",
         f"{precision(np.roll(rows, len(rows) // 2)):.3f} (another segment's truth)"),
        ("different sentences among these captions", f"{len(set(texts)) / len(texts):.3f}", "-"),
    ]  # fmt: skip


@torch.inference_mode()
def recordings(data: Path, music: MusicEncoder, captioner: Captioner, work: Path) -> list[str]:
    """Tags and captions of 10 s near the end of each real recording: parts that the networks never met."""
    names, lines = load_vocabulary().names, []
    for path in sorted((data / "audio").glob("*.ogg")):
        audio = read_audio(path, RATE)[-25 * RATE :][:SEGMENT]
        _, scores, latents = music(torch.from_numpy(audio[None]))
        best = [f"{names[i]} {scores[0, i]:.2f}" for i in scores[0].argsort(descending=True)[:8]]
        text = write_captions(captioner, scores.numpy(), latents.numpy(), work, np.array([0]))[0]
        lines.append(f'- *{path.stem.replace("_", " ")}*: {", ".join(best)}. Caption: "{text}"')
    return lines


@torch.inference_mode()
def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path(".cache/core"))
    parser.add_argument("--card", type=Path, default=Path("docs/model-card.md"))
    options = parser.parse_args()
    work, settings = options.work, json.loads((options.work / "pack.json").read_text())
    corpus = load_corpus(work)
    music = load_final(MusicEncoder, work / "music-final.pt")
    captioner = load_final(Captioner, work / "captioner-final.pt")
    scores, embeddings, latents = predict(music, corpus.mel)
    held = np.random.default_rng(3).permutation(np.flatnonzero(corpus.held_out))[:200]
    texts = write_captions(captioner, scores, latents, work, held)
    rows = [
        *tags(corpus, scores),
        *words(corpus, embeddings, load_final(TextEncoder, work / "text-final.pt"), work),
        *rhythm(corpus, settings["keys"]),
        *footage_rows(load_final(VideoEncoder, work / "video-final.pt"), load_footage(work), corpus, embeddings),
        *captions(corpus, texts, held),
    ]
    table = [f"| {name} | {value} | {chance} |" for name, value, chance in rows]
    provenance = [f"- **{k.replace('_', ' ')}**: {json.dumps(v) if isinstance(v, dict) else v}"
                  for k, v in settings["provenance"].items()]  # fmt: skip
    card = (Path(__file__).with_name("card.md").read_text(encoding="utf-8")
            .replace("{table}", "\n".join(table)).replace("{provenance}", "\n".join(provenance))
            .replace("{recordings}", "\n".join(recordings(options.data, music, captioner, work))))  # fmt: skip
    options.card.write_text(card, encoding="utf-8")
    print("\n".join(f"{name}: {value} (chance {chance})" for name, value, chance in rows))


if __name__ == "__main__":
    main()
