"""What the user of Blender does in a test, and what is then found there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.host_bridge.blender.blender_process import VARIABLE, Blender, bpy_python, display

FPS, FIRST = 24, 101
"""The project's rate, and its first frame."""
CUT = 96
"""Frames of the film's first scene, and of its second."""
SMALL_WINDOW = ("--factory-startup", "--window-geometry", "0", "0", "320", "240", "--python-exit-code", "1", "--python")
"""For the display draws without a graphics card."""


@contextmanager
def blender_window(bridge: Path, folder: Path) -> Iterator[Blender]:
    """Debian's Blender with a window of its own."""
    program = shutil.which("blender")
    if program is None:
        pytest.skip(f"needs the packages blender and python3-numpy, or {VARIABLE}")
    with display() as name:
        yield from _until_the_end(Blender([program, *SMALL_WINDOW], bridge, folder, DISPLAY=name))


@contextmanager
def blender_module(bridge: Path, folder: Path) -> Iterator[Blender]:
    """Blender as a module of Python, the newest one."""
    yield from _until_the_end(Blender(bpy_python(), bridge, folder))


def _until_the_end(blender: Blender) -> Iterator[Blender]:
    try:
        yield blender
    finally:
        blender.close()


def cut_film(blender: Blender, film: Path) -> None:
    """Lay the film's two scenes on the timeline, one after the other."""
    blender.do(f"fresh({FPS}, 1.0, {FIRST})")
    # What is loaded from a timer is in Blender's context only when the timer comes again.
    blender.do(f"""
sea = strips().new_movie("sea", {str(film)!r}, 2, {FIRST})
sea.frame_final_duration = {CUT}
street = strips().new_movie("street", {str(film)!r}, 3, {FIRST})
street.frame_offset_start = {CUT}
push()
""")
    select(blender, "")


def select(blender: Blender, name: str) -> None:
    """Do what a click on a strip does."""
    blender.do(f"""
for one in strips():
    one.select = one.name == {name!r}
    if one.select:
        addon.edited_scene().sequence_editor.active_strip = one
push()
""")


def sounds_in(blender: Blender) -> list[list[object]]:
    """Name, first frame and length of each sound strip."""
    found = blender.do(
        "result = [[s.name, s.frame_final_start, s.frame_final_duration] for s in strips() if s.type == 'SOUND']"
    )
    assert isinstance(found, list)
    return found
