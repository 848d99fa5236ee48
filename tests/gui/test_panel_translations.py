from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PyQt6.QtCore import QLocale
from PyQt6.QtWidgets import QApplication, QWidget
from user_texts import untranslated

import gui
from gui.models.settings import Settings
from gui.settings.keeper import SettingsKeeper
from gui.settings.page import SettingsPage
from gui.translations import Translation, install_translator, main
from plugin.errors import InputError

GERMAN = QLocale(QLocale.Language.German, QLocale.Country.Austria)


@pytest.fixture
def app(qapp: QApplication) -> Iterator[QApplication]:
    """The application, without translations afterwards."""
    from PyQt6.QtCore import QTranslator

    before = set(qapp.findChildren(QTranslator))
    yield qapp
    for translator in set(qapp.findChildren(QTranslator)) - before:
        qapp.removeTranslator(translator)
        translator.deleteLater()


def translate(path: Path, **texts: str) -> None:
    """Fill texts into a file as Qt Linguist does."""
    tree = ElementTree.parse(path)
    for message in tree.iter("message"):
        text = texts.get(message.findtext("source", "").replace("&", "").replace(" ", "_"))
        translation = message.find("translation")
        if text and translation is not None:
            translation.text = text
            del translation.attrib["type"]
    tree.write(path, encoding="utf-8", xml_declaration=True)


def test_every_text_that_the_user_sees_can_be_translated() -> None:
    folder = Path(gui.__file__).parent
    found = [
        f"{path.relative_to(folder)}:{line}: {text!r}"
        for path in sorted(folder.rglob("*.py"))
        for line, text in untranslated(path.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ('label.setText("Words")', ["Words"]),
        ('label.setText(self.tr("Words"))', []),
        ('label.setText(self.tr("{n} tracks").format(n=3))', []),
        ('label.setText("{n} tracks".format(n=3))', ["{n} tracks"]),
        ('QLabel(f"{n} tracks")', [" tracks"]),
        ('QPushButton("A" + "bc" if x else self.tr("d"), toolTip="Tip")', ["Tip", "bc"]),
        ('self.news.emit("Done")', ["Done"]),
        ('self.changed.emit("done")', []),
        ('menu.addAction(self.tr("Quit"), QKeySequence("Ctrl+Q"))', []),
        ('label.setText("–"); label.setText(f"{n}/{m}"); box.setSuffix(" dB")', []),
        ('QLineEdit(placeholderText="Words")', ["Words"]),
        ('box.addItem("Words", "value")', ["Words"]),
        ('QFileDialog.getSaveFileName(self, "Save", "file.csv", "CSV")', ["CSV", "Save"]),
    ],
)
def test_texts_without_tr_are_found(source: str, texts: list[str]) -> None:
    assert [text for _, text in untranslated(source)] == texts


def test_a_translation_is_made_filled_and_shown(qtbot, app, tasks, tmp_path, capsys) -> None:
    path = tmp_path / "cuefinder_de.ts"
    assert main(["de", "--folder", str(tmp_path)]) == 0
    count = len(ElementTree.parse(path).findall(".//message"))
    assert capsys.readouterr().out == f"{path}: {count} texts; translate it with Qt Linguist\n"
    translate(path, Loudness="&Lautheit", Restore_defaults="&Zurücksetzen")
    install_translator(app, GERMAN, tmp_path)
    page = SettingsPage(SettingsKeeper(Settings(), tmp_path / "panel.json", tasks))
    qtbot.addWidget(page)
    assert page.defaults.text() == "&Zurücksetzen"
    assert page.controls["loudness"].widget.accessibleName() == "Lautheit"
    assert page.models.text() == "Choose &models and device…", "what is not translated stays as it is"
    assert app.translate("QPlatformTheme", "Cancel") == "Abbrechen", "Qt's own dialogs"
    page.shut_down()
    assert main(["de", "--folder", str(tmp_path)]) == 0
    assert Translation(path).translate("SettingsPage", "&Loudness") == "&Lautheit", "an update lost a translation"


def test_a_class_that_derives_from_the_speaker_speaks_too(qtbot, app, tmp_path) -> None:
    (tmp_path / "cuefinder_de.ts").write_text(
        "<TS><context><name>Base</name><message><source>Words</source><translation>Worte</translation></message>"
        "</context></TS>"
    )

    class Derived(QWidget):
        pass

    install_translator(app, GERMAN, tmp_path)
    widget = Derived()
    qtbot.addWidget(widget)
    assert widget.tr("Words") == "Worte"
    assert widget.tr("Others") == "Others"


def test_english_and_languages_without_a_file_stay_as_they_are(app, tmp_path) -> None:
    (tmp_path / "cuefinder_de.ts").write_text("no translation")
    for locale in ("en_GB", "fr_FR"):
        install_translator(app, QLocale(locale), tmp_path)
    assert app.translate("SettingsPage", "&Loudness") == "&Loudness"


def test_a_damaged_translation_is_told_in_one_line(app, tmp_path) -> None:
    path = tmp_path / "cuefinder_de.ts"
    path.write_text("no translation")
    with pytest.raises(InputError) as caught:
        install_translator(app, GERMAN, tmp_path)
    assert str(caught.value).startswith(f"{path}: the translation cannot be read (")
    with pytest.raises(InputError):
        Translation(tmp_path)


def test_bad_arguments_are_one_line(tmp_path, capsys) -> None:
    assert main(["../de", "--folder", str(tmp_path)]) == 2
    assert capsys.readouterr().err == "cuefinder: error: '../de' is no language: write it as de or pt_BR\n"
    (tmp_path / "cuefinder_de.ts").write_text("damaged")
    assert main(["de", "--folder", str(tmp_path)]) == 2
    assert "cannot be brought up to date" in capsys.readouterr().err
