"""The Qt style sheet: one template whose $names are the fields of a Theme."""

from __future__ import annotations

from dataclasses import asdict
from string import Template
from typing import TYPE_CHECKING

from duv_studio.paths import resource

if TYPE_CHECKING:
    from duv_studio.ui.style.theme import Theme

# Dynamic properties that widgets may set: role = "title" | "heading" | "muted" | "error" | "warning" | "accent" on
# QLabel, primary = true on QPushButton, segment = "first" | "middle" | "last" on a row of checkable QToolButtons,
# (Numbers in spin boxes are centred: Qt 6.11 ignores the left padding of a styled spin box.)
# choice = true on a checkable QToolButton that is a card, framed = true on lists inside forms,
# state = "error" on whatever one types or chooses in, state = "auto", bipolar = true and captions = true on QSlider,
# lit = true on a QToolButton that has something ready,
# card = true on QFrame, panel = true on a QWidget that is a side bar.
_TEMPLATE = Template("""
* { outline: 0; }
QMainWindow, QDialog, QWizard { background: $window; }
QToolTip { background: $raised; color: $text; border: 1px solid $border_strong; padding: 4px 6px; }

QLabel { background: transparent; }
QLabel[role="title"] { font-size: 17px; font-weight: 600; }
QLabel[role="heading"] { color: $text_muted; font-weight: 600; }
QLabel[role="muted"] { color: $text_muted; }
QLabel[role="accent"] { color: $accent; }
QLabel[role="error"] { color: $error; }
QLabel[role="warning"] { color: $warning; }
QLabel:disabled { color: $text_disabled; }
QFrame[card="true"] { background: $raised; border: 1px solid $border; border-radius: 6px; }
QWidget[panel="true"] { background: $panel; }

QMenuBar { background: $window; border-bottom: 1px solid $border; padding: 1px 4px; }
QMenuBar::item { background: transparent; padding: 4px 10px; border-radius: 4px; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $raised; border: 1px solid $border; padding: 4px; }
QMenu::item { padding: 5px 28px 5px 24px; border-radius: 4px; }
QMenu::item:selected { background: $accent; color: $on_accent; }
QMenu::item:disabled { color: $text_disabled; background: transparent; }
QMenu::separator { height: 1px; background: $border; margin: 4px 8px; }
QMenu::icon { padding-left: 6px; }
QMenu::indicator { width: 14px; height: 14px; left: 6px; }
QMenu::indicator:checked { image: url("$icons/menu-check.svg"); }

QToolBar { background: $window; border: 0; border-bottom: 1px solid $border; padding: 4px 6px; spacing: 4px; }
QToolBar::separator { width: 1px; background: $border; margin: 5px 5px; }
QToolBar::handle { width: 0; }

QToolButton { background: transparent; color: $text; border: 1px solid transparent; border-radius: 5px;
  padding: 3px 7px; min-height: 20px; }
QToolButton:hover { background: $hover; }
QToolButton:pressed { background: $pressed; }
QToolButton:checked, QToolButton[lit="true"] { background: $accent_soft; border-color: $accent; }
QToolButton:focus { border: 1px solid $accent; }
QToolButton:disabled { color: $text_disabled; background: transparent; }
QToolButton::menu-indicator { image: none; }
QToolButton[popupMode="1"] { padding-right: 20px; }
QToolButton[popupMode="2"] { padding-right: 20px; }
QToolButton[popupMode="2"]::menu-indicator { image: url("$icons/chevron-down.svg"); width: 10px; height: 10px;
  subcontrol-origin: padding; subcontrol-position: right center; right: 5px; }
QToolButton::menu-button { border: 0; width: 16px; }
QToolButton::menu-arrow { image: url("$icons/chevron-down.svg"); width: 10px; height: 10px; }

QToolButton[segment] { background: $raised; border: 1px solid $border; border-radius: 0; margin: 0; padding: 3px 11px; }
QToolButton[segment="first"] { border-top-left-radius: 5px; border-bottom-left-radius: 5px; }
QToolButton[segment="middle"], QToolButton[segment="last"] { border-left: 0; }
QToolButton[segment="last"] { border-top-right-radius: 5px; border-bottom-right-radius: 5px; }
QToolButton[segment]:hover { background: $hover; }
QToolButton[segment]:checked { background: $accent; color: $on_accent; border-color: $accent; }
QToolButton[segment]:focus { border: 1px solid $accent_hover; }
QToolButton[segment]:disabled { color: $text_disabled; background: $panel; }

QToolButton[choice="true"] { background: $raised; border: 1px solid $border; border-radius: 6px; padding: 10px 6px; }
QToolButton[choice="true"]:hover { background: $hover; }
QToolButton[choice="true"]:checked { background: $accent_soft; border: 2px solid $accent; padding: 9px 5px; }
QToolButton[choice="true"]:focus { border: 2px solid $accent_hover; padding: 9px 5px; }

QPushButton { background: $raised; color: $text; border: 1px solid $border; border-radius: 5px;
  padding: 4px 14px; min-height: 20px; }
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $pressed; }
QPushButton:focus { border: 1px solid $accent; }
QPushButton:checked { background: $accent_soft; border-color: $accent; }
QPushButton:disabled { background: $panel; color: $text_disabled; border-color: $border; }
QPushButton:default, QPushButton[primary="true"] { background: $accent; color: $on_accent; border-color: $accent; }
QPushButton[primary="true"] { font-weight: 600; } /* a bold :default would be cut off: its size is of the plain font */
QPushButton:default:hover, QPushButton[primary="true"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton:default:focus, QPushButton[primary="true"]:focus { border: 2px solid $text; padding: 3px 13px; }
QPushButton:default:disabled, QPushButton[primary="true"]:disabled { background: $panel; color: $text_disabled;
  border-color: $border; }

QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox, QComboBox { background: $input; color: $text;
  border: 1px solid $border_strong; border-radius: 5px; padding: 3px 7px; min-height: 20px;
  placeholder-text-color: $text_muted; selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QAbstractSpinBox:focus, QComboBox:focus {
  border: 2px solid $accent; padding: 2px 6px; }
QLineEdit[state="error"], QComboBox[state="error"], QAbstractSpinBox[state="error"], QListView[state="error"] {
  border: 2px solid $error; padding: 2px 6px; }
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled, QPlainTextEdit:disabled {
  color: $text_disabled; background: $panel; border-color: $border; }
QLineEdit:read-only { background: $panel; }
QAbstractSpinBox { padding-right: 20px; qproperty-alignment: AlignCenter; }
QAbstractSpinBox::up-button { subcontrol-origin: border; subcontrol-position: top right;
  width: 18px; border: 0; border-top-right-radius: 4px; background: transparent; margin: 1px 1px 0 0; }
QAbstractSpinBox::down-button { subcontrol-origin: border; subcontrol-position: bottom right;
  width: 18px; border: 0; border-bottom-right-radius: 4px; background: transparent; margin: 0 1px 1px 0; }
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover { background: $hover; }
QAbstractSpinBox::up-arrow { image: url("$icons/chevron-up.svg"); width: 9px; height: 9px; }
QAbstractSpinBox::down-arrow { image: url("$icons/chevron-down.svg"); width: 9px; height: 9px; }
QComboBox { background: $raised; padding-right: 22px; }
QComboBox:hover { background: $hover; }
QComboBox::drop-down { subcontrol-origin: padding; subcontrol-position: right center; width: 20px; border: 0; }
QComboBox::down-arrow { image: url("$icons/chevron-down.svg"); width: 10px; height: 10px; }
QComboBox QAbstractItemView { background: $raised; border: 1px solid $border_strong; padding: 3px;
  selection-background-color: $accent; selection-color: $on_accent; }

QCheckBox, QRadioButton { spacing: 8px; background: transparent; padding: 2px; border: 1px solid transparent;
  border-radius: 4px; }
QCheckBox:focus, QRadioButton:focus { border: 1px solid $accent; }
QCheckBox:disabled, QRadioButton:disabled { color: $text_disabled; }
QCheckBox::indicator, QAbstractItemView::indicator { width: 14px; height: 14px; border: 1px solid $border_strong;
  border-radius: 4px; background: $input; }
QRadioButton::indicator { width: 14px; height: 14px; border: 1px solid $border_strong; border-radius: 8px;
  background: $input; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: $accent; }
QCheckBox::indicator:checked, QAbstractItemView::indicator:checked { background: $accent; border-color: $accent;
  image: url("$icons/check-$name.svg"); }
QCheckBox::indicator:indeterminate, QAbstractItemView::indicator:indeterminate { background: $accent_soft;
  border-color: $accent; }
QRadioButton::indicator:checked { background: $accent; border-color: $accent; image: url("$icons/dot-$name.svg"); }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled, QAbstractItemView::indicator:disabled {
  background: $panel; border-color: $border; }

QSlider { background: transparent; border: 1px solid transparent; border-radius: 5px; }
QSlider:focus { border: 1px solid $accent; }
QSlider:horizontal { min-height: 20px; }
QSlider[captions="true"]:horizontal { min-height: 28px; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: $border_strong; margin: 0 2px; }
QSlider::sub-page:horizontal { height: 4px; border-radius: 2px; background: $accent; margin: 0 2px; }
QSlider[bipolar="true"]::sub-page:horizontal { background: $border_strong; }
QSlider::handle:horizontal { width: 12px; height: 12px; margin: -6px -1px; border-radius: 8px;
  background: $accent; border: 2px solid $raised; }
QSlider::handle:horizontal:hover { background: $accent_hover; }
QSlider::handle:horizontal:pressed { background: $accent_hover; border-color: $accent; }
QSlider[state="auto"]::handle:horizontal { background: $panel; border: 2px solid $border_strong; }
QSlider[state="auto"]::handle:horizontal:hover { border-color: $accent; }
QSlider::groove:horizontal:disabled, QSlider::sub-page:horizontal:disabled { background: $border; }
QSlider::handle:horizontal:disabled { background: $text_disabled; }

QAbstractItemView { background: $panel; alternate-background-color: $window; color: $text; border: 0;
  selection-background-color: $accent_soft; selection-color: $text; }
QAbstractItemView[framed="true"] { background: $input; border: 1px solid $border_strong; border-radius: 5px; }
QAbstractItemView[framed="true"]:focus { border-color: $accent; }
QListView::item, QTreeView::item, QTableView::item { padding: 4px 6px; border: 1px solid transparent; }
QAbstractItemView[framed="true"]::item { padding: 2px 4px; }
QListView::item:hover, QTreeView::item:hover, QTableView::item:hover { background: $hover; }
QListView::item:selected, QTreeView::item:selected, QTableView::item:selected {
  background: $accent_soft; color: $text; }
QListView::item:selected:focus, QTreeView::item:selected:focus, QTableView::item:selected:focus {
  border: 1px solid $accent; }
QListView::item:disabled, QTreeView::item:disabled, QTableView::item:disabled { color: $text_disabled; }
QHeaderView { background: $window; border: 0; }
QHeaderView::section { background: $window; color: $text_muted; border: 0; border-bottom: 1px solid $border;
  border-right: 1px solid $border; padding: 4px 8px; }
QTableCornerButton::section { background: $window; border: 0; }

QGroupBox { border: 1px solid $border; border-radius: 6px; margin-top: 10px; padding: 10px 8px 8px 8px; }
QGroupBox::title { subcontrol-origin: margin; left: 10px; padding: 0 4px; color: $text_muted; }
QTabWidget::pane { border: 1px solid $border; border-radius: 5px; top: -1px; }
QTabBar::tab { background: transparent; color: $text_muted; padding: 6px 14px; border-bottom: 2px solid transparent; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom: 2px solid $accent; }
QTabBar::tab:focus { border: 1px solid $accent; }
QDockWidget { color: $text_muted; }
QDockWidget::title { background: $window; padding: 6px 10px; border-bottom: 1px solid $border; }
QScrollArea { background: transparent; border: 0; }

QProgressBar { background: $border; border: 0; border-radius: 3px; min-height: 6px; max-height: 6px;
  color: transparent; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }

QSplitter::handle { background: $border; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QSplitter::handle:hover, QSplitter::handle:pressed { background: $accent; }

QStatusBar { background: $window; border-top: 1px solid $border; color: $text_muted; }
QStatusBar QLabel { color: $text_muted; padding: 0 6px; }
QStatusBar::item { border: 0; }

QScrollBar { background: $window; border: 0; }
QScrollBar:horizontal { height: 12px; }
QScrollBar:vertical { width: 12px; }
QScrollBar::handle { background: $border_strong; border-radius: 4px; margin: 2px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:hover { background: $text_muted; }
QScrollBar::handle:pressed { background: $accent; }
QScrollBar::handle:disabled { background: transparent; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
""")


def build(theme: Theme) -> str:
    """The application's style sheet in the colours of `theme`."""
    return _TEMPLATE.substitute(asdict(theme), icons=resource("icons").as_posix())
