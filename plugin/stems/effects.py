"""VST3 plug-ins that a stem is played through before it is listened to, by pedalboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from plugin.decode import probe
from plugin.decode.stereo import read_stereo
from plugin.errors import InputError, printable

Stereo = npt.NDArray[np.float32]
"""Samples [2, N]."""
PART = 30.0
"""Seconds that go through the chain at a time."""
TRIED = 44_100
"""Samples of silence, and their rate, by which a plug-in tells how many channels it takes."""


@dataclass
class PluginChoice:
    """A plug-in that the user names, with values of its parameters as written."""

    path: Path
    parameters: dict[str, str] = field(default_factory=dict)


class Effects:
    """A chain of plug-ins, loaded.

    Parameters
    ----------
    choices : sequence of PluginChoice
        In the order in which the sound goes through them.

    Raises
    ------
    InputError
        A plug-in cannot be loaded, makes sound rather than changing it, or does not have a parameter or take its value.
    """

    def __init__(self, choices: Sequence[PluginChoice]) -> None:
        import pedalboard

        pb: Any = pedalboard
        self._chain = [_in_stereo(pb, choice) for choice in choices]

    def mono_blocks(self, path: Path, rate: int) -> Iterator[npt.NDArray[np.float32]]:
        """Play a file through the chain in stereo at its own rate; gives mono float32 [N] at `rate`.

        Raises
        ------
        InputError
            The file cannot be decoded, or its length is not known.
        """
        from pedalboard.io import StreamResampler

        info = probe(path)
        if info.duration is None or info.audio_codec is None:
            raise InputError(f"{printable(path)}: it does not say how long it sounds, so it cannot go through plug-ins")
        resampler: Any = StreamResampler(float(info.sample_rate), float(rate), 1)
        at = 0.0
        while at < info.duration - 1e-3:
            stop = min(at + PART, info.duration)
            samples, own_rate = read_stereo(path, at, stop)
            for effect in self._chain:
                samples = effect(samples, own_rate, at == 0.0)
            yield resampler.process(samples.mean(0, keepdims=True))[0]
            at = stop
        yield resampler.process(None)[0]


def _in_stereo(pb: Any, choice: PluginChoice) -> Callable[[Stereo, int, bool], Stereo]:
    """Load a plug-in for stereo; one that takes a single channel only is loaded once for each."""
    plugin = _load(pb, choice)
    try:
        plugin(np.zeros((2, TRIED), np.float32), TRIED)
    except ValueError:
        return _by_channel(choice, plugin, _load(pb, choice))

    def treat(samples: Stereo, rate: int, first: bool) -> Stereo:
        return np.asarray(plugin(samples, rate, reset=first), np.float32)

    return treat


def _by_channel(choice: PluginChoice, left: Any, right: Any) -> Callable[[Stereo, int, bool], Stereo]:
    try:
        left(np.zeros((1, TRIED), np.float32), TRIED)
    except ValueError as error:
        raise InputError(
            f"{printable(choice.path)}: this plug-in takes neither stereo nor mono: {_last_line(error)}"
        ) from error

    def treat(samples: Stereo, rate: int, first: bool) -> Stereo:
        channels = zip((left, right), samples, strict=True)
        return np.concatenate(
            [np.asarray(plugin(one[None], rate, reset=first), np.float32) for plugin, one in channels]
        )

    return treat


def _load(pb: Any, choice: PluginChoice) -> Any:
    name = printable(choice.path)
    if not choice.path.exists():
        raise InputError(f"{name}: there is no such plug-in")
    try:
        plugin = pb.load_plugin(str(choice.path))
    except (ImportError, RuntimeError, ValueError) as error:
        raise InputError(f"{name}: this plug-in cannot be loaded: {_last_line(error)}") from error
    if getattr(plugin, "is_instrument", False):
        raise InputError(f"{name}: this plug-in is an instrument; stems can only go through effects")
    known = getattr(plugin, "parameters", {})
    for parameter, value in choice.parameters.items():
        if parameter not in known:
            raise InputError(f"{name}: it has no parameter {parameter}; it has {', '.join(sorted(known)) or 'none'}")
        try:
            setattr(plugin, parameter, _value(value))
        except (ValueError, TypeError, AttributeError) as error:
            raise InputError(f"{name}: {parameter} cannot be {value}: {_last_line(error)}") from error
    return plugin


def _value(text: str) -> float | bool | str:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        return float(text)
    except ValueError:
        return text


def _last_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
