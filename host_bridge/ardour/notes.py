"""What we keep beside a session, in ``cuefinder.json`` of its folder: which regions are cues of ours, and captions.

Ardour's file has no room for it that a running Ardour would leave alone. Regions keep their ids when a session is
saved, so an entry whose region is gone means nothing, and does no harm.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from host_bridge.errors import TimelineError

NAME = "cuefinder.json"


@dataclass
class Notes:
    """Entries by region id, or by key.

    Attributes
    ----------
    cues : dict of str to dict
        By key: `region`, `artist`, `title`, `gain`, `fades`; `region` is None from the request until the answer, with
        `pending`: the regions that were there before.
    captions : dict of str to str
        By region id.
    """

    path: Path
    cues: dict[str, dict[str, Any]] = field(default_factory=dict)
    captions: dict[str, str] = field(default_factory=dict)

    def cue(self, region: str) -> dict[str, Any] | None:
        """What is known of a region that is a cue of ours."""
        for key, entry in self.cues.items():
            if entry.get("region") == region:
                return {"key": key, **{k: v for k, v in entry.items() if k not in ("region", "pending")}}
        return None

    def save(self) -> None:
        """Write the file anew.

        Raises
        ------
        TimelineError
        """
        text = json.dumps({"cues": self.cues, "captions": self.captions}, ensure_ascii=False, indent=1)
        write_file(self.path, text)


def read_notes(folder: Path) -> Notes:
    """Read the notes of a session's folder; empty where there are none.

    Raises
    ------
    TimelineError
        The file is damaged.
    """
    path = folder / NAME
    try:
        found = json.loads(path.read_text("utf-8"))
        cues = {str(k): dict(v) for k, v in found["cues"].items()}
        return Notes(path, cues, {str(k): str(v) for k, v in found["captions"].items()})
    except FileNotFoundError:
        return Notes(path)
    except OSError as error:
        raise TimelineError(path, f"it cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise TimelineError(path, "it is damaged; move it away, then cues and captions are forgotten") from error


def write_file(path: Path, text: str) -> None:
    """Write a file of ours as temporary + fsync + replace.

    Raises
    ------
    TimelineError
    """
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError as error:
        raise TimelineError(path, f"it cannot be written: {error.strerror or error}") from error
