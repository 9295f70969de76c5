#!/bin/sh
# Plays through a PulseAudio server of its own and compares what it recorded, for LISTEN seconds: in real time, so nothing runs beside it.
set -eu
cd "$(dirname "$0")/.."
. tools/system.sh

missing_sound_packages() {
    command -v pulseaudio >/dev/null || echo pulseaudio
    command -v parec >/dev/null || echo pulseaudio-utils
}

install_packages "$(missing_sound_packages)"
DUV_STUDIO_PULSEAUDIO=${LISTEN:-60} exec "$VENV/bin/python" -m pytest -p no:xdist tests/sound/output/test_with_pulseaudio.py
