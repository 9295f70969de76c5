#!/bin/sh
# Makes .venv with the locked packages, and installs the system libraries that are missing. Quick when all is there.
set -eu
cd "$(dirname "$0")/.."
. tools/system.sh

STAMP=.venv/.duv-studio-setup

find_python() {
    for python in python3.11 python3 python3.12 python3.13 python3.14; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$python"
            return
        fi
    done
    say "DUV Studio needs Python 3.11 or newer: install it (on Debian 12: apt-get install python3 python3-venv) and try again."
    exit 1
}

# First line: where .venv was made, because its programs hold that path. Second line: from what.
fingerprint() {
    pwd
    { cat pyproject.toml requirements.lock tools/setup.sh; .venv/bin/python -V; } 2>/dev/null | cksum
}

install_python_packages() {
    say "Installing the Python packages into .venv; the first time takes a few minutes."
    if was_moved || ! .venv/bin/python -V >/dev/null 2>&1; then
        "$PYTHON" -m venv --clear .venv
    fi
    rm -f "$STAMP"
    # torch by itself and by its exact version, so that pip takes the build that this machine offers for it.
    pip_install "$(grep '^torch==' requirements.lock)"
    pip_install -r requirements.lock
    pip_install --no-deps --no-build-isolation -e .
    fingerprint >"$STAMP"
}

was_moved() {
    [ -f "$STAMP" ] && [ "$(head -n 1 "$STAMP")" != "$(pwd)" ]
}

pip_install() {
    if ! .venv/bin/python -m pip install --quiet --disable-pip-version-check "$@"; then
        say "The Python packages could not be installed; pip says why above. Mend that and run the same command again."
        exit 1
    fi
}

PYTHON=$(find_python)
install_missing_packages "$PYTHON"
if [ ! -f "$STAMP" ] || [ "$(fingerprint)" != "$(cat "$STAMP")" ]; then
    install_python_packages
fi
