"""The panel in the user's language.

A translation is one file, ``gui/i18n/cuefinder_LANGUAGE.ts`` (``cuefinder_de.ts``, ``cuefinder_pt_BR.ts``), that Qt
Linguist edits and the panel reads as it is. ``python -m gui.translations LANGUAGE`` makes it, or brings it up to date
with the texts of the sources; what was translated stays.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from PyQt6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from plugin.errors import InputError, printable

FOLDER = Path(__file__).parent / "i18n"
SOURCE_LANGUAGE = "en"
LANGUAGE = re.compile(r"[a-z]{2,3}([_-][A-Z][A-Za-z]+)*")


class Translation(QTranslator):
    """The texts of one file.

    Qt asks by the class of the object that speaks, which may derive from the class that the source names; so a text
    that its own class does not have is taken from any other.

    Parameters
    ----------
    path : pathlib.Path

    Raises
    ------
    InputError
        The file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._texts: dict[tuple[str, str], str] = {}
        try:
            root = ElementTree.parse(path).getroot()
        except (OSError, ElementTree.ParseError) as error:
            raise InputError(f"{printable(path)}: the translation cannot be read ({error})") from error
        for context in root.iter("context"):
            name = context.findtext("name", "")
            for message in context.iter("message"):
                translated = message.find("translation")
                if translated is not None and translated.text and translated.get("type") is None:
                    source = message.findtext("source", "")
                    self._texts[name, source] = translated.text
                    self._texts.setdefault(("", source), translated.text)

    def translate(
        self, context: str | None, source: str | None, disambiguation: str | None = None, n: int = -1
    ) -> str | None:
        """Give the translated text; None where there is none."""
        return self._texts.get((context or "", source or "")) or self._texts.get(("", source or ""))

    def isEmpty(self) -> bool:  # noqa: D102
        return not self._texts


def install_translator(app: QCoreApplication, locale: QLocale | None = None, folder: Path = FOLDER) -> None:
    """Show the panel in the user's language, where there is a translation.

    Parameters
    ----------
    app : QCoreApplication
    locale : QLocale, optional
        The system's by default.
    folder : pathlib.Path
        Of the translations.

    Raises
    ------
    InputError
        The translation that is there cannot be read.
    """
    locale = locale or QLocale.system()
    for language in locale.uiLanguages():
        path = folder / f"cuefinder_{language.replace('-', '_')}.ts"
        if language.split("-")[0] == SOURCE_LANGUAGE:
            return
        if path.exists():
            translation = Translation(path)
            translation.setParent(app)
            app.installTranslator(translation)
            widgets = QTranslator(app)  # Qt's own dialogs
            if widgets.load(locale, "qtbase", "_", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
                app.installTranslator(widgets)
            return


def update(path: Path) -> None:
    """Bring a translation up to date with the texts of the sources, or make it.

    Raises
    ------
    InputError
        It cannot be read or written.
    """
    from PyQt6.lupdate.lupdate import lupdate
    from PyQt6.lupdate.user import UserException

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lupdate([str(Path(__file__).parent)], [str(path)], no_obsolete=True)
    except (OSError, UserException) as error:
        raise InputError(f"{printable(path)}: the translation cannot be brought up to date ({error})") from error


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m gui.translations", description="Make or update a translation.")
    parser.add_argument("language", help="as in de or pt_BR")
    parser.add_argument("--folder", type=Path, default=FOLDER, metavar="DIR")
    args = parser.parse_args(argv)
    try:
        if not LANGUAGE.fullmatch(args.language):
            raise InputError(f"'{args.language}' is no language: write it as de or pt_BR")
        path = args.folder / f"cuefinder_{args.language.replace('-', '_')}.ts"
        update(path)
    except InputError as error:
        print(f"cuefinder: error: {error}", file=sys.stderr)
        return InputError.exit_code
    texts = len(ElementTree.parse(path).findall(".//message"))
    print(f"{printable(path)}: {texts} texts; translate it with Qt Linguist")
    return 0


if __name__ == "__main__":
    sys.exit(main())
