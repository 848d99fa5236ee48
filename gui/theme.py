"""Light and dark: palettes for Qt's Fusion style, which looks the same on every system."""

from __future__ import annotations

from PyQt6.QtCore import QObject, Qt
from PyQt6.QtGui import QColor, QPalette
from PyQt6.QtWidgets import QApplication, QToolTip

from gui.models.settings import Theme

Role = QPalette.ColorRole

LIGHT = {
    Role.Window: "#f3f4f6", Role.WindowText: "#1b1d21", Role.Base: "#ffffff", Role.AlternateBase: "#f2f4f8",
    Role.Text: "#1b1d21", Role.PlaceholderText: "#666a73", Role.Button: "#e8eaee", Role.ButtonText: "#1b1d21",
    Role.BrightText: "#b3261e", Role.Highlight: "#2559b8", Role.HighlightedText: "#ffffff", Role.Accent: "#2559b8",
    Role.Link: "#1f4fa8", Role.LinkVisited: "#6b3fa0", Role.ToolTipBase: "#fffbe6", Role.ToolTipText: "#1b1d21",
    Role.Light: "#ffffff", Role.Midlight: "#f7f8fa", Role.Mid: "#b9bdc6", Role.Dark: "#9a9fa9", Role.Shadow: "#6d717a",
}  # fmt: skip
DARK = {
    Role.Window: "#24262a", Role.WindowText: "#e8e9eb", Role.Base: "#1a1c1f", Role.AlternateBase: "#212328",
    Role.Text: "#e8e9eb", Role.PlaceholderText: "#989ca6", Role.Button: "#33363c", Role.ButtonText: "#e8e9eb",
    Role.BrightText: "#ff8a80", Role.Highlight: "#3568c8", Role.HighlightedText: "#ffffff", Role.Accent: "#3568c8",
    Role.Link: "#8ab4ff", Role.LinkVisited: "#c3a4f2", Role.ToolTipBase: "#3a3d44", Role.ToolTipText: "#f0f1f3",
    Role.Light: "#4a4e56", Role.Midlight: "#3d4047", Role.Mid: "#15171a", Role.Dark: "#111214", Role.Shadow: "#08090a",
}  # fmt: skip
COLOURS = {"light": LIGHT, "dark": DARK}
DISABLED = {
    "light": dict.fromkeys((Role.WindowText, Role.Text, Role.ButtonText, Role.PlaceholderText), "#7f838b")
    | {Role.Highlight: "#c9ccd3", Role.HighlightedText: "#55585f"},
    "dark": dict.fromkeys((Role.WindowText, Role.Text, Role.ButtonText, Role.PlaceholderText), "#82868f")
    | {Role.Highlight: "#45484f", Role.HighlightedText: "#b9bcc3"},
}
SCHEMES = {"system": Qt.ColorScheme.Unknown, "light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}


def palette(scheme: str) -> QPalette:
    """Make the palette of a scheme, "light" or "dark"."""
    made = QPalette()
    for role, colour in COLOURS[scheme].items():
        made.setColor(role, QColor(colour))
    for role, colour in DISABLED[scheme].items():
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(colour))
    return made


class Themes(QObject):
    """Gives the whole application its look, at once and whenever it changes.

    Parameters
    ----------
    app : QApplication
        Its style becomes Fusion.

    Attributes
    ----------
    scheme : str
        What is shown now, "light" or "dark".
    """

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app, self._theme = app, "system"
        self.scheme = ""
        app.setStyle("Fusion")
        self._hints = app.styleHints()
        self._hints.colorSchemeChanged.connect(self._follow)

    def apply(self, theme: Theme) -> None:
        """Show a theme; "system" goes on following what the system shows."""
        self._theme = theme
        if hasattr(self._hints, "setColorScheme"):  # from Qt 6.8: title bars and the system's dialogs go along
            self._hints.setColorScheme(SCHEMES[theme])
        self._show(self._hints.colorScheme() if theme == "system" else SCHEMES[theme])

    def stop(self) -> None:
        """Follow the system no longer."""
        self._hints.colorSchemeChanged.disconnect(self._follow)

    def _follow(self, scheme: Qt.ColorScheme) -> None:
        if self._theme == "system":
            self._show(scheme)

    def _show(self, scheme: Qt.ColorScheme) -> None:
        self.scheme = "dark" if scheme == Qt.ColorScheme.Dark else "light"
        colours = palette(self.scheme)
        self._app.setPalette(colours)
        QToolTip.setPalette(colours)
