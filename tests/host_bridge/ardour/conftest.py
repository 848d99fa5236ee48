"""A real session, made by Ardour's Lua, and real programs: hardour with jackd, Ardour's window in a virtual display."""

from __future__ import annotations

import base64
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path

import pytest

from host_bridge.ardour.link import ArdourLink
from host_bridge.ardour.luarun import ACTION
from host_bridge.ardour.transport import Transport
from host_bridge.errors import HostError, HostTimeoutError
from tests.host_bridge.conformance import RATE, tone, write_wav

NAME = "Söng & one"
CLIPS = [
    ("riff", Fraction(1, 2), Fraction(2)),
    ("riff late", Fraction(2), Fraction(1)),
    ("hum", Fraction(5), Fraction(3)),
]
"""Name, start, duration in seconds; the first two overlap on one timeline track."""
LIBRARIES = Path("/usr/lib/ardour7")
STARTS = 4
MAKE = """
AudioEngine:set_backend ("None (Dummy)", "Cuefinder", "")
local session = assert (create_session (arg[1], arg[2], 48000))
for _, name in ipairs ({ "Guitar", "Bass" }) do
	for track in session:new_audio_track (1, 2, nil, 1, name, ARDOUR.PresentationInfo.max_order,
			ARDOUR.TrackMode.Normal, true):iter () do
		while not track:output ():nth (0):connected () do ARDOUR.LuaAPI.usleep (10000) end
		if name == "Guitar" then track:presentation_info_ptr ():set_color (0x993366ff) end
	end
end
session:save_state ("", false, false, false, false, false)
close_session ()
quit ()
"""
CONFIG = """<?xml version="1.0" encoding="UTF-8"?>
<Ardour>
  <Config>
    <Option name="osc-port" value="{port}"/>
    <Option name="try-autostart-engine" value="1"/>
    <Option name="hide-dummy-backend" value="0"/>
  </Config>
  <Extra><AudioMIDISetup><EngineStates>
    <State backend="None (Dummy)" driver="Normal Speed" device="Silence" input-device="" output-device=""
      sample-rate="48000" buffer-size="1024" n-periods="0" input-latency="0" output-latency="0" active="1"
      use-buffered-io="0" midi-option="1 in, 1 out, Silence" lru="1"><MIDIDevices/></State>
  </EngineStates></AudioMIDISetup></Extra>
</Ardour>
"""
SECOND = 282_240_000


def need(program: str, package: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"needs {program} of the package {package}")
    return found


def ticks(seconds: Fraction | int) -> str:
    return f"a{int(Fraction(seconds) * SECOND)}"


def with_regions(text: str, folder: Path) -> str:
    """The session file with the clips of `CLIPS`, one of a file inside of the session and one outside."""
    inside = folder / "interchange" / folder.name / "audiofiles" / "riff.wav"
    outside = folder.parent / "hum höuse.wav"
    write_wav(inside, tone(4, 220.0))
    write_wav(outside, tone(6, 330.0))
    lists = re.findall(r'<Playlist id="(\d+)" name="(?:Guitar|Bass)"[^>]*/>', text)
    assert len(lists) == 2

    def region(id: int, name: str, source: int, start: int, length: Fraction, at: Fraction | int, whole: bool) -> str:
        return (f'<Region name="{name}" whole-file="{int(whole)}" external="1" automatic="0" start="{ticks(start)}" '
                f'length="{ticks(length)}@{ticks(at)}" sync-position="a0" ancestral-start="a0" '
                f'ancestral-length="a0@a0" id="{id}" type="audio" source-0="{source}" master-source-0="{source}" '
                f'channels="1" opaque="1" fade-in-active="1" fade-out-active="1" scale-amplitude="1"/>')  # fmt: skip

    sources = "".join(
        f'<Source name="{name}" type="audio" flags="" id="{id}" channel="0" origin="{origin}" gain="1"/>'
        for id, name, origin in ((9001, "riff.wav", ""), (9002, outside, outside))
    )
    whole = region(9003, "riff", 9001, 0, Fraction(4), 0, True) + region(9004, "hum", 9002, 0, Fraction(6), 0, True)
    inner = (region(9005, *_clip(0, 9001, 0)) + region(9006, *_clip(1, 9001, 1)), region(9007, *_clip(2, 9002, 2)))
    for id, regions in zip(lists, inner, strict=True):
        text = re.sub(rf'(<Playlist id="{id}"[^>]*)/>', lambda m, r=regions: f"{m[1]}>{r}</Playlist>", text, count=1)
    text = text.replace("<Sources/>", f"<Sources>{sources}</Sources>").replace(
        "<Regions/>", f"<Regions>{whole}</Regions>"
    )
    mark = "".join(
        f'<Location id="{id}" name="{name}" start="{ticks(start)}" end="{ticks(end)}" flags="{flags}" locked="0"/>'
        for id, name, start, end, flags in ((9008, "vërse", 1, 1, "IsMark"), (9009, "söng", 1, 2, "IsRangeMarker"),
                                            (9010, "session", 0, 8, "IsSessionRange"))
    )  # fmt: skip
    text = text.replace("<Locations/>", f"<Locations>{mark}</Locations>")
    text = re.sub(r'(<Protocol name="Open Sound Control \(OSC\)"[^>]*)active="0"', r'\1active="1"', text)
    return re.sub(r'id-counter="\d+"', 'id-counter="9020"', text, count=1)


def _clip(index: int, source: int, start: int) -> tuple[str, int, int, Fraction, Fraction, bool]:
    name, at, length = CLIPS[index]
    return name, source, start, length, at, False


def settings(folder: Path, port: int) -> dict[str, str]:
    """An environment whose Ardour is at home in a folder, and tells nothing to the user's own."""
    config = folder / "config" / "ardour7"
    config.mkdir(parents=True)
    (config / ".a7").touch()  # "has been here before": no welcome
    (config / "config").write_text(CONFIG.format(port=port))
    places = {"HOME": folder, "XDG_CONFIG_HOME": config.parent, "XDG_CACHE_HOME": folder / "cache"}
    return {**os.environ, **{key: str(value) for key, value in places.items()}}


def add_to_slot(config: Path, number: int = 3) -> None:
    """Put our action into a slot, as Ardour itself writes it down."""

    def quoted(text: str) -> str:
        plain = "".join(
            c if 32 <= ord(c) < 127 and c not in '"\\' else "".join(f"\\{b:03d}" for b in c.encode()) for c in text
        )
        return f'"{plain}"'

    script = ACTION.read_text("utf-8")
    chunk = f"function ardour () end\n{script}\nreturn factory (...)"
    parts = {"n": quoted("Cuefinder"), "s": quoted(script), "f": quoted(chunk), "a": "{}", "c": '""'}
    slot = f"scripts[{number}]"
    state = f"scripts = {{}} {slot} = {{}} " + " ".join(f'{slot}["{key}"] = {value}' for key, value in parts.items())
    coded = base64.b64encode(state.encode()).decode()
    (config / "ui_scripts").write_text(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<UIScripts><ActionScript lua="Lua 5.3">{coded}</ActionScript>'
        "<ActionHooks/></UIScripts>\n"
    )


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: list[str], environment: dict[str, str], log: Path, **more: object
) -> Iterator[subprocess.Popen[bytes]]:
    """A program in a process group of its own, which is gone at the exit."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=subprocess.STDOUT, start_new_session=True, **more)  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGCONT)
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def until(look: Callable[[], object], what: str, deadline: float = 30.0) -> None:
    end = time.monotonic() + deadline
    while not look():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def answers(port: int) -> bool:
    link = ArdourLink(("127.0.0.1", port), 1.0)
    try:
        link.number("/transport_frame")
    except HostError:
        return False
    finally:
        link.close()
    return True


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with a session that Ardour made, to be copied."""
    lua = need("ardour7-lua", "ardour")
    place = tmp_path_factory.mktemp("made")
    script = place / "make.lua"
    script.write_text(MAKE, "utf-8")
    folder = place / NAME
    done = subprocess.run([lua, script, folder, NAME], env=settings(place / "home", 3819), capture_output=True,
                          timeout=60, check=False)  # fmt: skip
    file = folder / f"{NAME}.ardour"
    assert file.is_file(), done.stdout.decode() + done.stderr.decode()
    return folder


def copy_session(made: Path, to: Path) -> Path:
    """A session of one's own; gives its file."""
    folder = to / NAME
    shutil.copytree(made, folder)
    file = folder / f"{NAME}.ardour"
    file.write_text(with_regions(file.read_text("utf-8"), folder), "utf-8")
    return file


@pytest.fixture
def private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ardour's settings of this test alone; gives their folder."""
    for key, value in settings(tmp_path / "home", 3819).items():
        monkeypatch.setenv(key, value)
    return tmp_path / "home" / "config" / "ardour7"


@pytest.fixture
def session_file(made: Path, tmp_path: Path, private: Path) -> Path:
    return copy_session(made, tmp_path)


class Running:
    """A running Ardour: OSC port, session file, process, folder of settings."""

    def __init__(self, port: int, file: Path, process: subprocess.Popen[bytes], config: Path) -> None:
        self.port, self.file, self.process, self.config = port, file, process, config
        self.address = ("127.0.0.1", port)


@contextmanager
def hardour(made: Path, place: Path) -> Iterator[Running]:
    """Ardour without a window, on a JACK server of its own.

    About one start in twenty leaves the two at odds: the server answers what hardour asks at its start with "Unknown
    request" and runs it no more, so that its transport stands still. It is then started anew.
    """
    need("jackd", "jackd2")
    program = next(iter(LIBRARIES.glob("hardour-*")), None)
    if program is None:
        pytest.skip("needs hardour of the package ardour")
    for number in range(STARTS):
        folder = place / f"start {number}"
        with _hardour(made, folder, program) as found:
            if runs(found) or number == STARTS - 1:
                yield found
                return


def runs(ardour: Running) -> bool:
    """Whether its transport does what it is told, now and a second later, when all is connected."""
    link = ArdourLink(ardour.address)
    try:
        for sample in (RATE, 0):
            Transport(link).locate(sample)
            time.sleep(0.5)
    except HostTimeoutError:
        return False
    finally:
        link.close()
    return True


@contextmanager
def _hardour(made: Path, place: Path, program: Path) -> Iterator[Running]:
    place.mkdir()
    file, port = copy_session(made, place), free_port()
    environment = {
        **settings(place / "home", port),
        "ARDOUR_DATA_PATH": "/usr/share/ardour7", "ARDOUR_CONFIG_PATH": "/etc/ardour7",
        "ARDOUR_DLL_PATH": str(LIBRARIES), "LD_LIBRARY_PATH": str(LIBRARIES), "JACK_NO_AUDIO_RESERVATION": "1",
        "JACK_DEFAULT_SERVER": f"cuefinder-{secrets.token_hex(4)}", "JACK_NO_START_SERVER": "1",
    }  # fmt: skip
    jackd = ["jackd", "-r", "-n", environment["JACK_DEFAULT_SERVER"], "-d", "dummy", "-r", str(RATE), "-p", "1024"]
    log = place / "jackd.log"
    with running(jackd, environment, log) as server:
        until(lambda: b"JACK server starting" in log.read_bytes(), "jackd does not start")
        command = [str(program), str(file.parent), file.stem]
        with running(command, environment, place / "hardour.log") as process:
            until(lambda: process.poll() is not None or answers(port), "hardour does not answer")
            assert process.poll() is None, (place / "hardour.log").read_text(errors="replace")
            yield Running(port, file, process, place / "home" / "config" / "ardour7")
            process.terminate()  # not killed: a client that is just gone makes jackd wait for it
            process.wait(40)
        assert server.poll() is None
        server.terminate()
        server.wait(10)


@contextmanager
def window(made: Path, place: Path) -> Iterator[Running]:
    """Ardour with its window, in a virtual display, with our action in a slot."""
    place.mkdir(exist_ok=True)
    need("Xvfb", "xvfb")
    ardour = need("ardour", "ardour")
    file, port = copy_session(made, place), free_port()
    environment = settings(place / "home", port)
    config = place / "home" / "config" / "ardour7"
    add_to_slot(config)
    read, wrote = os.pipe()
    command = ["Xvfb", "-displayfd", str(wrote), "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
    with running(command, environment, place / "xvfb.log", pass_fds=(wrote,)):
        os.close(wrote)
        with os.fdopen(read) as said:
            environment["DISPLAY"] = f":{said.readline().strip()}"
        with running([ardour, "-n", "-a", str(file)], environment, place / "ardour.log") as process:
            until(lambda: process.poll() is not None or answers(port), "Ardour does not answer", 60)
            assert process.poll() is None, (place / "ardour.log").read_text(errors="replace")
            yield Running(port, file, process, config)
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(5)
