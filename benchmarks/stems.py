"""How well stems are recognised, on arrangements that are rendered part by part.

Unheard seeds, and a soundfont that the models never learnt from, where it is installed: instrument among the first one
and three, role with the chance level, key and tempo, bleed between stems in whose pauses another one is mixed quietly.
Run: ``python benchmarks/stems.py [PIECES]``. ``--fit [PIECES]`` learns `plugin/stems/roles.toml` anew from other seeds.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.support.ratios import keep
from plugin.demo.ambience import TEXTURES
from plugin.library.records import TagScore
from plugin.rhythm import estimate_tempo
from plugin.runtime.engine import Engine
from plugin.stems.levels import LevelMeter, find_bleed
from plugin.stems.listening import INSTRUMENTAL, instrument_for
from plugin.stems.roles import FEATURES, PitchMeter, describe, likeliest_role
from plugin.synth.arranger import arrange
from plugin.synth.render import find_soundfonts, render
from plugin.synth.score import Part
from plugin.synth.styles import STYLES

RATE, SECONDS = 16000, 20
Leaks = dict[int, tuple[int, float]]
"""For a stem the other one that is in it, and its level in dB."""
ROLES = {"drums": "drums", "percussion": "percussion", "bass": "bass", "chords": "chords", "arpeggio": "chords",
         "pad": "pad", "drone": "pad", "lead": "lead", "counter": "lead"}  # fmt: skip
FITTED, MEASURED = 700_000, 990_000
UNHEARD_FONT = "sf_GMbank"
FX = {FITTED: ("waves", "rain", "street", "birds", "hops"), MEASURED: ("wind", "steps", "crowd", "thunder")}
RESULT = Path(__file__).resolve().parents[1] / "plugin" / "stems" / "roles.toml"


@dataclass
class Solo:
    """A stem with what is true of it, and what was heard."""

    piece: int
    role: str
    instrument: tuple[str, ...]
    tempo: float
    features: np.ndarray
    ranked: list[TagScore]
    heard_tempo: float | None


def at_16k(sound: np.ndarray, rate: int, seconds: int = SECONDS) -> np.ndarray:
    from pedalboard.io import StreamResampler

    resampler = StreamResampler(float(rate), float(RATE), 1)
    mono = np.ascontiguousarray(sound.mean(0, keepdims=True), np.float32)
    audio = np.concatenate([resampler.process(mono), resampler.process(None)], axis=1)[0][: seconds * RATE]
    return np.pad(audio, (0, seconds * RATE - len(audio))).astype(np.float32)


def levels_of(audio: np.ndarray) -> np.ndarray:
    meter = LevelMeter(RATE)
    meter.feed(audio)
    return meter.finish()


def hear(engine: Engine, audio: np.ndarray) -> tuple[np.ndarray, list[TagScore], float | None]:
    windows = audio.reshape(-1, 10 * RATE)
    tags, (onset, chroma) = engine.music(windows).tags.mean(0), engine.rhythm(windows)
    scores = {tag.name: float(score) for tag, score in zip(engine.vocabulary.tags, tags, strict=True)
              if tag.group in ("instrument", "vocal") and tag.name != INSTRUMENTAL}  # fmt: skip
    pitch = PitchMeter(RATE)
    pitch.feed(audio)
    features = describe(scores, chroma.reshape(-1, 12), levels_of(audio), pitch.finish())
    ranked = sorted((TagScore(name, "instrument", score) for name, score in scores.items()), key=lambda tag: -tag.score)
    return features, ranked, estimate_tempo(onset.reshape(-1))


def solos(engine: Engine, seed: int, count: int, font: Path | None) -> Iterator[Solo]:
    styles = list(STYLES)
    for number in range(count):
        score = arrange(styles[number * 7 % len(styles)], seed + number, SECONDS, guests=True)
        for part in score.parts:
            if len(part.notes) >= 6:
                sound = render(replace(score, parts=(part,)), rate=2 * RATE, soundfont=font, seed=number)
                heard = hear(engine, at_16k(sound, 2 * RATE))
                yield Solo(number, ROLES[part.role], part.instrument, score.tempo, *heard)
    for number, kind in enumerate(FX[seed] * 3):
        sound = TEXTURES[kind](np.random.default_rng(seed + number), SECONDS * RATE, RATE)
        yield Solo(-1, "fx", (), 0.0, *hear(engine, at_16k(sound, RATE)))


def fit(found: list[Solo]) -> dict[str, np.ndarray]:
    """Multinomial logistic regression, by gradient descent with momentum."""
    roles = sorted({solo.role for solo in found})
    inputs = np.array([solo.features for solo in found])
    wanted = np.array([[solo.role == role for role in roles] for solo in found], float)
    weights, speed = np.zeros((len(roles), len(FEATURES))), 0.0
    for _ in range(8000):
        raw = inputs @ weights.T
        shares = np.exp(raw - raw.max(1, keepdims=True))
        shares /= shares.sum(1, keepdims=True)
        speed = 0.9 * speed + (shares - wanted).T @ inputs / len(inputs) + 1e-3 * weights
        weights = weights - 0.2 * speed
    return dict(zip(roles, weights, strict=True))


def write_table(table: dict[str, np.ndarray]) -> None:
    lines = ["# Learnt by benchmarks/stems.py --fit: how much each value of plugin.stems.roles speaks for a role."]
    for role, row in table.items():
        lines += ["", f"[{role}]", *(f"{name} = {value:.3f}" for name, value in zip(FEATURES, row, strict=True))]
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")


def measure(found: list[Solo]) -> None:
    known = [solo for solo in found if solo.instrument]
    shuffled = [known[i].instrument for i in np.random.default_rng(0).permutation(len(known))]
    tops = {
        "top 1": [{solo.ranked[0].name} for solo in known],
        "top 3": [{tag.name for tag in solo.ranked[:3]} for solo in known],
        "name given": [{instrument_for(likeliest_role(solo.features), solo.ranked)} for solo in known],
    }
    for what, names in tops.items():
        right = np.mean([bool(found & set(solo.instrument)) for found, solo in zip(names, known, strict=True)])
        chance = np.mean([bool(found & set(words)) for found, words in zip(names, shuffled, strict=True)])
        keep(f"instrument, {what}", [right], "higher")
        print(f"instrument, {what}: {right:.3f} of {len(known)} (another stem's instrument {chance:.3f})")
    roles = np.array([solo.role for solo in found])
    said = np.array([likeliest_role(solo.features) for solo in found])
    names, counts = np.unique(roles, return_counts=True)
    by_role = np.mean([(said[roles == name] == name).mean() for name in names])
    always, other = counts.max() / len(roles), (counts**2).sum() / len(roles) ** 2
    keep("role", [(said == roles).mean()], "higher")
    print(f"role: {(said == roles).mean():.3f} of {len(found)}, mean over roles {by_role:.3f}")
    print(f"  chance: always {names[counts.argmax()]} {always:.3f}, another stem's role {other:.3f}")
    for name, count in zip(names, counts, strict=True):
        wrong = ", ".join(f"{other} {n}" for other, n in Counter(said[roles == name]).items() if other != name)
        print(f"  {name:10} {(said[roles == name] == name).mean():.2f} of {count}; else {wrong or '-'}")
    timed = [solo for solo in found if solo.role in ("drums", "percussion", "bass", "chords") and solo.heard_tempo]
    ratios = np.array([solo.heard_tempo / solo.tempo for solo in timed])
    exact = np.abs(ratios - 1) < 0.04
    octave = np.min([np.abs(ratios - r) / r for r in (1, 2, 0.5, 3, 1 / 3)], axis=0) < 0.04
    keep("tempo of drums, bass and chords", [exact.mean()], "higher")
    print(
        f"tempo of drums, bass and chords: {exact.mean():.3f} of {len(timed)}, with its multiples {octave.mean():.3f}"
    )


def with_pauses(part: Part, rng: random.Random, seconds: int) -> Part:
    """Take the notes out of two ranges of six seconds."""
    notes = part.notes
    for start in (rng.uniform(2, seconds / 2 - 7), rng.uniform(seconds / 2, seconds - 7)):
        inside = (notes[:, 0] >= start) & (notes[:, 0] < start + 6)
        notes = notes[~inside].copy()
        before = notes[:, 0] < start
        notes[before, 1] = np.minimum(notes[before, 1], start - notes[before, 0])
    return replace(part, notes=notes)


def leaked(stem: np.ndarray, level_db: float) -> np.ndarray:
    """What another microphone picks up of a stem: later, duller, with some of the room."""
    import pedalboard

    pb: Any = pedalboard
    room = [pb.Delay(0.012, feedback=0.0, mix=1.0), pb.LowpassFilter(3000.0), pb.Reverb(room_size=0.2, wet_level=0.2)]
    return np.asarray(pb.Pedalboard(room)(stem, RATE)) * 10 ** (level_db / 20)


def bleeding(seed: int, count: int, font: Path | None, seconds: int = 30) -> Iterator[tuple[list[np.ndarray], Leaks]]:
    """Levels of the stems of each piece, half of which have another one in them."""
    rng, styles = random.Random(seed), list(STYLES)
    for number in range(count):
        score = arrange(styles[number * 11 % len(styles)], seed + 5000 + number, seconds, guests=True)
        parts = [with_pauses(part, rng, seconds) for part in score.parts]
        stems = [at_16k(render(replace(score, parts=(part,)), rate=2 * RATE, soundfont=font), 2 * RATE, seconds)
                 * 10 ** (rng.uniform(-12, 0) / 20) for part in parts if len(part.notes) >= 6]  # fmt: skip
        if len(stems) < 3:
            continue
        leaks: Leaks = {}
        for place in rng.sample(range(len(stems)), len(stems) // 2):
            leaks[place] = rng.choice([n for n in range(len(stems)) if n != place]), rng.uniform(-40, -20)
        yield [levels_of(stem + leaked(stems[leaks[n][0]], leaks[n][1]) if n in leaks else stem)
               for n, stem in enumerate(stems)], leaks  # fmt: skip


def measure_bleed(pieces: Iterable[tuple[list[np.ndarray], Leaks]]) -> None:
    true = false = missed = wrong = clean = 0
    errors = []
    for levels, leaks in pieces:
        for place, bleed in enumerate(find_bleed(levels)):
            if place not in leaks:
                clean += 1
                false += bleed is not None
            elif bleed is None:
                missed += 1
            elif bleed.source != leaks[place][0]:
                wrong += 1
            else:
                true += 1
                errors.append(abs(bleed.level_db - leaks[place][1]))
    leaking = true + missed + wrong
    keep("bleed, found with its source", [true / leaking], "higher")
    keep("bleed, said of clean stems", [false / clean], "lower")
    print(f"bleed at -20 to -40 dB: found with its source {true / leaking:.3f} of {leaking}, with another source "
          f"{wrong / leaking:.3f}; said of clean stems {false / clean:.3f} of {clean}; level off by "
          f"{np.median(errors):.1f} dB (median)")  # fmt: skip


def main() -> None:
    is_fit = "--fit" in sys.argv
    numbers = [int(word) for word in sys.argv[1:] if word.isdecimal()]
    engine = Engine(device="cpu")
    fonts = find_soundfonts()
    if is_fit:
        write_table(fit(list(solos(engine, FITTED, numbers[0] if numbers else 100, fonts[0] if fonts else None))))
        print(f"written: {RESULT}")
        return
    unheard = next((font for font in fonts if font.stem.startswith(UNHEARD_FONT)), None)
    count = numbers[0] if numbers else 50
    print(f"{count} pieces, {unheard.stem if unheard else 'the first soundfont found, which the models have heard'}")
    measure(list(solos(engine, MEASURED, count, unheard)))
    measure_bleed(bleeding(MEASURED, count // 2, unheard))


if __name__ == "__main__":
    main()
