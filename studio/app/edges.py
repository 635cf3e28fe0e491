"""What Qt's style leaves too faint: edges of controls, and which of them has the keyboard."""

from __future__ import annotations

from studio import paths
from studio.app.theme import LIGHT, Theme

_FIELDS = ("QLineEdit", "QPlainTextEdit", "QTextBrowser", "QListView", "QTableView")
_TICKED = ("QCheckBox::indicator", "QListView::indicator")
_BUTTONS = ("QToolButton", "QPushButton")


def style_sheet(theme: Theme) -> str:
    """Edges in the theme's colours; their contrast is tested with the theme."""
    rules = [
        _rule(_FIELDS, f"border: 1px solid {theme.edge};"),
        _rule(_FIELDS, f"border: 2px solid {theme.focus};", ":focus"),
        _rule(_BUTTONS, f"border: 2px solid {theme.focus}; border-radius: 3px;", ":focus"),
        "QComboBox QListView, QAbstractSpinBox QLineEdit { border: none; }",
        f"QCheckBox:focus {{ border: 2px solid {theme.focus}; border-radius: 3px; }}",
        *_boxes(theme),
    ]
    if theme is not LIGHT:  # the style draws its edges by darkening, which a dark ground swallows
        rules += [
            f"QComboBox {{ border: 1px solid {theme.edge}; padding: 0.2em 0.5em; }}",
            f"QComboBox:focus {{ border: 2px solid {theme.focus}; }}",
            f"QAbstractSpinBox {{ border: 1px solid {theme.edge}; padding: 0.1em 0.3em; }}",
            "QAbstractSpinBox::up-button, QAbstractSpinBox::down-button"
            " { border: none; width: 1.2em; }",
            f'QAbstractSpinBox::up-arrow {{ image: url("{_icon("up")}"); width: 7px; }}',
            f'QAbstractSpinBox::down-arrow {{ image: url("{_icon("down")}"); width: 7px; }}',
            f"QAbstractSpinBox:focus {{ border: 2px solid {theme.focus}; }}",
            f"QPushButton {{ border: 1px solid {theme.edge}; padding: 0.3em 0.8em; }}",
        ]
    return " ".join(rules)


def _boxes(theme: Theme) -> list[str]:
    """Boxes to tick as large as the letters; ticked ones have a dark tick, on a light ground."""
    ground = theme.field if theme is LIGHT else theme.accent
    return [
        _rule(
            _TICKED,
            f"width: 0.8em; height: 0.8em; border: 1px solid {theme.edge};"
            f" background: {theme.field};",
        ),
        _rule(_TICKED, f'background: {ground}; image: url("{_icon("tick")}");', ":checked"),
    ]


def _icon(name: str) -> str:
    """Where a small picture lies, as a style sheet writes it."""
    return paths.resource(f"icons/{name}.xpm").as_posix()


def _rule(controls: tuple[str, ...], what: str, when: str = "") -> str:
    return f"{', '.join(one + when for one in controls)} {{ {what} }}"
