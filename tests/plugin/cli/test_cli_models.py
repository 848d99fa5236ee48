"""``cuefinder models``, as a user types it; models are real, but those of parts are small."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import InlinePool, tone, write_video, write_wav
from toy_parts import write_part

from plugin.cli.main import main
from plugin.library.indexing import IndexRun
from plugin.library.watch import Watcher
from plugin.pack import Pack
from plugin.parts import installed as installed_parts
from plugin.parts import installing, switching
from plugin.parts.choice import choice, choice_path, choose
from plugin.paths import library_path, pack_dir, parts_dir

CORE = Pack(pack_dir()).space
JOINT = f"toy-joint-1+{CORE}"
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def material(tmp_path_factory) -> Path:
    """A folder with music, and the library that the core made of it."""
    folder = tmp_path_factory.mktemp("material")
    for name, frequency, power in (
        ("low", 110, 0),
        ("high", 1760, 3),
    ):  # of different envelopes, which is what parts hear
        sound = tone(frequency, 3)
        write_wav(folder / "music" / f"{name}.wav", sound * np.linspace(0.1, 1, len(sound)) ** power)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUEFINDER_HOME", str(folder / "home"))
        patch.setattr("plugin.library.indexing.DecodePool", InlinePool)
        assert main(["index", str(folder / "music"), "--device", "cpu", "--progress", "none"]) == 0
    return folder


@pytest.fixture
def library(material) -> Path:
    shutil.copy(material / "home" / "library.db", library_path())
    return library_path()


@pytest.fixture
def cuefinder(capsys, monkeypatch, inline_decoding) -> Command:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)  # main sets it: put it back afterwards

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main([*map(str, arguments), "--device", "cpu"])
        return status, *capsys.readouterr()

    return run


def answer(cuefinder: Command, *arguments: object) -> Any:
    status, out, err = cuefinder(*arguments, "--json")
    assert status == 0, err
    return json.loads(out)


def error(cuefinder: Command, *arguments: object) -> str:
    """The one line that a command is refused with."""
    status, out, err = cuefinder(*arguments)
    assert status in (1, 2) and out == ""
    assert err.startswith("cuefinder: error: ") and err.count("\n") == 1, err
    return err.removeprefix("cuefinder: error: ").strip()


def install(name: str, role: str, **changes: object) -> Path:
    return write_part(parts_dir() / name, role, **changes)


def spaces(cuefinder: Command) -> dict[str, int]:
    return answer(cuefinder, "library", "stats")["spaces"]


def test_list_shows_what_is_in_use_installed_damaged_and_to_be_had(cuefinder) -> None:
    install("clap", "joint")
    install("mine", "tags")
    (install("minilm", "text") / "text.onnx").unlink()
    choose("joint", "clap")
    found = answer(cuefinder, "models", "list")
    states = {row["name"]: (row["role"], row["state"]) for row in found["models"]}
    assert states == {
        "core": ("all", "in use"), "clap": ("joint", "in use"), "mine": ("tags", "installed"),
        "minilm": ("text", "damaged"), "clap-music": ("joint", ""), "clip": ("video", ""), "musicnn": ("tags", ""),
        "alcap": ("captions", ""), "synaesthesia": ("captions", ""), "titles": ("titles", ""),
    }  # fmt: skip
    (problem,) = found["problems"]
    assert "text.onnx: No such file" in problem
    by_name = {row["name"]: row for row in found["models"]}
    assert by_name["clap"]["path"] == str(parts_dir() / "clap") and by_name["clap"]["licence"] == "CC0-1.0"
    assert by_name["clap-music"]["source"] == "laion/larger_clap_music" and by_name["clap-music"]["size"] > 1e8
    status, text, _ = cuefinder("models", "list")
    assert status == 0 and "problem: " in text
    assert [line.split()[:4] for line in text.splitlines() if line.startswith("clap ")] == [
        ["clap", "joint", "in", "use"]
    ]
    assert max(map(len, text.split("problem:")[0].splitlines())) <= 100


def test_a_damaged_choice_is_told_by_list_doctor_and_whatever_listens(cuefinder, material) -> None:
    choice_path().write_text("{")
    line = "models.json: damaged, so the core pack is used; choose again with 'cuefinder models use NAME'"
    assert line in " ".join(answer(cuefinder, "models", "list")["problems"])
    status, out, err = cuefinder("caption", material / "music" / "low.wav")
    assert status == 0 and "sounds: " in out and err.startswith("cuefinder: note: ") and line in err
    status, out, _ = cuefinder("doctor")
    assert status == 1 and line in " ".join(out.split())


def test_doctor_names_parts_and_their_damage_once(cuefinder) -> None:
    graph = install("film", "video") / "video.onnx"
    choose("video", "film")
    report = answer(cuefinder, "doctor")
    assert (report["problems"], report["pack"]["parts"], report["pack"]["space"]) == ([], {"video": "film"}, CORE)
    assert report["graphs"]["video.video"] == "CPU: asked for"
    graph.write_bytes(bytes(graph.stat().st_size))
    status, out, _ = cuefinder("doctor", "--json")
    (problem,) = json.loads(out)["problems"]
    assert status == 1 and "video.onnx: wrong checksum" in problem


def test_path_says_where(cuefinder) -> None:
    folder = install("clap", "joint")
    assert cuefinder("models", "path")[1].strip() == str(parts_dir())
    assert cuefinder("models", "path", "clap")[1].strip() == str(folder)
    assert answer(cuefinder, "models", "path", "clap") == {"path": str(folder)}
    assert "clop: no such model is installed" in error(cuefinder, "models", "path", "clop")


def test_install_from_a_folder_asks_for_the_licence_first(cuefinder, tmp_path, monkeypatch) -> None:
    source = write_part(tmp_path / "pack", "titles")
    install_it = ("models", "install", "titles", "--from", source)
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    status, _, err = cuefinder(*install_it)
    assert status == 2 and "its licence must be accepted" in err and "nobody can be asked here" in err
    assert "CC0-1.0" in err and not parts_dir().exists()
    for reply, wanted in (("\n", 2), ("n\n", 2), ("yes\n", 0)):
        terminal = io.StringIO(reply)
        terminal.isatty = lambda: True
        monkeypatch.setattr(sys, "stdin", terminal)
        status, out, err = cuefinder(*install_it)
        assert status == wanted and "Install it under this licence? [y/N]" in err
        assert ("installed for titles" in out) == (wanted == 0) == parts_dir().exists()


def test_install_as_json(cuefinder, tmp_path) -> None:
    source = write_part(tmp_path / "pack", "tags")
    found = answer(cuefinder, "models", "install", "mine", "--from", source, "--accept-licence")
    folder = parts_dir() / "mine"
    size = sum(file.stat().st_size for file in folder.iterdir()) - (folder / "manifest.json").stat().st_size
    assert found == {"installed": "mine", "role": "tags", "path": str(folder), "bytes": size}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("nowhere",), "nowhere: not in the catalogue ('cuefinder models list'); say where it is with --from"),
        (("titles",), "titles: is not fetched from anywhere; train it with 'cuefinder-train titles'"),
        (("core", "--from", "x"), "'core': no name for a model"),
    ],
)
def test_what_cannot_be_installed_is_said(cuefinder, arguments, line) -> None:
    assert error(cuefinder, "models", "install", *arguments, "--accept-licence").startswith(line)


@pytest.fixture
def process(monkeypatch) -> Callable[[str], list[Any]]:
    """What installs checkpoints, replaced by a script; gives the list of what it was asked for."""

    def replace(script: str) -> list[Any]:
        asked: list[Any] = []

        def command(name: str, **options: Any) -> list[str]:
            asked.append((name, options))
            return [sys.executable, "-c", script]

        monkeypatch.setattr(installing, "install_command", command)
        monkeypatch.setattr(installing, "NEEDED", ())
        return asked

    return replace


def test_install_from_the_hub_shows_how_it_goes(cuefinder, process) -> None:
    folder = install("clap", "joint")
    asked = process(f'print(\'{{"line": "fetching 617 MB"}}\'); print(\'{{"done": "{folder}"}}\')')
    status, out, err = cuefinder("models", "install", "clap", "--accept-licence", "--offline")
    assert status == 0 and out.startswith("clap: installed for joint") and "'cuefinder models use clap'" in out
    assert (
        "laion/clap-htsat-unfused" in err and "617 MB" in err and "Apache-2.0" in err and "  fetching 617 MB\n" in err
    )
    assert asked == [("clap", {"source": "", "offline": True})]


def test_a_checkpoint_of_one_s_own_is_named_by_its_whole_path(cuefinder, process, tmp_path, monkeypatch) -> None:
    (tmp_path / "own.pt").touch()
    monkeypatch.chdir(tmp_path)
    asked = process(f'print(\'{{"done": "{install("musicnn", "tags")}"}}\')')
    cuefinder("models", "install", "musicnn", "--from", "own.pt", "--accept-licence")
    cuefinder("models", "install", "other", "--from", "someone/clap", "--accept-licence")
    assert [options["source"] for _, options in asked] == [str(tmp_path / "own.pt"), "someone/clap"]


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ('print(\'{"error": "clap: no network"}\'); raise SystemExit(1)', "clap: no network"),
        ("raise MemoryError('too big')", "installing ended without a result (status 1: MemoryError: too big)"),
    ],
)
def test_an_installation_that_fails_is_one_line_and_leaves_nothing(cuefinder, process, script, line) -> None:
    process(script)
    status, out, err = cuefinder("models", "install", "clap", "--accept-licence")
    assert status == 1 and out == ""
    assert err.splitlines()[-1].startswith(f"cuefinder: error: {line}")
    assert not parts_dir().exists()


def test_ctrl_c_ends_an_installation(cuefinder, process, monkeypatch) -> None:
    process('import time; print(\'{"line": "fetching"}\', flush=True); time.sleep(600)')

    def stop(line: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("plugin.cli.support.installing._tell", stop)
    status, _, err = cuefinder("models", "install", "clap", "--accept-licence")
    assert status == 130 and err.endswith("cuefinder: interrupted\n")


def test_a_full_disk_is_one_line(cuefinder, tmp_path, monkeypatch) -> None:
    def full(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr(installed_parts, "_copy", full)
    status, _, err = cuefinder("models", "install", "mine", "--from", write_part(tmp_path / "pack", "tags"),
                               "--accept-licence")  # fmt: skip
    assert status == 1 and err.splitlines()[-1].endswith("No space left on device")
    assert list(parts_dir().iterdir()) == []


def test_titles_are_in_use_at_once_and_shown_with_captions(cuefinder, material, library) -> None:
    install("titles", "titles")
    song = material / "music" / "low.wav"
    assert "title:" not in cuefinder("caption", song)[1]
    status, out, err = cuefinder("models", "use", "titles")
    assert (status, out, err) == (0, "titles: in use for titles\n", "")
    assert "  title:  loud song\n" in cuefinder("caption", song)[1]
    found = answer(cuefinder, "caption", song)
    assert found["title"] == "loud song" and found["caption"]
    assert spaces(cuefinder) == {CORE: 2}
    assert cuefinder("models", "use", "core", "--role", "titles")[1] == "core: in use for titles\n"
    assert answer(cuefinder, "caption", song)["title"] is None


def test_a_part_for_music_is_in_use_when_all_is_heard_again(cuefinder, material, library) -> None:
    install("clap", "joint")
    status, out, err = cuefinder("models", "use", "clap", "--progress", "none")
    assert (status, out) == (0, "clap: in use for joint\n")
    assert err == "cuefinder: note: 2 tracks must be heard again with clap; until all are, everything stays as it is\n"
    assert choice() == {"joint": "clap"} and spaces(cuefinder) == {JOINT: 2}
    found = answer(cuefinder, "suggest", "--text", "bright music")
    assert len(found["results"]) == 2
    clip = write_video(material / "clip.mkv", [0.4])
    assert len(answer(cuefinder, "suggest", "--video", clip)["results"]) == 2
    assert answer(cuefinder, "index", material / "music")["unchanged"] == 2
    back = answer(cuefinder, "models", "use", "core", "--role", "joint", "--progress", "none")
    assert back == {"role": "joint", "name": "core", "space": CORE, "tracks_to_hear_again": 0}
    assert choice() == {} and spaces(cuefinder) == {CORE: 2}


def test_ctrl_c_changes_nothing_and_the_same_command_goes_on(cuefinder, library, monkeypatch) -> None:
    install("nn", "tags")
    say = IndexRun._say

    def interrupt(self, progress, filing) -> None:
        say(self, progress, filing)
        if progress.files_done:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(IndexRun, "_say", interrupt)
        status, out, err = cuefinder("models", "use", "nn", "--progress", "none")
    assert (status, out) == (130, "") and "interrupted: what was heard is kept; run the same command again" in err
    assert choice() == {} and spaces(cuefinder) == {CORE: 2}
    assert len(answer(cuefinder, "suggest", "--text", "calm")["results"]) == 2
    heard = answer(cuefinder, "library", "stats")["rehearing"]["heard"]
    assert heard >= 1
    read: list[Path] = []
    real = InlinePool.decode
    monkeypatch.setattr(InlinePool, "decode", lambda self, paths: real(self, [read.append(p) or p for p in paths]))
    assert cuefinder("models", "use", "nn", "--progress", "none")[1] == "nn: in use for tags\n"
    assert len(read) == 2 - heard
    assert spaces(cuefinder) == {f"{CORE}+toy-tags-1": 2}


def test_now_switches_at_once_and_strangers_are_never_compared(cuefinder, material, library) -> None:
    install("clap", "joint")
    status, out, err = cuefinder("models", "use", "clap", "--now")
    assert (status, err) == (0, "")
    assert out == "clap: in use for joint; 2 tracks are not found until 'cuefinder index' has heard them again\n"
    assert spaces(cuefinder) == {CORE: 2}
    line = error(cuefinder, "suggest", "--text", "low")
    assert line.startswith("all 2 tracks were indexed with another model pack")
    high = material / "music" / "high.wav"
    assert answer(cuefinder, "index", high)["indexed"] == 1
    status, out, err = cuefinder("suggest", "--text", "low", "--json")
    assert [Path(result["track"]["path"]).name for result in json.loads(out)["results"]] == ["high.wav"]
    assert "1 tracks were indexed with another model pack and are not compared" in err
    found = answer(cuefinder, "suggest", "--like", material / "music" / "low.wav")
    assert [Path(result["track"]["path"]).name for result in found["results"]] == ["high.wav"]


def test_what_could_not_be_heard_again_is_counted_and_named(cuefinder, material, library, tmp_path) -> None:
    install("clap", "joint")
    song = material / "music" / "low.wav"
    kept = song.read_bytes()
    song.write_text("These are only words.")
    try:
        status, out, err = cuefinder("models", "use", "clap", "--progress", "none")
    finally:
        song.write_bytes(kept)
    assert status == 0 and out.startswith("clap: in use for joint; 1 tracks are not found until")
    assert f"failed: {song}: " in err
    assert spaces(cuefinder) == {CORE: 1, JOINT: 1}


def test_words_for_another_space_go_out_of_use_with_a_note(cuefinder) -> None:
    install("mini", "text")
    install("clap", "joint")
    cuefinder("models", "use", "mini")
    status, _, err = cuefinder("models", "use", "clap")
    assert status == 0 and err == "cuefinder: note: mini reads words for another space and goes out of use\n"
    assert choice() == {"joint": "clap"}


def test_what_cannot_be_used_is_refused_in_one_line(cuefinder) -> None:
    graph = install("clap", "joint") / "music.onnx"
    assert "core: say with --role which work" in error(cuefinder, "models", "use", "core")
    assert "role 'smell': unknown" in error(cuefinder, "models", "use", "core", "--role", "smell")
    assert "gone: no such model is installed" in error(cuefinder, "models", "use", "gone")
    assert "clap: a part for joint, not for tags" in error(cuefinder, "models", "use", "clap", "--role", "tags")
    assert "--workers 0: at least one" in error(cuefinder, "models", "use", "clap", "--workers", "0")
    graph.write_bytes(bytes(graph.stat().st_size))
    assert "music.onnx: wrong checksum" in error(cuefinder, "models", "use", "clap")
    assert choice() == {}


def test_remove_refuses_what_is_in_use_and_force_tells_of_strangers(cuefinder, library) -> None:
    install("clap", "joint")
    cuefinder("models", "use", "clap", "--progress", "none")
    assert error(cuefinder, "models", "remove", "clap").startswith("clap: in use for joint; choose another first")
    status, out, err = cuefinder("models", "remove", "clap", "--force")
    assert (status, out) == (0, "clap: removed; the core pack is used for joint\n")
    assert "2 tracks were heard with other models" in err and "'cuefinder library rehear'" in err
    assert not (parts_dir() / "clap").exists() and choice() == {}
    assert "clap: no such model is installed" in error(cuefinder, "models", "remove", "clap")
    install("mine", "titles")
    assert answer(cuefinder, "models", "remove", "mine") == {"removed": "mine", "core_for": []}


def test_another_version_of_what_is_in_use_tells_of_strangers(cuefinder, library, tmp_path) -> None:
    install("clap", "joint")
    cuefinder("models", "use", "clap", "--progress", "none")
    again = ("models", "install", "clap", "--accept-licence", "--from")
    assert "heard with other models" not in cuefinder(*again, write_part(tmp_path / "same", "joint"))[2]
    other = write_part(tmp_path / "other", "joint", space="toy-joint-2")
    assert "2 tracks were heard with other models" in cuefinder(*again, other)[2]


def test_a_part_that_went_away_is_told_and_the_core_goes_on(cuefinder, library) -> None:
    install("film", "video")
    cuefinder("models", "use", "film")
    shutil.rmtree(parts_dir() / "film")
    status, out, err = cuefinder("suggest", "--text", "calm", "--json")
    assert status == 0 and len(json.loads(out)["results"]) == 2
    assert err.startswith("cuefinder: note: film: no such model is installed") and err.count("\n") == 1
    assert "the core pack is used for video" in err


def test_watching_ends_when_other_models_come_into_use(cuefinder, material, library, monkeypatch) -> None:
    install("clap", "joint")
    written: list[object] = []

    def watch(self, stop) -> None:
        self._write(written.append)
        cuefinder("models", "use", "clap", "--now")
        self._write(written.append)

    monkeypatch.setattr(Watcher, "run", watch)
    line = error(cuefinder, "watch", material / "music")
    assert line == "other models were put into use: begin to watch anew, with those" and len(written) == 1


def test_listing_and_opening_models_loads_no_onnx_runtime() -> None:
    install("clap", "joint")
    install("mine", "titles")
    choose("joint", "clap")
    choose("titles", "mine")
    script = """
import sys
from plugin.cli.main import build_parser, main
build_parser().format_help()
assert main(["models", "list"]) == 0
from plugin.runtime.engine import Engine
assert set(Engine().parts) == {"joint", "titles"}
print([name for name in ("onnxruntime", "torch", "tokenizers", "sqlalchemy") if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True)
    assert done.stderr.strip() == "[]"


def test_the_planner_is_the_real_one() -> None:
    """Other tests replace the engine; this module must have come first."""
    assert switching.Engine.__name__ == "Engine"
