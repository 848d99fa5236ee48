"""``cuefinder library check``, ``repair``, ``backup``, ``restore`` and ``relink``, as a user would."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from plugin.paths import library_path


def spoil() -> None:
    """Damage the last three quarters of the user's library, page by page."""
    path = library_path()
    data = bytearray(path.read_bytes())
    for page in range(len(data) // 4096 // 4, len(data) // 4096):
        data[page * 4096 : page * 4096 + 64] = b"\xaa" * 64
    path.write_bytes(data)


def test_a_sound_library_is_said_to_be_sound(cuefinder, indexed) -> None:
    answer = cuefinder("library", "check")
    assert answer.status == 0
    assert answer.out.endswith("library.db is sound\n")
    assert cuefinder("library", "check", "--json").json == {
        "library": str(library_path()), "sound": True, "problems": []
    }  # fmt: skip
    assert "nothing to repair" in cuefinder("library", "repair").out


def test_damage_is_shown_repaired_and_heard_again(cuefinder, indexed) -> None:
    cuefinder("library", "mark", "low", "--rating", "4")
    spoil()
    answer = cuefinder("library", "check")
    assert answer.status == 1
    assert "problem: " in answer.out
    assert "is damaged: 'cuefinder library repair' keeps what can be read" in answer.out
    report = cuefinder("library", "repair", "--json").json
    assert report["kept"] + len(report["again"]) == 3
    assert Path(report["damaged"]).exists()
    assert cuefinder("library", "check").status == 0
    assert cuefinder("index", indexed, "--json").json["indexed"] == len(report["again"])
    assert cuefinder("library", "stats", "--json").json["tracks"]["indexed"] == 3
    spoil()
    words = cuefinder("library", "repair").out
    assert "must be heard again by 'cuefinder index'; their ids and marks are kept:" in words
    assert "the damaged library is kept as " in words


def test_backups_are_made_listed_and_restored(cuefinder, indexed, tmp_path) -> None:
    assert "there are no backups yet" in cuefinder("library", "restore").out
    made = Path(cuefinder("library", "backup", "--json").json["backup"])
    assert cuefinder("library", "restore").out == f"{made.name}\n"
    cuefinder("library", "mark", "low", "--rating", "4")
    answer = cuefinder("library", "restore", made.name)
    assert f"is as it was at {made.name}" in answer.out
    assert "what it was until now is kept as " in answer.out
    assert cuefinder("show", "low", "--json").json["rating"] == 0
    kept = [name for name in cuefinder("library", "restore", "--json").json["backups"] if name != str(made)]
    copy = tmp_path / "copy.db"
    assert cuefinder("library", "backup", "--output", copy).out == f"backed up to {copy}\n"
    assert "is there already" in cuefinder("library", "backup", "--output", copy).error
    if kept:  # both were made in one second otherwise
        cuefinder("library", "restore", Path(kept[0]).name)
        assert cuefinder("show", "low", "--json").json["rating"] == 4
    cuefinder("library", "restore", copy)
    assert cuefinder("show", "low", "--json").json["rating"] == 0


@pytest.mark.parametrize("action", [["check"], ["repair"], ["backup"], ["relink", "a", "b"]])
def test_without_a_library_all_say_how_to_make_one(cuefinder, action) -> None:
    answer = cuefinder("library", *action)
    assert answer.status == 2
    assert "there is no library at" in answer.error
    assert not library_path().exists()


def test_a_backup_that_is_not_there_is_bad_input(cuefinder, indexed) -> None:
    answer = cuefinder("library", "restore", "nothing.bak")
    assert answer.status == 2
    assert "there is no such backup: 'cuefinder library restore' lists them" in answer.error


def test_relink_says_what_it_would_do_and_does_it_when_told(cuefinder, indexed) -> None:
    new = Path(shutil.move(indexed, indexed.with_name("drive")))
    planned = cuefinder("library", "relink", indexed, new)
    assert planned.status == 0
    assert "3 files are there; the content of 3 was compared" in planned.out
    assert planned.out.endswith("nothing was changed\ndo it with --apply\n")
    assert cuefinder("show", "low", "--json").json["path"] == str(indexed / "low.wav")
    (new / "mid.wav").unlink()
    done = cuefinder("library", "relink", indexed, new, "--apply", "--every")
    assert done.status == 2
    assert f"stays: {indexed / 'mid.wav'}: there is no {new / 'mid.wav'}\ntheir tracks have the new paths\n" in done.out
    assert done.error == "1 files do not match"
    assert cuefinder("show", "low", "--json").json["path"] == str(new / "low.wav")
    assert cuefinder("library", "relink", indexed, new, "--json").json["problems"][0]["path"].endswith("mid.wav")
