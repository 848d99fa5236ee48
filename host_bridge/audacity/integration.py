"""How Audacity is set up: one switch in its settings, which it reads when it starts and writes when it quits."""

from __future__ import annotations

from pathlib import Path

from host_bridge.audacity import settings
from host_bridge.audacity.host import AudacityHost
from host_bridge.audacity.paths import NAME, pipe_paths, settings_file
from host_bridge.audacity.pipe import Pipe
from host_bridge.audacity.processes import executable, is_running
from host_bridge.errors import HostError
from host_bridge.integration import Finding, Integration, Program, State

BACKUP = ".cuefinder-backup"
DOCTOR_DEADLINE = 5.0


class AudacityIntegration(Integration):
    """Audacity 3, by mod-script-pipe, which it brings along switched off."""

    key = "audacity"
    title = NAME
    tested = "Audacity 3.2.4 on Debian 12; not on Windows, where it is not supported"

    def program(self) -> Program | None:
        """Find it; the version is that which last wrote the settings."""
        path = executable()
        return None if path is None else Program(self._version(), path)

    def state(self) -> State:
        """Whether the switch is on."""
        if executable() is None:
            return State.NO_PROGRAM
        return State.READY if self._switch() == settings.ON else State.MISSING

    def changes(self) -> list[str]:
        """What `install` would do."""
        path = settings_file()
        if self._switch() == settings.ON:
            return []
        return [f"switch mod-script-pipe on in {path}", f"keep the old file as {path.name}{BACKUP} beside it"]

    def install(self) -> list[str]:
        """Switch the module on; Audacity must have been started once, and must not run.

        Raises
        ------
        HostError
            Nothing was changed.
        """
        path, changes = settings_file(), self.changes()
        if not changes:
            return []
        text = settings.read(path)
        new = settings.with_value(text, *settings.SWITCH, settings.ON)
        self._refuse_while_running()
        settings.write(self._backup(path), text)
        settings.write(path, new)
        return changes

    def uninstall(self) -> list[str]:
        """Set the switch back to what it was.

        Raises
        ------
        HostError
            There is no backup: it was not us who switched it on; or Audacity runs.
        """
        path = settings_file()
        backup = self._backup(path)
        if not backup.is_file():
            raise HostError(NAME, f"there is no {backup}, so Cuefinder has switched nothing on; nothing was changed")
        old = settings.value(settings.read(backup), *settings.SWITCH)
        new = settings.with_value(settings.read(path), *settings.SWITCH, old or "0")
        self._refuse_while_running()
        settings.write(path, new)
        backup.unlink()
        return [f"set mod-script-pipe back to {old or '0'} in {path}", f"removed {backup.name}"]

    def doctor(self) -> list[Finding]:
        """Look at the program, its module, the switch, and whether it answers now."""
        found, running = executable(), is_running()
        module = self._setting("ModulePath", "mod-script-pipe")
        answer = self._answer()
        return [
            Finding(f"program: {found or 'not found'}", found is not None, "install Audacity 3"),
            Finding(f"module: {module or 'not known yet'}", module is not None and Path(module).is_file(),
                    "start Audacity once and quit it; where that does not help, install its mod-script-pipe"),
            Finding("mod-script-pipe switched on", self._switch() == settings.ON,
                    "quit Audacity, then run the set-up for it"),
            Finding("running", running, "start Audacity"),
            Finding("the pipe answers", answer is None, answer or ""),
        ]  # fmt: skip

    def connect(self) -> AudacityHost:
        """Reach the running program.

        Raises
        ------
        HostError
        """
        pipe = Pipe(*pipe_paths())
        try:
            pipe.connect()
        except HostError:
            pipe.close()
            raise
        return AudacityHost(pipe, self._version())

    def _answer(self) -> str | None:
        """Why the pipe does not answer; None if it does."""
        try:
            with Pipe(*pipe_paths()) as pipe:
                pipe.connect(DOCTOR_DEADLINE)
        except HostError as error:
            return error.reason
        return None

    def _refuse_while_running(self) -> None:
        if is_running():
            raise HostError(NAME, "it runs, and would write its own settings over ours; quit it, then try again")

    def _backup(self, path: Path) -> Path:
        return path.with_name(path.name + BACKUP)

    def _switch(self) -> str | None:
        return self._setting(*settings.SWITCH)

    def _setting(self, group: str, key: str) -> str | None:
        path = settings_file()
        return settings.value(settings.read(path), group, key) if path.is_file() else None

    def _version(self) -> str:
        parts = [self._setting("Version", key) for key in ("Major", "Minor", "Micro")]
        return ".".join(part for part in parts if part)
