"""The song itself: form, chords, melody and drum patterns of "First Light", D major, 4/4."""

from __future__ import annotations

TITLE = "First Light"
TEMPO = 96  # quarter notes a minute

# Guitar fingerings from the low E string up; every part takes its chord tones from them.
FRETS = {
    "D": "xx0232",
    "D/F#": "2x0232",
    "G": "320033",
    "Gm6": "3x233x",
    "A": "x02220",
    "A/C#": "x4222x",
    "Asus4": "x02230",
    "A7": "x02020",
    "Bm": "x24432",
    "Bm7": "x20202",
    "Em": "022000",
    "Em7": "022030",
    "F#m": "244222",
    "F#m/A": "x04222",
}

# Sections in order: marker, and the chords of its bars; two chords in a bar share it equally.
FORM: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Intro", ("D", "A/C#", "Bm7", "G")),
    ("Verse", ("D", "A/C#", "Bm", "G", "D/F#", "G", "Em7", "Asus4 A")),
    ("Chorus", ("G", "A", "F#m", "Bm", "G", "A", "D", "D/F#")),
    ("Bridge", ("Bm", "F#m/A", "G", "D/F#", "Em", "Bm", "G", "Asus4 A7")),
    ("Chorus 2", ("G", "A", "F#m", "Bm", "G", "A", "D", "D")),
    ("Outro", ("G", "Gm6", "D", "D")),
)

# Piano melody by section, one string a bar: pitch:quarters, r for a rest. An empty bar rests.
_CHORUS = (
    "D5:1.5 B4:.5 D5:1 G5:1",
    "E5:2 C#5:.5 D5:.5 E5:1",
    "F#5:1.5 E5:.5 C#5:1 A4:1",
    "D5:2.5 r:.5 B4:.5 C#5:.5",
    "D5:1.5 B4:.5 D5:1 A5:1",
    "G5:.5 F#5:.5 E5:1.5 C#5:.5 E5:1",
    "F#5:1 E5:.5 D5:1.5 A4:1",
)
MELODY: dict[str, tuple[str, ...]] = {
    "Intro": ("", "", "r:2 D5:.5 C#5:.5 B4:1", "A4:1 B4:.5 A4:.5 G4:1 r:1"),
    "Verse": (
        "r:.5 F#4:.5 A4:.5 D5:.5 C#5:1 A4:1",
        "B4:1.5 A4:.5 E4:2",
        "r:.5 D4:.5 F#4:.5 B4:.5 A4:1 F#4:1",
        "G4:1.5 F#4:.5 D4:1.5 r:.5",
        "r:.5 F#4:.5 A4:.5 D5:.5 E5:1 F#5:1",
        "E5:.5 D5:1 B4:.5 G4:1.5 A4:.5",
        "B4:1 D5:.5 B4:.5 G4:1 F#4:.5 E4:.5",
        "D4:1 E4:1 r:.5 A4:.5 B4:.5 C#5:.5",
    ),
    "Chorus": (*_CHORUS, "D5:2 r:.5 C#5:.5 D5:.5 E5:.5"),
    "Bridge": (
        "F#5:3 E5:.5 D5:.5",
        "C#5:2 A4:1 C#5:1",
        "B4:3 A4:.5 G4:.5",
        "A4:2 F#4:1 A4:1",
        "G4:1 B4:1 E5:1.5 D5:.5",
        "D5:1 C#5:.5 B4:1.5 F#4:1",
        "B4:1 D5:1 G5:1.5 F#5:.5",
        "E5:1.5 D5:.5 E5:.5 D5:.5 C#5:.5 B4:.5",
    ),
    "Chorus 2": (*_CHORUS, "D5:3 r:1"),
    "Outro": ("B4:1 D5:1 B4:2", "A#4:1.5 A4:.5 G4:2", "F#4:1 A4:1 D5:2", "F#5:4"),
}

# A line for the violins above their chords, where they sing: half notes against the melody.
COUNTER: dict[str, tuple[str, ...]] = {
    "Bridge": ("", "", "", "", "E5:2 F#5:2", "F#5:2 D5:2", "G5:2 B5:2", "D5:2 G5:1 E5:1"),
    "Chorus 2": (
        "B5:4",
        "A5:2 C#6:2",
        "C#6:2 A5:2",
        "B5:2 F#5:2",
        "G5:2 B5:2",
        "C#6:2 A5:2",
        "A5:2 F#5:2",
        "F#5:4",
    ),
}

# Drum tablature, sixteen sixteenths a bar: K kick, S snare, R side stick, H closed hat, O open hat, P pedal hat,
# I ride, C crash, 1 2 3 toms from high to low. The snare's sixteenths beside the beat are ghost notes to be.
DRUMS: dict[str, dict[str, str]] = {
    "rest": {},
    "pulse": {"H": "x.x.x.x.x.x.x.x.", "R": "............x..."},
    "pickup": {"H": "x.x.x.x.x.......", "S": "..........x.x.xx", "1": "........x.......", "K": "x..............."},
    "verse a": {"K": "x.....x.x.......", "S": "....x..x.x..x...", "H": "x.x.x.x.x.x.x.x."},
    "verse b": {"K": "x.....x...x.....", "S": "....x..x....x..x", "H": "x.x.x.x.x.x.x...", "O": "..............x."},
    "verse fill": {
        "K": "x.....x.x.......",
        "S": "....x....x..xx..",
        "H": "x.x.x.x.x.......",
        "1": "..........xx....",
        "2": "..............xx",
    },
    "chorus crash": {
        "C": "x...............",
        "K": "x.....x.x.x.....",
        "S": "....x..x....x..x",
        "I": "..x.x.x.x.x.x.x.",
    },
    "chorus a": {"K": "x.....x.x.x.....", "S": "....x..x.x..x...", "I": "x.x.x.x.x.x.x.x."},
    "chorus b": {"K": "x..x..x.x.x..x..", "S": "....x....x..x..x", "I": "x.x.x.x.x.x.x.x."},
    "chorus fill": {
        "K": "x.....x.x...x...",
        "S": "....x..xx.xx....",
        "I": "x.x.x.x.........",
        "1": "............xx..",
        "3": "..............xx",
    },
    "bridge crash": {"C": "x...............", "K": "x.........x.....", "S": "........x......."},
    "bridge a": {"K": "x.........x.....", "R": "........x.......", "I": "x...x.x.x...x.x.", "P": "....x.......x..."},
    "bridge b": {"K": "x..x......x...x.", "S": "........x.....x.", "I": "x...x.x.x...x.x.", "P": "....x.......x..."},
    "build": {"K": "x...x...x...x...", "S": "x.x.x.x.xxxxxxxx", "2": "............x...", "3": "..............x."},
    "outro": {"K": "x.....x.........", "R": "....x.......x...", "H": "x.x.x.x.x.x.x.x."},
    "outro fill": {"K": "x...............", "1": "........x.x.....", "2": "............x...", "3": "..............x."},
    "end": {"C": "x...............", "K": "x..............."},
}
GROOVE: dict[str, tuple[str, ...]] = {
    "Intro": ("rest", "rest", "pulse", "pickup"),
    "Verse": ("verse a", "verse b") * 3 + ("verse a", "verse fill"),
    "Chorus": ("chorus crash", "chorus b", "chorus a", "chorus b") * 2,
    "Bridge": ("bridge crash", "bridge a", "bridge a", "bridge b", "bridge a", "bridge b", "bridge b", "build"),
    "Chorus 2": (
        "chorus crash",
        "chorus b",
        "chorus a",
        "chorus b",
        "chorus crash",
        "chorus b",
        "chorus a",
        "chorus fill",
    ),
    "Outro": ("chorus crash", "outro", "outro fill", "end"),
}
