"""The installing process: what it says, how it ends, and what of it is left."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from toy_parts import write_part

from export.hub import __main__ as hub
from plugin.errors import CuefinderError, PackError
from plugin.parts import installing
from plugin.parts.installing import install_command, run_install
from plugin.paths import pack_dir, parts_dir


@pytest.fixture(autouse=True)
def all_there(monkeypatch) -> None:
    monkeypatch.setattr(installing, "NEEDED", ("json",))


def process(*lines: str) -> list[str]:
    return [sys.executable, "-c", "\n".join(("import json, sys, time", *lines))]


def say(**what: str) -> str:
    return f"print({json.dumps(what)!r}, flush=True)"


def test_a_part_is_given_back_and_each_line_is_told(tmp_path) -> None:
    folder, told = write_part(tmp_path / "mine", "tags"), []
    part = run_install(
        process(say(line="fetching"), "print('a library speaks')", "print(3)", say(done=str(folder))), told.append
    )
    assert (part.name, part.role) == ("mine", "tags")
    assert told == ["fetching", "a library speaks", "3"]


def test_what_the_process_says_went_wrong_is_the_error() -> None:
    with pytest.raises(CuefinderError, match=r"^clap: differs from torch; nothing was written$"):
        run_install(process(say(error="clap: differs from torch; nothing was written"), "sys.exit(1)"), print)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("raise ValueError('no such layer')", "status 1: ValueError: no such layer"),
        ("sys.exit(7)", "status 7: it said"),
    ],
)
def test_a_process_that_dies_says_what_it_could(line, why) -> None:
    with pytest.raises(CuefinderError, match=rf"installing ended without a result \({why}.*; nothing was installed"):
        run_install(process(say(line="fetching"), line), lambda line: None)


def test_a_result_that_is_no_part_is_an_error(tmp_path) -> None:
    with pytest.raises(PackError, match="no model pack here"):
        run_install(process(say(done=str(tmp_path))), print)


def test_ctrl_c_reaches_the_process_which_cleans_up_first(tmp_path) -> None:
    half = tmp_path / "half"
    command = process(
        "from pathlib import Path", f"half = Path({str(half)!r})", "half.mkdir()", "try:", "    " + say(line="half"),
        "    time.sleep(600)", "finally:", "    half.rmdir()",
    )  # fmt: skip

    def stop(line: str) -> None:
        assert half.is_dir()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_install(command, stop)
    assert not half.exists()


def test_a_process_that_does_not_listen_is_ended(monkeypatch) -> None:
    monkeypatch.setattr(installing, "PATIENCE", 0.2)
    deaf = process("import signal", "signal.signal(signal.SIGINT, signal.SIG_IGN)", say(line="deaf"), "time.sleep(600)")

    def stop(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_install(deaf, stop)


def test_without_torch_the_way_to_it_is_said(monkeypatch) -> None:
    monkeypatch.setattr(installing, "NEEDED", ("json", "no_such_package"))
    with pytest.raises(PackError, match=r"needs no_such_package: .* pip install 'cuefinder\[train\]'"):
        run_install(["never"], print)


def test_the_command_is_one_that_export_understands() -> None:
    command = install_command("mine", source="someone/clap", offline=True)
    assert command[:3] == [sys.executable, "-m", "export.hub"]
    options = hub._parser().parse_args(command[3:])
    assert (options.command, options.name, options.source, options.offline) == ("install", "mine", "someone/clap", True)
    assert (options.out, options.pack, options.licence_accepted) == (parts_dir(), pack_dir(), True)
    plain = hub._parser().parse_args(install_command("clap")[3:])
    assert (plain.source, plain.offline) == ("", False)


def test_the_real_process_says_in_one_line_what_is_wrong(tmp_path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(CuefinderError) as caught:
        run_install(install_command("mine", source=str(empty)), lambda line: None)
    assert "\n" not in str(caught.value) and "without a result" not in str(caught.value)
    assert not parts_dir().exists() or list(Path(parts_dir()).iterdir()) == []
