"""A host in memory that speaks the protocol from the outside, with nothing of ours but the document to go by."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import shutil
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CAPABILITIES = ["playhead", "selection", "seek", "insert_cue", "fades", "gain", "markers", "annotate",
                "rename_tracks", "colour_tracks", "export_range", "watch", "undo"]  # fmt: skip


class Refusal(Exception):
    def __init__(self, code: int, message: str, data: object = None) -> None:
        super().__init__(message)
        self.answer = {"code": code, "message": message} | ({} if data is None else {"data": data})


def new_project() -> dict[str, Any]:
    return {
        "name": "Edit", "project": "/films/edit.fake", "rate": [24000, 1001], "start": 86400, "drop_frame": False,
        "playhead": 12, "selection": [0, 48],
        "tracks": [
            {"id": "v1", "name": "Video 1", "kind": "video", "clips": [
                {"id": "shot-a", "name": "shot a", "media": "/films/a.mp4", "start": 0, "duration": 48,
                 "source": [24, 24, 1]},
                {"id": "shot-b", "name": "shot b", "media": "/films/b.mp4", "start": 72, "duration": 24}]},
            {"id": "a1", "name": "Talk", "kind": "audio", "colour": "#112233", "clips": [
                {"id": "talk", "name": "täLk", "media": "/films/talk 🎤.wav", "start": 24, "duration": 48,
                 "source": [48000, 48000, 1], "selected": True}]},
        ],
        "markers": [],
    }  # fmt: skip


class ScriptedHost:
    """Connects, says hello, and answers.

    Attributes
    ----------
    answer_with : dict of method to callable
        Takes (request, send) in place of the usual answer, for tests of faults.
    """

    def __init__(self, folder: Path, *, by_folder: bool = False, **hello: Any) -> None:
        self.address = json.loads((folder / "bridge.json").read_text())
        self.hello = {"protocol": 1, "token": self.address["token"], "host": "Scripted", "version": "1.0",
                      "instance": f"{os.getpid()}-{id(self)}", "capabilities": CAPABILITIES} | hello  # fmt: skip
        self.project, self.undone = new_project(), []
        self.answer_with: dict[str, Callable[[dict[str, Any], Callable[[bytes], None]], None]] = {}
        self.asked: list[str] = []
        self.mail = folder / "mail" / self.hello["instance"] if by_folder else None
        self.stopped = threading.Event()
        if self.mail is None:
            self.socket = socket.create_connection(("127.0.0.1", self.address["port"]))
            self.reader = self.socket.makefile("rb")
        else:
            (self.mail / "to-panel").mkdir(parents=True)
            (self.mail / "alive").touch()
        self.number = 0
        self.thread = threading.Thread(target=self.run, daemon=True)
        try:
            self.send_message({"id": 0, "method": "hello", "params": self.hello})
        except OSError:
            self.close()
            raise
        self.welcome = self.receive()
        if self.welcome and "result" in self.welcome:
            self.thread.start()

    def send(self, line: bytes) -> None:
        if self.mail is None:
            self.socket.sendall(line)
            return
        self.number += 1
        place = self.mail / "to-panel" / f"{self.number:08d}.tmp"
        place.write_bytes(line)
        place.rename(place.with_suffix(".json"))

    def send_message(self, message: dict[str, Any]) -> None:
        self.send(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    def receive(self) -> dict[str, Any] | None:
        """The next message; None at the end."""
        if self.mail is None:
            try:
                line = self.reader.readline()
            except (OSError, ValueError):
                return None
            return json.loads(line) if line else None
        deadline = time.monotonic() + 20
        while not self.stopped.is_set() and time.monotonic() < deadline:
            # Looked at before the lines: what it was said after lies there then.
            closed = (self.mail / "to-host/closed").exists() or not self.mail.exists()
            waiting = sorted((self.mail / "to-host").glob("*.json")) if (self.mail / "to-host").is_dir() else []
            if waiting:
                line = waiting[0].read_bytes()
                waiting[0].unlink()
                return json.loads(line)
            if closed:
                return None
            (self.mail / "alive").touch()
            time.sleep(0.01)
        return None

    def run(self) -> None:
        while not self.stopped.is_set() and (message := self.receive()) is not None:
            if "method" not in message:
                continue
            self.asked.append(message["method"])
            try:
                if message["method"] in self.answer_with:
                    self.answer_with[message["method"]](message, self.send)
                    continue
                try:
                    result = getattr(self, "do_" + message["method"])(**message["params"])
                    self.send_message({"id": message["id"], "result": result})
                except Refusal as refusal:
                    self.send_message({"id": message["id"], "error": refusal.answer})
            except OSError:
                return

    def close(self) -> None:
        self.stopped.set()
        if self.mail is None:
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)
            self.socket.close()
            self.reader.close()
        else:
            shutil.rmtree(self.mail, ignore_errors=True)
        if self.thread.ident:
            self.thread.join()

    # What the panel asks for

    def do_ping(self) -> str:
        return "pong"

    def do_timeline(self) -> dict[str, Any]:
        return {**self.project, "revision": self.revision()}

    def revision(self) -> str:
        kept = ("id", "name", "media", "start", "duration", "source")
        return str(hash(json.dumps([[t["id"], t["name"], [[c.get(k) for k in kept] for c in t["clips"]]]
                                    for t in self.project["tracks"]])))  # fmt: skip

    def step(self, name: str) -> None:
        assert name.startswith("Cuefinder: ")
        self.undone.append(copy.deepcopy(self.project))

    def changed(self) -> None:
        self.send_message({"method": "changed"})

    def clips(self) -> list[dict[str, Any]]:
        return [clip for track in self.project["tracks"] for clip in track["clips"]]

    def do_insert_cue(self, **cue: Any) -> dict[str, Any]:
        for track in self.project["tracks"]:
            for clip in track["clips"]:
                if (clip.get("cue") or {}).get("key") == cue["key"]:
                    return {"clip": clip["id"], "timeline_track": track["name"], "start": clip["start"],
                            "duration": clip["duration"], "already": True}  # fmt: skip
        if cue["revision"] is not None and cue["revision"] != self.revision():
            raise Refusal(-32001, "the timeline changed")
        start, end = cue["start"], cue["start"] + cue["duration"]
        audio = [t for t in self.project["tracks"] if t["kind"] == "audio"]
        audio.sort(key=lambda t: cue["timeline_track"] not in (t["id"], t["name"]))
        free = [t for t in audio if all(c["start"] + c["duration"] <= start or c["start"] >= end for c in t["clips"])]
        self.step(cue["step"])
        if not free:
            number = len(audio) + 1
            free = [{"id": f"a{number}", "name": f"Audio {number}", "kind": "audio", "clips": []}]
            self.project["tracks"] += free
            created = True
        else:
            created = False
        clip = {"id": f"cue-{cue['key']}", "name": cue["name"], "media": cue["path"], "start": start,
                "duration": cue["duration"], "source": cue["source"], "cue": {"key": cue["key"]}}  # fmt: skip
        free[0]["clips"].append(clip)
        self.changed()
        return {"clip": clip["id"], "timeline_track": free[0]["name"], "start": start, "duration": cue["duration"],
                "created": created}  # fmt: skip

    def do_add_markers(self, markers: list[dict[str, Any]], step: str) -> dict[str, Any]:
        self.step(step)
        self.project["markers"] += markers
        return {}

    def do_annotate(self, clip: str, caption: str, step: str) -> dict[str, Any]:
        found = [c for c in self.clips() if c["id"] == clip]
        if not found:
            raise Refusal(-32000, f"there is no clip {clip} any more")
        self.step(step)
        found[0]["caption"] = caption
        return {}

    def do_edit_tracks(self, edits: list[dict[str, Any]], step: str) -> dict[str, Any]:
        self.step(step)
        for edit in edits:
            track = next(t for t in self.project["tracks"] if t["id"] == edit["id"])
            track |= {key: edit[key] for key in ("name", "colour") if edit[key] is not None}
        return {}

    def do_export_range(self, start: int, duration: int, path: str, timeline_track: str | None) -> dict[str, Any]:
        from conformance import tone, write_wav

        write_wav(Path(path), tone(duration * 1001 / 24000))
        return {}

    def do_seek(self, to: int) -> dict[str, Any]:
        self.project["playhead"] = to
        return {}

    def do_undo(self) -> dict[str, Any]:
        if not self.undone:
            raise Refusal(-32003, "nothing of ours")
        self.project = self.undone.pop()
        return {}
