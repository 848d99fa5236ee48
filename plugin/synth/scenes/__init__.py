"""Procedural film scenes: random footage with known contents, for training, tests and the demo."""

from plugin.synth.scenes.render import render_scene
from plugin.synth.scenes.spec import PLACES, SceneSpec, random_scene

__all__ = ["PLACES", "SceneSpec", "random_scene", "render_scene"]
