#!/bin/sh
# `make app`: builds dist/duv-studio, a folder that runs without Python, and lets it test itself.
set -eu
cd "$(dirname "$0")/.."
. tools/system.sh

install_packages "$(missing_build_packages "$VENV/bin/python")"
STARTED=$(date +%s)
say "Building the program takes some minutes; what PyInstaller says is in build/app.log."
mkdir -p build
if ! "$VENV/bin/python" -m PyInstaller --noconfirm --log-level WARN --distpath dist --workpath build/app duv_studio.spec >build/app.log 2>&1; then
    tail -n 20 build/app.log >&2
    say "The program could not be built."
    exit 1
fi
say "Built in $(($(date +%s) - STARTED)) s."
exec "$VENV/bin/python" -m tools.check_app dist/duv-studio
