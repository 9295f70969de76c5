"""Makes the SoundFont that ships, from the packages musescore-general-soundfont-small and -lossless of Debian 12:

    apt-get download musescore-general-soundfont-small musescore-general-soundfont-lossless
    for package in musescore-general-soundfont-*.deb; do dpkg-deb -x $package build/soundfont; done
    python -m tools.make_soundfont build/soundfont/usr/share/sounds

The small one says what the instruments are, the lossless one has the samples, which are encoded once. It takes about a
minute, and the bytes are the same each time with the same versions of soundfile and libsndfile.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from duv_studio.engine.atomic import write_atomically
from tools.make_soundfont.keep import with_presets
from tools.make_soundfont.report import LEVEL_DB, report
from tools.make_soundfont.samples import Sample, laid_out, lossless_of, made
from tools.make_soundfont.tables import Bank, read, written

TARGET = Path(__file__).resolve().parents[2] / "resources" / "soundfont" / "MuseScore_General.sf3"
SMALL, LARGE = Path("sf3", "MuseScore_General_Lite.sf3"), Path("sf2", "MuseScore_General_Full.sf2")
MOST_BYTES = 24_000_000
QUALITY = 0.2  # of Vorbis
FIRST_OWN_BANK, DRUMS = 17, 128  # MuseScore's own banks, which no other file asks for, lie below those of the drums


def main() -> int:
    """Write the bank and print what became of it; 1 when it is too large."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sounds", type=Path, help="usr/share/sounds of both packages")
    parser.add_argument("-o", "--output", type=Path, default=TARGET)
    parser.add_argument("--quality", type=float, default=QUALITY, help=f"of Vorbis, 0 to 1; default {QUALITY}")
    arguments = parser.parse_args()
    small, large = read(arguments.sounds / SMALL), read(arguments.sounds / LARGE)
    data, text = compact(small, large, arguments.quality)
    print(text)
    if len(data) > MOST_BYTES:
        print(f"{len(data):,} bytes are more than {MOST_BYTES:,}: nothing was written; choose a lower --quality.")
        return 1
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(arguments.output, data)
    return 0


def compact(small: Bank, large: Bank, quality: float) -> tuple[bytes, str]:
    """The new bank, and a text that says what was done."""
    presets = small.tables["phdr"]
    own = (presets["bank"] >= FIRST_OWN_BANK) & (presets["bank"] < DRUMS)
    tables, used = with_presets(dict(small.tables), ~own[:-1])
    partners = lossless_of(small, large)
    samples: list[Sample] = []
    for number in used:
        header = small.tables["shdr"][number]
        samples.append(made(small, header, large, partners[number], quality, LEVEL_DB))
        if sys.stderr.isatty():
            print(f"\r{len(samples)} of {len(used)} samples", end="", file=sys.stderr, flush=True)
    tables["shdr"], content = laid_out(tables["shdr"], samples)
    data = written(_texts(small), tables, content)
    return data, report(data, presets[:-1][own[:-1]], tables, samples, quality)


def _texts(small: Bank) -> dict[str, bytes]:
    """What the bank says of itself: all that the small one says, and that it was changed."""
    name = b"MuseScore_General v0.2.1, compact\0"
    made_by = b"Polyphone:DUV Studio tools.make_soundfont\0"
    return small.info | {"ifil": bytes((3, 0, 1, 0)), "INAM": _even(name), "ISFT": _even(made_by)}


def _even(text: bytes) -> bytes:
    return text + bytes(len(text) & 1)


if __name__ == "__main__":
    sys.exit(main())
