"""A singer of words: espeak-ng's speech, cut into syllables and made to sound again at a melody's pitch."""

from __future__ import annotations

import random
from itertools import cycle
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.data.espeak import speak
from models.data.lyrics import make_lyrics, themes
from plugin.errors import CuefinderError

Doubles = npt.NDArray[np.float64]

WORDS = {
    "de": "die sonne liebe nacht mein herz ohne dich immer wieder himmel weit regen über lange straße komm nach hause",
    "fr": "la lune mon amour toujours sous le ciel je chante une rose dans la nuit encore un jour avec toi doucement",
    "es": "la noche mi corazón sin ti amor bajo el cielo canto una luna llena siempre camino lejos de la tierra",
    "it": "la luna amore mio nel cielo canto per te una notte senza fine ancora il mare sempre lontano cuore",
    "pt": "a lua meu amor no céu eu canto uma noite sem fim ainda o mar sempre longe saudade coração",
}
"""Words that are sung in languages other than English, in any order."""
VOICES = {True: ("f1", "f2", "f3", "f4", "f5"), False: ("m1", "m2", "m3", "m4", "m5", "m6", "m7", "klatt")}
RANGE = {True: (57, 76), False: (50, 69)}
"""Lowest and highest MIDI pitch of a woman, and of a man, who sounds spoken lower down."""
HOP = 0.01
ORDER = 60
"""Cepstral coefficients of an envelope: 2.7 ms, below half a period of espeak-ng's lowest speech."""


class Speech(NamedTuple):
    """Frames of speech, one for every 10 ms.

    `cepstra` float64 [F, 60] of the logarithm of the envelope, `voiced` float64 [F] from 0 (a hiss) to 1, `syllables`
    int [n, 4] (frames of the start, the vowel's start and end, and the end), and the speech's `rate` in Hz.
    """

    cepstra: Doubles
    voiced: Doubles
    syllables: npt.NDArray[np.int64]
    rate: int


def sing_words(notes: Doubles, seconds: float, *, rate: int, female: bool, seed: int) -> npt.NDArray[np.float32]:
    """Sing a melody, with a new syllable for most notes; parameters as in `models.data.voices.sing`.

    Returns
    -------
    float32 [N]
        A woman between A3 and E5 or a man between D3 and A4, in a room; peak 1 where anything is sung.

    Raises
    ------
    CuefinderError
        Where espeak-ng is not installed or does not speak.
    """
    rng, size = np.random.default_rng(seed), round(seconds * rate)
    sung = _one_voice(notes, seconds, *RANGE[female], rng.uniform(0.3, 0.8))
    if not len(sung):
        return np.zeros(size, np.float32)
    speech = _listen(*_speak(random.Random(seed), female))
    voice = _sound(speech, _score(sung, speech, seconds, rng), rate, rng)[:size]
    # a bit of a room: without one a held vowel sounds like a horn, and a man's song like speech
    room = rng.normal(0, 1, rate) * 10 ** (-np.linspace(0, rng.uniform(1.5, 4), rate))
    room[: rate // 100] = 0
    full = 1 << (size + rate).bit_length()
    wet = np.fft.irfft(np.fft.rfft(voice, full) * np.fft.rfft(room / np.linalg.norm(room), full), full)[:size]
    voice += rng.uniform(0.1, 0.7) * wet
    return np.asarray(voice / np.abs(voice).max(), np.float32)


def _speak(rng: random.Random, female: bool) -> tuple[Doubles, int]:
    """A few lines of text in a random voice and language: samples [N] and their rate."""
    language = rng.choice(["en", *WORDS])
    words = WORDS.get(language, "").split()
    text = " ".join(rng.sample(words, len(words))) or make_lyrics(rng.choice(themes()), rng).replace(" /", ",")
    voice = f"{language}+{rng.choice(VOICES[female])}"
    # slow, so that every vowel is reached, and low, so that the harmonics show the envelope between them
    return speak(text, voice, speed=120, pitch=15)


def _listen(samples: Doubles, rate: int) -> Speech:
    """Envelope, voice and syllables of speech."""
    size, hop = round(0.03 * rate), round(HOP * rate)
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(samples, size), size)[::hop] * np.hanning(size)
    log = np.log(np.abs(np.fft.rfft(frames / (size / 2), 1024)) + 1e-5)
    envelope = log
    for _ in range(4):  # the true envelope (Röbel and Rodet 2005): it lies on the harmonics, not between them
        cepstra = np.fft.irfft(np.maximum(log, envelope))[:, :ORDER]
        cepstra[:, 1:] *= 2 * np.cos(np.linspace(0, np.pi / 2, ORDER))[1:]
        envelope = _spectrum(cepstra, np.arange(513) / 1024).real
    hertz, power = np.arange(513) * rate / 1024, np.exp(2 * log)
    low, middle, high = (power[:, (hertz > a) & (hertz < b)].sum(1) for a, b in ((0, 1e3), (300, 3e3), (3e3, 1e5)))
    voiced = np.clip(0.5 + 0.25 * np.log((low + 1e-9) / (high + 1e-9)), 0, 1)
    # a syllable is as loud as its vowel between 300 and 3000 Hz; its ends are the softest moments between two vowels
    loud = np.convolve(np.pad(0.5 * np.log(middle + 1e-8), 4, "edge"), np.hanning(11)[1:-1] / 5, "valid")
    heard = np.flatnonzero((loud > loud.max() - 2.5) & (voiced > 0.5))
    peaks = [p for p in heard.tolist() if 0 < p < len(loud) - 1 and loud[p - 1] < loud[p] >= loud[p + 1]]
    syllables = []
    for before, peak, after in zip([0, *peaks], peaks, [*peaks[1:], len(loud) - 1], strict=False):
        begin = max(peak - 20, before + int(loud[before : peak + 1].argmin()))
        end = min(peak + 20, peak + int(loud[peak : after + 1].argmin()))
        open_ = begin + np.flatnonzero(loud[begin : end + 1] > loud[peak] - 0.5)
        if end - begin > 5:
            syllables.append((begin, open_[0], open_[-1], end))
    if not syllables:
        raise CuefinderError("espeak-ng: no syllable was heard in its speech; install its data (espeak-ng-data)")
    return Speech(cepstra, voiced, np.array(syllables), rate)


def _spectrum(cepstra: Doubles, cycles: Doubles) -> npt.NDArray[np.complex128]:
    """Logarithm of the minimum-phase spectrum [F, K] of folded cepstra at frequencies in cycles a sample."""
    angle = 2 * np.pi * np.outer(np.arange(ORDER), cycles)
    return cepstra @ np.cos(angle) - 1j * (cepstra @ np.sin(angle))


def _one_voice(notes: Doubles, seconds: float, low: int, high: int, share: float) -> Doubles:
    """Notes [n, 4] that one voice can sing: the median near a share of the range, then each within it."""
    kept: list[list[float]] = []
    move = 12 * round((low + share * (high - low) - float(np.median(notes[:, 2]))) / 12) if len(notes) else 0
    for start, duration, pitch, velocity in notes:
        if kept and start < kept[-1][0] + kept[-1][1] - 0.02:
            continue  # notes of a chord under the melody are left out
        pitch += move
        pitch += 12 * max(0, np.ceil((low - pitch) / 12)) - 12 * max(0, np.ceil((pitch - high) / 12))
        length = min(duration * 1.02 + 0.04, seconds - start)
        if length >= 0.06:
            if kept and start - kept[-1][0] - kept[-1][1] < 0.4:
                kept[-1][1] = start - kept[-1][0]  # sung without a break
            kept.append([float(start), float(length), float(pitch), float(velocity)])
    return np.array(kept).reshape(-1, 4)


def _score(sung: Doubles, speech: Speech, seconds: float, rng: np.random.Generator) -> tuple[Doubles, Doubles, Doubles]:
    """For every 10 ms the frame of speech to sound like, the MIDI pitch, and the gain."""
    steps = int(seconds / HOP) + 2
    source, gain, bend, pitch = np.zeros(steps), np.zeros(steps), np.zeros(steps), np.full(steps, sung[0, 2])
    syllables = cycle(np.roll(speech.syllables, -rng.integers(len(speech.syllables)), axis=0))
    beat, depth, scoop = rng.uniform(4.8, 6.2), rng.uniform(0.15, 0.55), rng.uniform(0.3, 1.5)
    for i, (start, length, note, velocity) in enumerate(sung):
        first, last = int(start / HOP), int((start + length) / HOP) + 1
        t, joined = np.arange(last - first) * HOP, i > 0 and start - sung[i - 1, :2].sum() < 0.02
        leads_on = i + 1 < len(sung) and sung[i + 1, 0] - start - length < 0.02
        if joined and rng.random() < 0.15:  # a melisma: the syllable goes on
            source[first:last] = source[max(0, first - 5)]
        else:
            begin, vowel, tail, end = next(syllables)
            pace = min(0.75, 0.5 * length / (HOP * (vowel - begin + end - tail + 1))) * HOP
            knees = [0.0, pace * (vowel - begin), length - pace * (end - tail), length]
            source[first:last] = np.interp(t, knees, [begin, vowel, vowel + 0.5 * (tail - vowel), end])
            bend[first:last] = -scoop * rng.uniform() * np.exp(-t / 0.06)
        bend[first:last] += depth * rng.uniform(0.4, 1) * np.clip((t - 0.2) / 0.3, 0, 1) * np.sin(2 * np.pi * beat * t)
        swell = (0.4 + 0.6 * velocity / 127.0) * (1 + 0.25 * np.sin(np.pi * t / length))
        gain[first:last] = swell if leads_on else swell * np.clip((length - t) / 0.08, 0, 1)
        pitch[first:] = note
    bend += np.convolve(rng.normal(0, 0.15, steps + 24), np.hanning(25) / 12, "valid")  # nobody holds a pitch
    return source, np.convolve(np.pad(pitch, 3, "edge"), np.hanning(9)[1:-1] / 4, "valid") + bend, gain


def _sound(speech: Speech, score: tuple[Doubles, ...], rate: int, rng: np.random.Generator) -> Doubles:
    """Pulses and noise at the pitches of a score, through its envelopes: samples [N]."""
    (source, pitch, gain), hop = score, round(HOP * rate)
    size, count = 6 * hop, len(pitch) * hop
    f0 = 440.0 * 2 ** ((np.interp(np.arange(count) / hop, np.arange(len(pitch)), pitch) - 69) / 12)
    phase = np.cumsum(f0) / rate
    at = np.interp(np.arange(1, int(phase[-1])), phase, np.arange(count))
    period = rate / f0[at.astype(int)]
    at += rng.normal(0, 0.003, len(at)) * period  # jitter, and then shimmer
    height = np.sqrt(period) * rng.normal(1, 0.03, len(at))
    taps = np.floor(at).astype(int)[:, None] + np.arange(-7, 9)
    offset, pulses = taps - at[:, None], np.zeros(count)
    np.add.at(pulses, np.clip(taps, 0, count - 1), height[:, None] * np.sinc(offset) * np.cos(np.pi * offset / 18) ** 2)
    # between two frames the logarithms are mixed; more sound near 3 kHz is what makes a voice a singer's
    below = np.minimum(source.astype(int), len(speech.cepstra) - 2)
    cepstra = speech.cepstra[below] + (source - below)[:, None] * (speech.cepstra[below + 1] - speech.cepstra[below])
    voiced = np.interp(source, np.arange(len(speech.voiced)), speech.voiced)[:, None]
    hertz = np.arange(size // 2 + 1) * rate / size
    form = np.exp(_spectrum(cepstra, np.minimum(hertz / speech.rate, 0.5))) * gain[:, None]
    form *= np.exp(-np.maximum(0, hertz - 0.47 * speech.rate) / 800)  # speech says nothing above half its rate
    ring = 1 + rng.uniform(0.3, 1.5) * np.exp(-(((hertz - 2900) / 500) ** 2))
    hiss = 0.5 * (1 - voiced) + 0.06 * voiced * np.minimum(1, hertz / 3000)
    blocks = np.zeros((len(pitch), size))
    for excitation, shape in ((pulses, voiced * ring), (rng.normal(0, 1, count), hiss)):
        frames = np.lib.stride_tricks.sliding_window_view(np.pad(excitation, hop), 2 * hop)[::hop][: len(pitch)]
        blocks += np.fft.irfft(np.fft.rfft(frames * np.hanning(2 * hop + 1)[:-1], size) * form * shape, size)
    pieces = [np.pad(blocks[:, k * hop : (k + 1) * hop], ((k, 6 - k), (0, 0))) for k in range(6)]
    return np.ravel(np.sum(pieces, 0))[hop:]
