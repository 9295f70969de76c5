#!/bin/sh
# `make run`: the window with the demo song, or its before and after as files where there is no screen.
set -eu
cd "$(dirname "$0")/.."
. tools/system.sh

if has_screen; then
    exec "$VENV/bin/duv-studio" resources/demo/demo.mid
fi
say "There is no screen here, so the demo song is humanized and drawn into files."
exec "$VENV/bin/duv-studio" demo -o build/demo
