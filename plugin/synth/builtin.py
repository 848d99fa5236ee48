"""The built-in renderer: notes to stereo sound with our own instruments, where no soundfont is at hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plugin.synth.drumkit import drum
from plugin.synth.score import Part
from plugin.synth.timbres import Timbre, timbre
from plugin.synth.tones import Samples

_LOUDNESS = 0.2  # root mean square of the loudest 50 ms of a tone
_LAYERS = (0.35, 0.65, 1.0)  # how loud a key can be struck; each has its own spectrum
_LONGEST = 12.0  # seconds that one held tone is computed for; it is repeated beyond


def play(parts: Sequence[Part], seconds: float, rate: int, seed: int) -> NDArray[np.float32]:
    """
    Play parts together.

    Parameters
    ----------
    parts : sequence of Part
        What to play.
    seconds : float
        Length; what still rings then is cut.
    rate : int
        Samples per second.
    seed : int
        For noise and the phases of voices.

    Returns
    -------
    ndarray of float32 [2, round(seconds * rate)]
        Not normalised.
    """
    import pedalboard

    pb: Any = pedalboard
    length = round(seconds * rate)
    dry = np.zeros((2, length), dtype=np.float32)
    send = np.zeros((2, length), dtype=np.float32)
    for place, part in enumerate(parts):
        rng = np.random.default_rng([seed, place])
        mono = _drums(part, length, rate, rng) if part.is_drum else _voice(part, length, rate, rng)
        angle = (part.pan + 1.0) * np.pi / 4.0
        stereo = np.float32(part.gain) * np.stack([np.cos(angle) * mono, np.sin(angle) * mono]).astype(np.float32)
        dry += stereo
        send += np.float32(0.06 if part.role == "bass" else 0.12 if part.is_drum else 0.3) * stereo
    room = pb.Pedalboard(
        [pb.HighpassFilter(150.0), pb.Reverb(room_size=0.6, damping=0.5, wet_level=1.0, dry_level=0.0)]
    )
    bus = pb.Pedalboard([pb.Compressor(threshold_db=-14.0, ratio=2.0, attack_ms=10.0, release_ms=150.0)])
    return np.asarray(bus(dry + room(send, rate), rate), dtype=np.float32)


def _layer(velocity: float) -> float:
    return next(layer for layer in _LAYERS if velocity / 127.0 <= layer)


def _strength(velocity: float) -> np.float32:
    return np.float32((velocity / 127.0) ** 1.6)


def _levelled(tone: Samples, rate: int, level: float) -> Samples:
    """Scale a tone so that its loudest 50 ms have the common loudness."""
    size = max(1, rate // 20)
    whole = np.pad(tone, (0, -len(tone) % size)).reshape(-1, size)
    loudest = float(np.sqrt(np.mean(whole**2, axis=1)).max())
    return tone * np.float32(level * _LOUDNESS / loudest) if loudest > 0 else tone


def _drums(part: Part, length: int, rate: int, rng: np.random.Generator) -> Samples:
    out = np.zeros(length, dtype=np.float32)
    struck: dict[tuple[int, float], Samples] = {}
    for start, _, pitch, velocity in part.notes:
        kind = (int(pitch), _layer(velocity))
        if kind not in struck:
            struck[kind] = drum(part.program, kind[0], rate, kind[1], rng) * np.float32(0.8)
        _add(out, struck[kind] * _strength(velocity), round(start * rate))
    return out


def _voice(part: Part, length: int, rate: int, rng: np.random.Generator) -> Samples:
    """Play a melodic part: each pitch and layer is computed once, as long as its longest note."""
    sound = timbre(part.program)
    out = np.zeros(length, dtype=np.float32)
    layers = np.array([_layer(velocity) for velocity in part.notes[:, 3]])
    for pitch, layer in sorted({(float(p), float(q)) for p, q in zip(part.notes[:, 2], layers, strict=True)}):
        rows = part.notes[(part.notes[:, 2] == pitch) & (layers == layer)]
        longest = min(float(rows[:, 1].max()) + sound.release, _LONGEST)
        frequency = 440.0 * 2.0 ** ((pitch - 69.0) / 12.0)
        samples = round(longest * rate)
        # high notes carry further than low ones of the same power
        level = sound.level * (frequency / 262.0) ** -0.15
        tone = _levelled(sound.tone(frequency, samples, rate, layer, rng), rate, level)
        rise = min(samples, max(1, round(sound.attack * rate)))
        tone[:rise] *= np.linspace(0.0, 1.0, rise, dtype=np.float32)
        for start, duration, _, velocity in rows:
            _add(out, _gated(tone, duration, sound, rate) * _strength(velocity), round(start * rate))
    if sound.drive:
        reference = max(1e-6, float(np.percentile(np.abs(out), 99.0)))
        out = np.tanh(np.float32(sound.drive / reference) * out) * np.float32(0.3 * sound.level)
    return out


def _gated(tone: Samples, duration: float, sound: Timbre, rate: int) -> Samples:
    """Let a tone go after `duration` seconds; it dies away within its release."""
    held = max(1, round(duration * rate))
    release = max(1, round(sound.release * rate))
    if held + release > len(tone) and sound.held:  # longer than computed: repeat the settled middle
        middle = tone[len(tone) // 2 :]
        copies = (held + release - len(tone)) // len(middle) + 1
        tone = _joined(tone, middle, copies, rate)
    piece = tone[: held + release].copy()
    tail = len(piece) - held
    if tail > 0:
        piece[held:] *= np.exp(-np.arange(tail, dtype=np.float32) * np.float32(5.0 / release))
    ramp = min(len(piece), max(1, rate // 200))  # no click where it stops
    piece[-ramp:] *= np.linspace(1.0, 0.0, ramp, dtype=np.float32)
    return piece


def _joined(tone: Samples, middle: Samples, copies: int, rate: int) -> Samples:
    """Append copies of a stretch, each cross-faded over a quarter of a second."""
    fade = min(len(middle) // 2, rate // 4)
    rise = np.linspace(0.0, 1.0, fade, dtype=np.float32)
    for _ in range(copies + 1):
        blend = tone[-fade:] * (1.0 - rise) + middle[:fade] * rise
        tone = np.concatenate([tone[:-fade], blend, middle[fade:]])
    return tone


def _add(out: Samples, sound: Samples, start: int) -> None:
    end = min(len(out), start + len(sound))
    if start < end:
        out[start:end] += sound[: end - start]
