"""Runs inside of Blender, or of a Python with bpy: enables the installed add-on and does what the tests say on stdin.

Each line is JSON with Python `code`; the answer is a line of JSON with what the code left in `result`, or its `error`.
Blender as a module has no main loop, so there the driver calls the add-on's `tick` as Blender's timer does.
"""

import json
import os
import queue
import sys
import threading
import time
import traceback

import bpy  # isort: skip  # as a module it is what makes the next one known
import addon_utils  # isort: skip

answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)  # what Blender prints must not come between the answers

addon = addon_utils.enable("cuefinder_blender")
assert addon is not None, "the add-on cannot be enabled"
addon.LOOK = 0.1


def strips(editor=None):
    return addon.strips_of(editor or addon.edited_scene().sequence_editor)


def strip(name):
    return next(strip for strip in addon.all_strips(addon.edited_scene()) if strip.name == name)


def lay_sound(name, path, channel, frame):
    """A sound strip, or a movie strip in its place where Blender was built without sound."""
    make = strips().new_sound if bpy.app.build_options.audaspace else strips().new_movie
    return make(name, path, channel, frame)


def push(name="user's"):
    """What Blender does after each action of its user."""
    with addon.undo_context():
        if bpy.app.background and not bpy.ops.ed.undo.poll():
            bpy.ops.ed.undo_push(message="Original")
        bpy.ops.ed.undo_push(message=name)


def fresh(fps, base, first, last=5000):
    """An empty project."""
    bpy.ops.wm.read_homefile(use_empty=True)
    scene = addon.edited_scene()
    scene.render.fps, scene.render.fps_base = fps, base
    scene.frame_start, scene.frame_end, scene.frame_current = first, last, first
    return scene.sequence_editor_create()


def counts():
    scene = addon.edited_scene()
    animation = scene.animation_data
    curves = addon.curves_of(animation.action) if animation else []
    return {
        "strips": len(addon.all_strips(scene)),
        "sounds": len(bpy.data.sounds),
        "actions": len(bpy.data.actions),
        "curves": sum(map(len, curves)),
        "animation": animation is not None,
        "mark": scene.get(addon.STEP),
    }


namespace = {"bpy": bpy, "addon": addon}
namespace |= {helper.__name__: helper for helper in (strips, strip, lay_sound, push, fresh, counts)}
wanted = queue.SimpleQueue()


def listen():
    for line in sys.stdin:
        wanted.put(line)
    wanted.put(None)


def step():
    """Do one thing that the tests want; false at the end."""
    try:
        line = wanted.get_nowait()
    except queue.Empty:
        return True
    if line is None:
        return False
    namespace["result"] = None
    try:
        exec(json.loads(line)["code"], namespace)
        answer = json.dumps({"result": namespace["result"]})
    except Exception:  # noqa: BLE001 - the test shows it
        answer = json.dumps({"error": traceback.format_exc()})
    answers.write(answer + "\n")
    answers.flush()
    return True


def in_window():
    if step():
        return 0.01
    addon_utils.disable("cuefinder_blender")
    answers.close()
    os._exit(0)


threading.Thread(target=listen, daemon=True).start()
answers.write(json.dumps({"result": bpy.app.version_string}) + "\n")
answers.flush()
if bpy.app.background:
    while step():
        addon.tick()
        time.sleep(0.002)
    addon_utils.disable("cuefinder_blender")
    answers.close()
    os._exit(0)
bpy.app.timers.register(in_window, persistent=True)
