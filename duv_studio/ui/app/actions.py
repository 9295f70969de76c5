"""Every command of the window: its words, keys and icon, and the menu in which it stands."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from duv_studio.ui.i18n import tr
from duv_studio.ui.style import icons

RECENT = "recent"  # the place of the sub-menu of recent files
ENCODING = "encoding"  # the place of the sub-menu of text encodings
THEME = "theme"  # the place of the sub-menu of themes
# The places of the sub-menus of sound devices, of SoundFonts and of MIDI ports.
DEVICE, SOUNDFONT, MIDI = "device", "soundfont", "midi"
MENUS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("&File", ("open", RECENT, "demo", ENCODING, "", "export", "export_audio", "batch", "", "quit")),
    (
        "&Edit",
        (
            "undo", "redo", "", "next", "more", "less", "more_fine", "less_fine", "",
            "include", "family", "track_settings", "select_all", "lock", "unlock_all", "", "resume", "reset",
        ),
    ),
    (
        "&View",
        (
            "view_after", "view_before", "view_both", "view_difference", "",
            "lane_velocity", "lane_duration", "lane_both", "next_lane", "",
            "zoom_in", "zoom_out", "fit", "", THEME,
        ),
    ),
    (
        "&Play",
        (
            "play", "rewind", "flip", "matched", "", "loop", "loop_selection", "no_loop", "follow", "",
            "mute", "solo", "clear_mutes", "clear_solos", "", DEVICE, SOUNDFONT, MIDI, "panic",
        ),
    ),
    ("&Tools", ("train", "adapters")),
    ("&Help", ("keys", "log", "about")),
)  # fmt: skip


@dataclass(frozen=True)
class Command:
    """One command; those with a `group` are checkable, one of them at a time."""

    name: str
    text: str
    keys: tuple[str, ...] = ()
    tip: str = ""
    icon: str = ""  # for those that have a button in the tool bar
    group: str = ""
    is_switch: bool = False  # on or off, by itself


COMMANDS = (
    Command("open", "&Open…", ("Ctrl+O",), "Open a MIDI file", icon="open"),
    Command("demo", "Open &Demo Song", (), "Open the song that comes with DUV Studio"),
    Command("export", "&Export…", ("Ctrl+E",), "Write a humanized copy", icon="export"),
    Command("export_audio", "Export &Audio…", ("Ctrl+Shift+E",), "Write what is heard as a WAV or FLAC file"),
    Command("batch", "&Batch…", ("Ctrl+B",), "Humanize whole folders", icon="batch"),
    Command("quit", "&Quit", ("Ctrl+Q",)),
    Command("undo", "&Undo", ("Ctrl+Z",), "Undo", icon="undo"),
    Command("redo", "&Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Redo", icon="redo"),
    Command("next", "&Next Variation", ("N",), "Play it another way with the same settings"),
    Command("more", "Intensity +5 %", ("]",)),
    Command("less", "Intensity −5 %", ("[",)),
    Command("more_fine", "Intensity +1 %", ("Shift+]", "}")),
    Command("less_fine", "Intensity −1 %", ("Shift+[", "{")),
    Command("lock", "&Lock or Unlock Notes", ("K",), "Selected notes keep their velocity and duration, or no longer"),
    Command("unlock_all", "Unloc&k All Notes"),
    Command("select_all", "Select &All Notes", ("Ctrl+A",), "Select every note of the current track, or of all"),
    Command("include", "&Include or Exclude Track", ("I",), "Humanize the current track, or leave it as it is"),
    Command("family", "Instrument &Family…", ("F",), "Say which instrument the current track is"),
    Command("track_settings", "Track Settin&gs…", ("T",), "Velocity, duration and kept notes of the current track"),
    Command("resume", "&Humanize the Rest", (), "Go on where humanizing was stopped"),
    Command("reset", "Reset &Settings", (), "Go back to the settings of a fresh start"),
    Command("view_after", "&After", ("Alt+1",), "Notes as they are played", group="view"),
    Command("view_before", "&Before", ("Alt+2",), "Notes as they are in the file", group="view"),
    Command("view_both", "B&oth", ("Alt+3",), "Played notes, and outlines of the file's", group="view"),
    Command("view_difference", "&Difference", ("Alt+4",), "What changes, and how much", group="view"),
    Command("lane_velocity", "Lane: &Velocity", (), "Show velocities below the notes", group="lane"),
    Command("lane_duration", "Lane: D&uration", (), "Show durations below the notes", group="lane"),
    Command("lane_both", "Lane: Bot&h", (), "Show velocities and durations below the notes", group="lane"),
    Command("next_lane", "Next &Lane", ("V",)),
    Command("zoom_in", "Zoom &In", ("Z",), "Zoom in", icon="zoom-in"),
    Command("zoom_out", "Zoom Ou&t", ("Shift+Z",), "Zoom out", icon="zoom-out"),
    Command("fit", "&Fit the Whole Song", ("0",), "Show the whole song", icon="fit"),
    Command("play", "&Play or Stop", ("Space",), "Play from the playhead, or stop", icon="play"),
    Command("rewind", "Re&wind", ("Home",), "Go to the start", icon="rewind"),
    Command("flip", "&Before or After", ("B",), "Back and forth between before and after, at the same place"),
    Command("matched", "&Same Loudness", (), "Make before and after equally loud while listening", is_switch=True),
    Command(
        "loop", "&Loop", ("L",), "Play the part that is marked in the ruler again and again", "loop", is_switch=True
    ),
    Command("loop_selection", "Loop S&election", ("Shift+L",), "Loop from the first to the last selected note"),
    Command("no_loop", "&No Loop", (), "Take the mark of the loop away"),
    Command(
        "follow", "&Follow the Playhead", (), "Turn the page when the playhead leaves it", "follow", is_switch=True
    ),
    Command("mute", "&Mute Track", ("M",), "Do not hear the current track, or hear it again"),
    Command("solo", "S&olo Track", ("S",), "Hear the current track alone, or no longer"),
    Command("clear_mutes", "Clear All M&utes", ("Shift+M",), "Mute no track"),
    Command("clear_solos", "Clear All Sol&os", ("Shift+S",), "Hear all tracks that are not muted"),
    Command("panic", "All Notes O&ff", (), "Stop, and silence everything that still sounds"),
    Command("train", "&Train…", ("Ctrl+T",), "Teach the model your playing", icon="train"),
    Command("adapters", "&Adapters…", (), "Which adapters there are; import, export and remove them"),
    Command("dark", "&Dark", group="theme"),
    Command("light", "&Light", group="theme"),
    Command("keys", "&Keys", ("F1",)),
    Command("log", "Open &Log Folder"),
    Command("about", "&About DUV Studio"),
)


class Actions:
    """The commands as QActions of the window, by name."""

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        self._actions: dict[str, QAction] = {}
        self._groups: dict[str, QActionGroup] = {}
        self.recent = QMenu(tr("Open &Recent"), window)
        self.encoding = QMenu(tr("Text E&ncoding"), window)
        self.device = QMenu(tr("Sound &Device"), window)
        self.soundfont = QMenu(tr("Sound&Font"), window)
        self.midi = QMenu(tr("M&IDI Output"), window)
        self._sub_menus = {
            RECENT: self.recent,
            ENCODING: self.encoding,
            DEVICE: self.device,
            SOUNDFONT: self.soundfont,
            MIDI: self.midi,
        }
        for command in COMMANDS:
            self._actions[command.name] = self._make(command)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def fill_menu_bar(self) -> None:
        """Put every command into its menu."""
        for title, names in MENUS:
            self._fill(self._window.menuBar().addMenu(tr(title)), names)

    def _fill(self, menu: QMenu, names: tuple[str, ...]) -> None:
        for name in names:
            if name in self._sub_menus:
                menu.addMenu(self._sub_menus[name])
            elif name == THEME:
                self._fill(menu.addMenu(tr("&Theme")), ("dark", "light"))
            elif name:
                menu.addAction(self._actions[name])
            else:
                menu.addSeparator()

    def _make(self, command: Command) -> QAction:
        action = QAction(tr(command.text), self._window)
        action.setShortcuts([QKeySequence(key) for key in command.keys])
        action.setIconVisibleInMenu(False)
        if command.icon:
            icons.assign(action, command.icon)
        if command.tip:
            shown = f"{tr(command.tip)} ({action.shortcut().toString()})" if command.keys else tr(command.tip)
            action.setToolTip(shown)
        action.setCheckable(command.is_switch)
        if command.group:
            action.setCheckable(True)
            self._group(command.group).addAction(action)
        return action

    def _group(self, name: str) -> QActionGroup:
        return self._groups.setdefault(name, QActionGroup(self._window))
