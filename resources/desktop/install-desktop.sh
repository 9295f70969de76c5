#!/bin/sh
# Puts DUV Studio into the menu of this user's desktop, as a program that opens MIDI files; needs no root.
# `install-desktop.sh` does it for the program beside this file, or the one named; `install-desktop.sh --remove` undoes it.
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
DATA=${XDG_DATA_HOME:-$HOME/.local/share}
ENTRY=$DATA/applications/duv-studio.desktop

say() { printf '%s\n' "$*" >&2; }

refresh() {
    if command -v update-desktop-database >/dev/null; then update-desktop-database -q "$DATA/applications" || true; fi
    if command -v gtk-update-icon-cache >/dev/null; then gtk-update-icon-cache -qtf "$DATA/icons/hicolor" || true; fi
}

if [ "${1:-}" = --remove ]; then
    rm -f "$ENTRY" "$DATA"/icons/hicolor/*/apps/duv-studio.png "$DATA/icons/hicolor/scalable/apps/duv-studio.svg"
    refresh
    say "DUV Studio is no longer in the menu."
    exit 0
fi

PROGRAM=${1:-$HERE/duv-studio}
if [ ! -x "$PROGRAM" ] || [ -d "$PROGRAM" ]; then
    say "There is no program at $PROGRAM: name it, for example: sh install-desktop.sh \"\$(command -v duv-studio)\""
    exit 1
fi
PROGRAM=$(cd "$(dirname "$PROGRAM")" && pwd)/$(basename "$PROGRAM")
for ICONS in "$HERE/_internal/duv_studio/resources/icons" "$HERE/../icons" none; do
    if [ -d "$ICONS/app" ]; then break; fi
done
if [ "$ICONS" = none ]; then
    say "The icons are not beside this file: run it where it was installed."
    exit 1
fi

mkdir -p "$DATA/applications" "$DATA/icons/hicolor/scalable/apps"
cp "$ICONS/app.svg" "$DATA/icons/hicolor/scalable/apps/duv-studio.svg"
for picture in "$ICONS"/app/*.png; do
    size=$(basename "$picture" .png)
    mkdir -p "$DATA/icons/hicolor/${size}x$size/apps"
    cp "$picture" "$DATA/icons/hicolor/${size}x$size/apps/duv-studio.png"
done
# In Exec a name stands in quotes, and some signs in it are escaped: once for the quotes, once for the file, and % twice.
QUOTED=$(printf '%s' "$PROGRAM" | sed -e 's/[\\"`$]/\\&/g' -e 's/\\/\\\\/g' -e 's/%/%%/g')
# The line is written by awk's environment, which changes nothing in it.
LINE="Exec=\"$QUOTED\" %f" awk '/^Exec=/ { print ENVIRON["LINE"]; next } { print }' "$HERE/duv-studio.desktop" >"$ENTRY.new"
mv "$ENTRY.new" "$ENTRY"
refresh
say "DUV Studio is in the menu, and opens MIDI files: $ENTRY"
