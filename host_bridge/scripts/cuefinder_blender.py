"""Cuefinder in Blender's video sequencer: an add-on of one file for Blender 3.4 to 5, standard library and bpy alone.

It connects to Cuefinder's panel on this machine and speaks the host protocol (`docs/host-protocol.md`). Threads read
and write the socket; all that touches Blender is done by `tick`, which Blender's timer calls on the main thread.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import queue
import secrets
import socket
import stat
import sys
import threading
import time
import wave
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import bpy  # type: ignore[import-not-found]

bl_info = {
    "name": "Cuefinder",
    "author": "The Cuefinder developers",
    "version": (1, 0, 0),
    "blender": (3, 4, 0),
    "location": "Video Sequencer > Sidebar > Cuefinder",
    "description": "Finds music for clips in your own library and places it in the sequencer",
    "category": "Sequencer",
}

PROTOCOL = 1
INVALID_JSON, INVALID_REQUEST, NO_METHOD, INVALID_PARAMS = -32700, -32600, -32601, -32602
REFUSED, STALE, NOTHING_TO_UNDO, WRONG_PROTOCOL = -32000, -32001, -32003, -32005
LONGEST_LINE = 16 * 2**20
LOOK = 3.0
"""Seconds between looks for the panel."""
PATIENCE = 10.0
"""Seconds after which the panel has given a request up; what waited longer, while Blender was busy, is not done."""
EXPORT_PATIENCE = 300.0
BUDGET = 0.05
"""Seconds of one tick after which further requests wait for the next."""
CALM = 0.5
"""Seconds between two notifications of changes, and between two looks for what Blender does not tell."""
FURTHEST = 1_048_574
"""Blender's last frame."""
ACCURACY = 128
"""Samples of a mixdown in which volumes and ends of strips stay the same; Blender's own choice of 1024 is 21 ms."""
LONGEST_NAME = 63
"""Bytes of a name in Blender."""
KINDS = {"SOUND": "audio", "MOVIE": "video", "IMAGE": "video", "SCENE": "video", "MOVIECLIP": "video", "MASK": "video",
         "COLOR": "video", "TEXT": "video", "META": "video"}  # fmt: skip
"""Strips that are clips; transitions and other effects are none, but nothing is placed over them either."""
CLIP, CAPTION, CUE, STEP, NOTES = (f"cuefinder_{name}" for name in ("clip", "caption", "cue", "step", "markers"))
"""Custom properties: of strips the first three, of the scene the others."""


class Refusal(Exception):
    """An answer that is an error: its code of the protocol and one line for the user."""

    def __init__(self, reason: str, code: int = REFUSED) -> None:
        super().__init__(reason)
        self.code = code


def given(params: dict[str, Any], name: str, kind: Any, default: Any = None) -> Any:
    """A parameter of a kind; `default` where it is missing or null, if there is one."""
    value = params.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Refusal(f"{name} is missing or not as the protocol says", INVALID_PARAMS)
    return value


# What lies where ------------------------------------------------------------------------------------------------------


def edited_scene() -> Any:
    """The scene that the sequencer shows: since Blender 5 a workspace has its own, beside the window's."""
    manager = bpy.context.window_manager
    windows = list(manager.windows) if manager else []
    windows.sort(key=lambda window: not any(area.type == "SEQUENCE_EDITOR" for area in window.screen.areas))
    for window in windows:
        return getattr(window.workspace, "sequencer_scene", None) or window.scene
    return bpy.context.scene


def strips_of(editor: Any) -> Any:
    """Strips of an editor or meta strip; called sequences before Blender 4.4."""
    strips = getattr(editor, "strips", None)
    return editor.sequences if strips is None else strips


def all_strips(scene: Any) -> list[Any]:
    """All strips of the scene, those in meta strips as well."""
    editor = scene.sequence_editor
    if editor is None:
        return []
    strips = getattr(editor, "strips_all", None)
    return list(editor.sequences_all if strips is None else strips)


def rate_of(scene: Any) -> Fraction:
    """Frames per second: the base is a 32-bit float, 1.001 at 23.976."""
    return Fraction(scene.render.fps) / Fraction(scene.render.fps_base).limit_denominator(10_000)


def said(text: str) -> str:
    """A text without what is no Unicode, such as bytes of a file name in another encoding."""
    return text.encode("utf-8", "replace").decode("utf-8")


def media_of(strip: Any) -> str | None:
    """Absolute path of a strip's file, be it there or not; None where it has none, or one that is no Unicode."""
    library = None
    if strip.type == "SOUND" and strip.sound is not None:
        path, library = strip.sound.filepath, strip.sound.library
    elif strip.type == "MOVIE":
        path = strip.filepath
    elif strip.type == "IMAGE" and len(strip.elements):
        path = os.path.join(strip.directory, strip.elements[0].filename)  # noqa: PTH118 - Blender's // must stay
    else:
        return None
    whole = bpy.path.abspath(path, library=library)
    # A path relative to a project that was never saved leads nowhere.
    if not path or not os.path.isabs(whole) or said(whole) != whole:  # noqa: PTH117 - a text is wanted
        return None
    return str(os.path.normpath(whole))


def exact(fps: float) -> Fraction:
    """The rate that a float of a movie stands for."""
    ntsc = Fraction(round(fps * 1.001) * 1000, 1001)
    return ntsc if abs(float(ntsc) - fps) < 0.001 and abs(fps - round(fps)) > 0.001 else Fraction(round(fps))


def source_of(strip: Any, rate: Fraction, skipped: int) -> list[int]:
    """Where the strip begins in its media, after `skipped` frames of it: a count and its rate.

    Blender counts at the scene's rate. Before Blender 4 the strip's own length tells how much faster it plays; later
    versions do not tell, so there a retimed strip is taken to play at normal speed up to its beginning.
    """
    into = Fraction(max(0.0, strip.frame_offset_start)).limit_denominator(1000) + skipped
    whole = strip.frame_final_duration + strip.frame_offset_start + strip.frame_offset_end
    faster = strip.frame_duration / whole if whole > 0 else 1.0
    counted = rate
    if abs(faster - 1) > 0.001:
        into *= Fraction(faster).limit_denominator(1000)
        fps = getattr(strip, "fps", 0.0)
        counted = exact(fps) if fps > 0 else rate
    late = getattr(strip, "sound_offset", 0.0)
    if into.denominator == 1 and not late:
        return [int(into), counted.numerator, counted.denominator]
    return [max(0, round((into / counted - Fraction(late)) * 48_000)), 48_000, 1]


def is_retimed(strip: Any) -> bool:
    """Whether a strip does not play at its normal speed."""
    return len(getattr(strip, "retiming_keys", ())) > 0 or getattr(strip, "speed_factor", 1.0) != 1.0


def inside(strips: Any, channels: Any, first: int, end: int, heard: bool = True, outer: int = 0) -> Iterator[Any]:
    """Strips with their channel, visible start and end in frames, and whether they play; meta strips are looked into.

    What lies in a meta strip is given in the channel of the outermost one, as far as that shows it. A meta strip with
    another speed stays one clip, as do the strips in it that have no media.
    """
    for strip in strips:
        begin, last = max(first, strip.frame_final_start), min(end, strip.frame_final_end)
        plays = heard and not strip.mute and not (strip.channel < len(channels) and channels[strip.channel].mute)
        if strip.type == "META" and not is_retimed(strip):
            yield from inside(strips_of(strip), strip.channels, begin, last, plays, outer or strip.channel)
        else:
            yield strip, outer or strip.channel, begin, last, plays


def names_of(scene: Any) -> dict[str, str]:
    """Id of each strip by its name: its name, or what it was called when something of ours was kept with it.

    A copy of such a strip has the same property; the strip that was first, by name, keeps the id.
    """
    strips = all_strips(scene)
    taken = {strip.name for strip in strips}
    ids: dict[str, str] = {}
    used: set[str] = set()
    for strip in sorted(strips, key=lambda strip: (strip.get(CLIP) != strip.name, strip.name)):
        kept = strip.get(CLIP)
        free = isinstance(kept, str) and kept not in used and (kept == strip.name or kept not in taken)
        mine = kept if free else strip.name
        while mine in used:
            mine += "~"
        ids[strip.name] = mine
        used.add(mine)
    return ids


def caption_of(strip: Any) -> str | None:
    """The caption kept with a strip."""
    caption = strip.get(CAPTION)
    return said(caption) if isinstance(caption, str) else None


def cue_of(strip: Any) -> dict[str, Any] | None:
    """What is known of a cue of ours."""
    try:
        cue = json.loads(strip.get(CUE) or "null")
    except (TypeError, ValueError):
        return None
    if not isinstance(cue, dict) or not isinstance(cue.get("key"), str):
        return None
    return {name: said(str(cue.get(name, ""))) for name in ("key", "title", "artist")}


def tracks_of(scene: Any) -> list[dict[str, Any]]:
    """The timeline tracks: channels with strips, one with pictures and sound twice, and empty ones with a name."""
    editor = scene.sequence_editor
    if editor is None:
        return []
    rate, zero, ids = rate_of(scene), scene.frame_start, names_of(scene)
    found: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for strip, channel, first, end, plays in inside(strips_of(editor), editor.channels, -FURTHEST, 2 * FURTHEST):
        kind = KINDS.get(strip.type)
        if kind is None:
            continue
        clips = found.setdefault((channel, kind), [])
        begin = max(zero, first)
        if end <= begin:
            continue  # before the scene's first frame
        clips.append({
            "id": said(ids[strip.name]), "name": said(strip.name), "media": media_of(strip), "start": begin - zero,
            "duration": end - begin, "source": source_of(strip, rate, begin - strip.frame_final_start),
            "selected": bool(strip.select), "enabled": plays, "caption": caption_of(strip), "cue": cue_of(strip),
        })  # fmt: skip
    used = {number for number, _ in found}
    for number, channel in enumerate(editor.channels):
        if number and number not in used and channel.name != f"Channel {number}":
            found[number, "audio"] = []
    return [{"id": f"{number}.{kind}", "name": said(editor.channels[number].name), "kind": kind,
             "clips": sorted(clips, key=lambda clip: cast(int, clip["start"]))}
            for (number, kind), clips in sorted(found.items(), key=lambda item: (item[0][1] == "audio", item[0][0]))
            ]  # fmt: skip


def revision_of(scene: Any, tracks: list[dict[str, Any]]) -> str:
    """A hash of what lies where; not of what is selected, nor of captions."""
    facts: list[Any] = [scene.name, str(rate_of(scene)), scene.frame_start]
    for track in tracks:
        facts.append([track["id"], track["name"]])
        facts += [[clip[key] for key in ("id", "name", "media", "start", "duration", "source", "enabled")]
                  for clip in track["clips"]]  # fmt: skip
    facts += sorted([said(strip.name), strip.type, strip.channel, strip.frame_final_start, strip.frame_final_end]
                    for strip in all_strips(scene))  # fmt: skip
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def notes_of(scene: Any) -> list[dict[str, Any]]:
    """What Blender's markers have no place for, of the markers that we added."""
    try:
        notes = json.loads(scene.get(NOTES) or "[]")
    except (TypeError, ValueError):
        return []
    return [note for note in notes if isinstance(note, dict)] if isinstance(notes, list) else []


def markers_of(scene: Any) -> list[dict[str, Any]]:
    """The markers; a comment stays with its marker's name, so that the marker can be moved."""
    notes = notes_of(scene)
    found = []
    for marker in sorted(scene.timeline_markers, key=lambda marker: cast(int, marker.frame)):
        named = [note for note in notes if note.get("name") == marker.name]
        note = next((note for note in named if note.get("frame") == marker.frame), named[0] if named else {})
        found.append({"name": said(marker.name), "comment": str(note.get("comment", "")),
                      "start": marker.frame - scene.frame_start, "duration": int(note.get("duration", 0))})  # fmt: skip
    return found


def timeline(_: dict[str, Any]) -> dict[str, Any]:
    """The timeline; reading it changes nothing in the project."""
    scene = edited_scene()
    rate, zero, tracks = rate_of(scene), scene.frame_start, tracks_of(scene)
    selection = None
    if scene.use_preview_range:
        first = max(zero, scene.frame_preview_start)
        selection = [first - zero, max(0, scene.frame_preview_end + 1 - first)]
    return {
        "name": said(scene.name), "project": said(bpy.data.filepath) or None, "revision": revision_of(scene, tracks),
        "rate": [rate.numerator, rate.denominator], "start": 0, "drop_frame": False,
        "playhead": max(0, scene.frame_current - zero), "selection": selection,
        "tracks": tracks, "markers": markers_of(scene),
    }  # fmt: skip


# Changes, each one undo step ------------------------------------------------------------------------------------------

steps: set[str] = set()
"""Marks of the steps that this session made: the mark is in the scene, so it comes and goes with undo and redo."""


def context(scene: Any) -> Any:
    """What operators need to work on a scene from a timer."""
    windows = list(bpy.context.window_manager.windows)
    known: dict[str, Any] = {"scene": scene, "view_layer": scene.view_layers[0]}
    if windows:
        known["window"] = next((window for window in windows if window.scene == scene), windows[0])
    if hasattr(bpy.context, "sequencer_scene"):
        known["sequencer_scene"] = scene
    return bpy.context.temp_override(**known)


def undo_context() -> Any:
    """What undo needs; the scene must not be in it, since undo makes another."""
    windows = list(bpy.context.window_manager.windows)
    return bpy.context.temp_override(window=windows[0]) if windows else contextlib.nullcontext()


def changeable() -> Any:
    """The scene, if it can be changed now."""
    scene = edited_scene()
    if scene.library is not None:
        raise Refusal(f'the scene "{said(scene.name)}" is linked from another file and cannot be changed here')
    running = getattr(bpy.app, "is_job_running", None)
    if running is not None and running("RENDER"):
        raise Refusal("it is rendering; try again when it is done")
    for window in bpy.context.window_manager.windows:
        for operator in getattr(window, "modal_operators", ()):
            # Changing strips under a drag that goes on can crash Blender.
            if operator.bl_idname.startswith(("TRANSFORM_OT", "SEQUENCER_OT", "MARKER_OT")):
                raise Refusal(f"something is being moved ({operator.name}); finish it and try again")
    return scene


@contextlib.contextmanager
def one_step(scene: Any, params: dict[str, Any]) -> Iterator[contextlib.ExitStack]:
    """One undo step with our name; what was put on the stack is called to take everything back where it fails."""
    name = given(params, "step", str)
    with undo_context():
        if bpy.app.background and not bpy.ops.ed.undo.poll():
            bpy.ops.ed.undo_push(message="Original")  # only with windows does Blender keep the state that it opened
    old, mark = scene.get(STEP), secrets.token_hex(8)
    with contextlib.ExitStack() as back:
        yield back
        back.callback(keep, scene, STEP, old)
        scene[STEP] = mark
        with undo_context():
            bpy.ops.ed.undo_push(message=name)
        steps.add(mark)
        back.pop_all()


def keep(thing: Any, name: str, value: str | None) -> None:
    """Set a custom property, or remove it."""
    if value is not None:
        thing[name] = value
    elif name in thing:
        del thing[name]


def undo(_: dict[str, Any]) -> dict[str, Any]:
    """Take our last change back. Whether it was the last step shows in the mark: if not, it is done again."""
    none = Refusal("the last change is not one of Cuefinder's", NOTHING_TO_UNDO)
    scene = changeable()
    name, mark, frame = scene.name, scene.get(STEP), scene.frame_current
    with undo_context():
        if mark not in steps or not bpy.ops.ed.undo.poll():
            raise none
        bpy.ops.ed.undo()
        after = bpy.data.scenes.get(name)
        if after is not None and after.get(STEP) == mark:
            bpy.ops.ed.redo()
            raise none
    steps.discard(mark)
    if after is not None and after.frame_current != frame:
        after.frame_current = frame
    return {}


def annotate(params: dict[str, Any]) -> dict[str, Any]:
    """Keep a caption with a strip."""
    clip, caption = given(params, "clip", str), given(params, "caption", str)
    scene = changeable()
    ids = names_of(scene)
    strip = next((strip for strip in all_strips(scene) if ids[strip.name] == clip), None)
    if strip is None:
        raise Refusal(f'there is no clip "{clip}" in the sequencer any more; read the timeline again')
    with one_step(scene, params) as back:
        for name, value in ((CAPTION, caption), (CLIP, clip)):
            back.callback(keep, strip, name, strip.get(name))
            strip[name] = value
    return {}


def add_markers(params: dict[str, Any]) -> dict[str, Any]:
    """Add markers. Blender's have a name and a frame; comment and duration are kept with the scene."""
    wanted = [(given(m, "name", str, ""), given(m, "comment", str, ""), given(m, "start", int),
               given(m, "duration", int, 0)) for m in given(params, "markers", list)]  # fmt: skip
    scene = changeable()
    if any(scene.frame_start + start > FURTHEST for _, _, start, _ in wanted):
        raise Refusal(f"Blender's timeline ends at frame {FURTHEST}")
    with one_step(scene, params) as back:
        notes = notes_of(scene)
        back.callback(keep, scene, NOTES, scene.get(NOTES))
        for name, comment, start, duration in wanted:
            marker = scene.timeline_markers.new(name, frame=scene.frame_start + start)
            back.callback(scene.timeline_markers.remove, marker)
            if marker.name != name and not comment:
                comment = name  # Blender cut it
            if comment or duration:
                notes.append({"name": marker.name, "frame": marker.frame, "comment": comment, "duration": duration})
        present = {marker.name for marker in scene.timeline_markers}
        scene[NOTES] = json.dumps([note for note in notes if note.get("name") in present])
    return {}


def edit_tracks(params: dict[str, Any]) -> dict[str, Any]:
    """Rename channels; Blender gives them no colours."""
    scene = changeable()
    edits = [(track_channel(scene, given(edit, "id", str)), edit.get("name")) for edit in given(params, "edits", list)]
    for _, name in edits:
        if name is not None and len(name.encode()) > LONGEST_NAME:
            raise Refusal(f'"{name}" is longer than Blender\'s names can be ({LONGEST_NAME} bytes)')
    with one_step(scene, params) as back:
        for number, name in edits:
            if name is not None:
                channel = scene.sequence_editor.channels[number]
                back.callback(setattr, channel, "name", channel.name)
                channel.name = name
    return {}


def track_channel(scene: Any, id: str) -> int:
    """Number of the channel of a timeline track's id."""
    if id not in {track["id"] for track in tracks_of(scene)}:
        raise Refusal(f"there is no timeline track {id}; read the timeline again")
    return int(id.partition(".")[0])


def seek(params: dict[str, Any]) -> dict[str, Any]:
    """Set the playhead."""
    scene = edited_scene()
    scene.frame_current = scene.frame_start + given(params, "to", int)
    return {}


# Cues -----------------------------------------------------------------------------------------------------------------


def insert_cue(params: dict[str, Any]) -> dict[str, Any]:
    """Place a cue; everything is checked first, and everything taken back if Blender refuses something after that."""
    path, key, name = (given(params, field, str) for field in ("path", "key", "name"))
    start, duration = given(params, "start", int), given(params, "duration", int)
    count, above, below = given(params, "source", list)
    source = Fraction(count * below, above)
    fades = given(params, "fade_in", int, 0), given(params, "fade_out", int, 0)
    gain, wanted = float(given(params, "gain_db", (int, float), 0.0)), params.get("timeline_track")
    scene = changeable()
    ids = names_of(scene)
    for strip in all_strips(scene):
        cue = cue_of(strip)
        if cue is not None and cue.get("key") == key:
            return placement(scene, strip, ids[strip.name], already=True)
    revision = params.get("revision")
    if revision is not None and revision != revision_of(scene, tracks_of(scene)):
        raise Refusal("the timeline changed since it was read; nothing was placed, look at it again", STALE)
    rate, first = rate_of(scene), scene.frame_start + start
    check(path, source, Fraction(duration) / rate, rate)
    if min(start, *fades) < 0 or duration < 1 or sum(fades) > duration or first + duration > FURTHEST:
        raise Refusal(f"the cue or its fades do not fit in Blender's timeline, which ends at frame {FURTHEST}")
    with one_step(scene, params) as back:
        if scene.sequence_editor is None:
            scene.sequence_editor_create()  # stays, empty, where the cue fails: clearing it can crash Blender 5.0
        channel, created = free_channel(scene, wanted, first, first + duration)
        strip = lay(scene, back, name, path, channel, first, duration, source * rate)
        strip.volume = 10 ** (gain / 20)
        if any(fades):
            fade(scene, back, strip, *fades)
        if hasattr(strip, "show_waveform"):
            strip.show_waveform = True
        strip[CLIP] = strip.name
        strip[CUE] = json.dumps({
            "key": key, "title": given(params, "title", str, ""), "artist": given(params, "artist", str, ""),
            "gain_db": gain, "fade_in": fades[0], "fade_out": fades[1]})  # fmt: skip
        return placement(scene, strip, strip.name, created=created)


def placement(scene: Any, strip: Any, id: str, **known: bool) -> dict[str, Any]:
    """Where a strip lies."""
    name = said(scene.sequence_editor.channels[strip.channel].name)
    return {"clip": said(id), "timeline_track": name, "start": max(0, strip.frame_final_start - scene.frame_start),
            "duration": strip.frame_final_duration, **known}  # fmt: skip


def check(path: str, source: Fraction, lasts: Fraction, rate: Fraction) -> None:
    """Refuse music that Blender cannot read, or that ends before the segment does: all in seconds."""
    import aud  # type: ignore[import-not-found]  # Blender's own; builds without sound have none

    if not Path(path).is_file():
        raise Refusal(f"there is no file {path} that Blender can see")
    try:
        sound = aud.Sound.file(path)
        samples, (per_second, _) = sound.length, sound.specs
    except aud.error as error:
        raise Refusal(f"Blender cannot read {path} as sound: {error}") from error
    # Some formats do not tell their length. A frame more than there is may come from rounding.
    if samples > 0 and source + lasts > Fraction(samples) / round(per_second) + 1 / rate:
        raise Refusal(f"{path} ends after {samples / per_second:.2f} s, before the segment does "
                      f"({float(source + lasts):.2f} s)")  # fmt: skip


def free_channel(scene: Any, wanted: Any, first: int, end: int) -> tuple[int, bool]:
    """The channel for a cue from frame `first` to `end`: wanted, else one with sounds alone, else an empty one.

    Returns
    -------
    int
    bool
        Whether it was empty and has no name of its own.
    """
    editor = scene.sequence_editor
    lies: dict[int, list[Any]] = {}
    for strip in strips_of(editor):
        lies.setdefault(strip.channel, []).append(strip)
    numbers = range(1, len(editor.channels))
    asked = [n for n in numbers if wanted in (f"{n}.audio", f"{n}.video", editor.channels[n].name)]
    sounding = [n for n in numbers if n in lies and all(strip.type == "SOUND" for strip in lies[n])]
    after = asked[0] if asked else 0
    sounding.sort(key=lambda n: (n < after, n))
    empty = [n for n in numbers if n not in lies and editor.channels[n].name == f"Channel {n}"]
    for number in [*asked, *sounding, *empty]:
        channel = editor.channels[number]
        if channel.lock or channel.mute:
            continue
        if all(strip.frame_final_end <= first or strip.frame_final_start >= end for strip in lies.get(number, ())):
            return number, number in empty and number not in asked
    raise Refusal("no channel of the sequencer is free there, or all are locked or muted; free one")


def lay(scene: Any, back: contextlib.ExitStack, name: str, path: str, channel: int, first: int, duration: int,
        into: Fraction) -> Any:  # fmt: skip
    """Make the sound strip: `into` frames of its file are skipped, parts of a frame by the sound's own offset."""
    strips = strips_of(scene.sequence_editor)
    # Blender pushes strips away that overlap while they are still longer, so it is cut to size behind all others.
    behind = max([first, *(strip.frame_final_end for strip in strips)]) + 1
    sounds = {sound.as_pointer() for sound in bpy.data.sounds}
    strip = strips.new_sound(name, path, channel, behind)
    sound = strip.sound
    if sound is not None and sound.as_pointer() not in sounds:
        back.callback(bpy.data.sounds.remove, sound)
    back.callback(strips.remove, strip)
    whole = math.floor(into + Fraction(1, 2))
    strip.frame_offset_start = whole
    strip.frame_final_duration = duration
    strip.frame_start = first - whole
    if hasattr(strip, "sound_offset"):
        strip.sound_offset = float((whole - into) / rate_of(scene))  # below zero: the sound comes earlier
    lies = (strip.channel, strip.frame_final_start, strip.frame_final_duration)
    if lies != (channel, first, duration):
        raise Refusal(f"Blender laid the cue at {lies} (channel, frame, duration) instead of "
                      f"{(channel, first, duration)}; it was removed again")  # fmt: skip
    return strip


def fade(scene: Any, back: contextlib.ExitStack, strip: Any, fade_in: int, fade_out: int) -> None:
    """Keyframe the strip's volume, straight lines from and to silence."""
    before = scene.animation_data
    action = before.action if before else None
    actions = {other.as_pointer() for other in bpy.data.actions}
    if before is None:
        back.callback(scene.animation_data_clear)
    path, level = strip.path_from_id("volume"), strip.volume
    first, end = strip.frame_final_start, strip.frame_final_end
    points = [(first, 0.0), (first + fade_in, level)] if fade_in else []
    points += [(end - fade_out, level), (end, 0.0)] if fade_out else []

    def forget() -> None:
        mine = scene.animation_data.action if scene.animation_data else None
        for curves in curves_of(mine):
            for curve in [curve for curve in curves if curve.data_path == path]:
                curves.remove(curve)
        if mine is not None and action is None and mine.as_pointer() not in actions:
            bpy.data.actions.remove(mine)

    back.callback(forget)
    for frame, volume in points:
        strip.volume = volume
        if not strip.keyframe_insert("volume", frame=frame):
            raise Refusal("Blender would not keyframe the volume for the fades; the cue was removed again")
    strip.volume = level
    for curves in curves_of(scene.animation_data.action):
        for curve in curves:
            if curve.data_path == path:
                for point in curve.keyframe_points:
                    point.interpolation = "LINEAR"


def curves_of(action: Any) -> list[Any]:
    """The collections of f-curves of an action: Blender 5 has them in layers alone."""
    if action is None:
        return []
    if hasattr(action, "fcurves"):
        return [action.fcurves]
    return [bag.fcurves for layer in action.layers for strip in layer.strips for bag in strip.channelbags]


def export_range(params: dict[str, Any]) -> dict[str, Any]:
    """Mix a range down to a WAV; the scene's range, playhead and mutes are as before afterwards."""
    start, duration, out = given(params, "start", int), given(params, "duration", int), Path(given(params, "path", str))
    only = params.get("timeline_track")
    scene = changeable()
    first, rate = scene.frame_start + start, rate_of(scene)
    if start < 0 or duration < 1 or first + duration > FURTHEST:
        raise Refusal("the range to export is empty or not on the timeline")
    if out.exists() or not out.parent.is_dir():
        raise Refusal(f"{out} is there already, or its folder is not; export to a new file")
    if scene.sequence_editor is None:
        raise Refusal("there is nothing in the sequencer to export")
    channel = track_channel(scene, only) if only is not None else None
    mixed = out.with_name(f".{secrets.token_hex(8)}.wav")
    with contextlib.ExitStack() as back:
        back.callback(mixed.unlink, missing_ok=True)
        for name in ("frame_end", "frame_start", "frame_current"):
            back.callback(setattr, scene, name, getattr(scene, name))
        scene.frame_start, scene.frame_end = first, first + duration - 1
        for strip in strips_of(scene.sequence_editor) if channel is not None else ():
            if strip.channel != channel and not strip.mute:
                back.callback(setattr, strip, "mute", False)
                strip.mute = True
        scene.view_layers[0].update()
        with context(scene):
            bpy.ops.sound.mixdown(filepath=str(mixed), check_existing=False, relative_path=False, container="WAV",
                                  codec="PCM", format="S16", accuracy=ACCURACY)  # fmt: skip
        cut(mixed, out, Fraction(duration) / rate)
    return {}


def cut(mixed: Path, out: Path, lasts: Fraction) -> None:
    """Cut a WAV to `lasts` seconds: Blender fills the last block of its mixdown."""
    part = mixed.with_suffix(".part")
    try:
        with wave.open(str(mixed), "rb") as source, part.open("wb") as file:
            left = math.floor(lasts * source.getframerate() + Fraction(1, 2))
            if source.getnframes() < left:
                raise Refusal(f"Blender mixed {source.getnframes()} samples instead of {left}; is the disk full?")
            with wave.open(file, "wb") as target:
                target.setparams(source.getparams())
                while left > 0:
                    taken = min(left, 2**16)
                    target.writeframes(source.readframes(taken))
                    left -= taken
            file.flush()
            os.fsync(file.fileno())
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


METHODS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "timeline": timeline, "ping": lambda _: "pong", "add_markers": add_markers, "annotate": annotate,
    "edit_tracks": edit_tracks, "seek": seek, "undo": undo,
}  # fmt: skip
CAPABILITIES = ["playhead", "selection", "seek", "markers", "annotate", "rename_tracks", "watch", "undo"]
if bpy.app.build_options.audaspace:  # some builds of Blender as a Python module have no sound
    METHODS.update(insert_cue=insert_cue, export_range=export_range)
    CAPABILITIES += ["insert_cue", "fades", "gain", "export_range"]


# The connection -------------------------------------------------------------------------------------------------------


def bridge_folder() -> Path:
    """The folder of the panel's `bridge.json`."""
    if os.environ.get("CUEFINDER_BRIDGE"):
        return Path(os.environ["CUEFINDER_BRIDGE"])
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local") / "Cuefinder" / "bridge"
    if sys.platform == "darwin":
        return Path.home() / "Library/Application Support/Cuefinder/bridge"
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "cuefinder" / "bridge"


def read_address() -> tuple[int, str] | None:
    """Port and token of the panel; None where none has written a file that no other user can read or write."""
    path = bridge_folder() / "bridge.json"
    try:
        found = path.stat()
        if os.name == "posix" and (stat.S_IMODE(found.st_mode) & 0o077 or found.st_uid != os.getuid()):
            return None
        values = json.loads(path.read_text(encoding="utf-8"))
        port, token = values["port"], values["token"]
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return (port, token) if type(port) is int and 0 < port < 65_536 and isinstance(token, str) else None


def write(message: dict[str, Any]) -> bytes:
    """A message as a line."""
    return json.dumps({"jsonrpc": "2.0", **message}, allow_nan=False, separators=(",", ":")).encode() + b"\n"


class Connection:
    """A connected socket; lines to send are written by a thread, so that a panel that hangs never holds Blender up."""

    def __init__(self, connected: socket.socket) -> None:
        self.socket, self.open = connected, True
        self._buffer = bytearray()
        self._out: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        threading.Thread(target=self._write, name="cuefinder-write", daemon=True).start()

    def send(self, message: dict[str, Any]) -> None:
        """Send a message some time."""
        line = write(message)
        if len(line) > LONGEST_LINE:
            line = write({"id": message.get("id"), "error": {"code": REFUSED, "message": "the answer is too long"}})
        self._out.put(line)

    def line(self) -> bytes | None:
        """The next line; None at the end."""
        seen = 0
        while (end := self._buffer.find(b"\n", seen)) < 0:
            seen = len(self._buffer)
            chunk = self.socket.recv(65_536)
            if not chunk or seen > LONGEST_LINE:
                return None
            self._buffer += chunk
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line

    def close(self) -> None:
        """End it; whoever waits for it wakes up."""
        self.open = False
        self._out.put(None)
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def _write(self) -> None:
        with contextlib.suppress(OSError):  # the reading thread sees the end as well
            while (line := self._out.get()) is not None:
                self.socket.sendall(line)


class Link:
    """Looks for the panel, keeps the connection, and lets `serve` answer on the main thread.

    Attributes
    ----------
    status : str
        For the user.
    connection : Connection, optional
        While there is one.
    """

    def __init__(self) -> None:
        self.instance = f"{os.getpid()}-{secrets.token_hex(4)}"
        self.status = "Off"
        self.connection: Connection | None = None
        self._inbox: queue.SimpleQueue[tuple[Connection, bytes, float]] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._open: Connection | None = None

    @property
    def on(self) -> bool:
        """Whether it looks for the panel or is connected."""
        return self._thread is not None

    def start(self) -> None:
        """Look for the panel."""
        if self._thread is None:
            self._stop = threading.Event()
            self.status = "Looking for Cuefinder's panel"
            self._thread = threading.Thread(target=self._run, args=(self._stop,), name="cuefinder", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Leave the panel."""
        self._stop.set()
        if self._open is not None:
            self._open.close()
        if self._thread is not None:
            self._thread.join(2.0)
        self._thread, self.status = None, "Off"

    def _run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            address = read_address()
            wait = LOOK
            try:
                if address is None:
                    self.status = "Cuefinder's panel is not open"
                else:
                    wait = self._talk(stop, *address)
            except (OSError, ValueError) as error:
                self.status = f"No connection to Cuefinder's panel: {error}"
            stop.wait(wait)

    def _talk(self, stop: threading.Event, port: int, token: str) -> float:
        """Connect, say hello, and read until the end; gives the seconds to wait before the next try."""
        connection = Connection(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE))
        self._open = connection
        try:
            connection.send({"id": 1, "method": "hello", "params": {
                "protocol": PROTOCOL, "token": token, "host": "Blender", "version": bpy.app.version_string,
                "instance": self.instance, "capabilities": CAPABILITIES}})  # fmt: skip
            answer = json.loads(connection.line() or b"{}")
            error = answer.get("error")
            if error or "result" not in answer:
                reason = (error or {}).get("message", "it closed the connection")
                self.status = f"Cuefinder's panel refused: {reason}"
                return LOOK * 10 if error and error.get("code") == WRONG_PROTOCOL else LOOK
            connection.socket.settimeout(None)
            self.connection, self.status = connection, "Connected"
            while not stop.is_set() and (line := connection.line()) is not None:
                self._inbox.put((connection, line, time.monotonic()))
            self.status = "Cuefinder's panel was closed"
            return LOOK
        finally:
            self.connection = self._open = None
            connection.close()

    def serve(self) -> None:
        """Answer what came, for a moment."""
        until = time.monotonic() + BUDGET
        while time.monotonic() < until:
            try:
                connection, line, came = self._inbox.get_nowait()
            except queue.Empty:
                return
            # Who left does not learn what became of a request, so it is not done.
            if connection.open:
                answer = respond(line, time.monotonic() - came)
                if answer is not None:
                    connection.send(answer)


def respond(line: bytes, waited: float) -> dict[str, Any] | None:
    """The answer to a line; None where none is wanted."""
    try:
        message = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return {"id": None, "error": {"code": INVALID_JSON, "message": "no JSON in UTF-8"}}
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        return {"id": None, "error": {"code": INVALID_REQUEST, "message": "no JSON-RPC 2.0 object"}}
    method, number, params = message.get("method"), message.get("id"), message.get("params", {})
    if method is None or number is None:
        return None
    try:
        work = METHODS.get(method) if isinstance(method, str) else None
        if work is None:
            raise Refusal("this Blender cannot do that", NO_METHOD)
        if not isinstance(params, dict):
            raise Refusal("params must be an object", INVALID_PARAMS)
        if waited > (EXPORT_PATIENCE if method == "export_range" else PATIENCE):
            raise Refusal(f"it was busy for {waited:.0f} s, so {method} was not done; ask again")
        return {"id": number, "result": work(params)}
    except Refusal as refusal:
        return {"id": number, "error": {"code": refusal.code, "message": str(refusal)}}
    except Exception as error:  # noqa: BLE001 - whatever Blender raises is the panel's to show; the timer must live on
        reason = " ".join(str(error).split()) or type(error).__name__
        return {"id": number, "error": {"code": REFUSED, "message": f"{method} failed: {reason}"}}


# Changes are told ----------------------------------------------------------------------------------------------------


class Watch:
    """Tells the panel of changes, at most every `CALM` seconds."""

    def __init__(self) -> None:
        self.changed = False
        self._told = 0.0
        self._seen: Any = None

    def look(self, link: Link) -> None:
        """Tell, if something changed; Blender does not tell of selections and markers, so these are compared."""
        now = time.monotonic()
        if link.connection is None or now - self._told < CALM:
            return
        self._told = now
        seen = glance(edited_scene())
        if self.changed or (self._seen is not None and seen != self._seen):
            link.connection.send({"method": "changed", "params": {}})
        self._seen, self.changed = seen, False


def glance(scene: Any) -> Any:
    """What is cheap to compare: 1,000 strips take less than a millisecond."""
    strips = strips_of(scene.sequence_editor) if scene.sequence_editor else ()
    found: list[Any] = [scene.name, len(scene.timeline_markers), scene.use_preview_range]
    for name in ("select", "mute", "channel", "frame_final_start", "frame_final_duration"):
        values = [0] * len(strips)
        if strips:
            strips.foreach_get(name, values)
        found.append(values)
    return found


link, watch = Link(), Watch()


@bpy.app.handlers.persistent  # type: ignore[untyped-decorator]
def on_update(_: Any, graph: Any = None) -> None:
    """A scene changed; this runs very often."""
    if graph is None or graph.id_type_updated("SCENE"):
        watch.changed = True


@bpy.app.handlers.persistent  # type: ignore[untyped-decorator]
def on_step(*_: Any) -> None:
    """Undo, redo."""
    watch.changed = True


@bpy.app.handlers.persistent  # type: ignore[untyped-decorator]
def on_load(*_: Any) -> None:
    """Another project: nothing of it is ours to undo."""
    steps.clear()
    watch.changed = True


def tick() -> float:
    """Do what is to be done on the main thread; gives the seconds until the next time."""
    before = link.status
    link.serve()
    watch.look(link)
    if shown.get("status") != link.status:
        shown["status"] = before = link.status
        for window in bpy.context.window_manager.windows:
            for area in window.screen.areas:
                if area.type == "SEQUENCE_EDITOR":
                    area.tag_redraw()
    return 0.05 if before == "Connected" else 0.5


shown: dict[str, str] = {}


# In Blender ----------------------------------------------------------------------------------------------------------


class CUEFINDER_OT_toggle(bpy.types.Operator):  # type: ignore[misc]
    """Connect to Cuefinder's panel, or leave it."""

    bl_idname = "cuefinder.toggle"
    bl_label = "Connect to Cuefinder"

    def execute(self, _: Any) -> set[str]:
        """Switch over."""
        link.stop() if link.on else link.start()
        return {"FINISHED"}


class CUEFINDER_PT_panel(bpy.types.Panel):  # type: ignore[misc]
    """The sequencer's sidebar."""

    bl_idname = "CUEFINDER_PT_panel"
    bl_label = "Cuefinder"
    bl_space_type = "SEQUENCE_EDITOR"
    bl_region_type = "UI"
    bl_category = "Cuefinder"

    def draw(self, _: Any) -> None:
        """Show the state and the switch."""
        self.layout.label(text=link.status, icon="LINKED" if link.connection else "UNLINKED")
        self.layout.operator("cuefinder.toggle", text="Disconnect" if link.on else "Connect")


CLASSES = (CUEFINDER_OT_toggle, CUEFINDER_PT_panel)
HANDLERS = {"depsgraph_update_post": on_update, "undo_post": on_step, "redo_post": on_step, "load_post": on_load}


def register() -> None:
    """Begin: Blender calls this when the add-on is enabled."""
    for kind in CLASSES:
        bpy.utils.register_class(kind)
    for name, handler in HANDLERS.items():
        getattr(bpy.app.handlers, name).append(handler)
    bpy.app.timers.register(tick, persistent=True)
    link.start()


def unregister() -> None:
    """End: Blender calls this when the add-on is disabled."""
    link.stop()
    if bpy.app.timers.is_registered(tick):
        bpy.app.timers.unregister(tick)
    for name, handler in HANDLERS.items():
        getattr(bpy.app.handlers, name).remove(handler)
    for kind in reversed(CLASSES):
        bpy.utils.unregister_class(kind)
