#!/bin/sh
# Makes .venv (or VENV) with the locked packages, and installs the system libraries that are missing. Quick when all is
# there. PYTHON says which Python; without it, one that is there stays, and a new environment takes the first that will do.
set -eu
cd "$(dirname "$0")/.."
. tools/system.sh

STAMP=$VENV/.duv-studio-setup
ASKED=${PYTHON:-}

find_python() {
    for python in ${ASKED:-python3.11 python3 python3.12 python3.13 python3.14}; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$python"
            return
        fi
    done
    say "DUV Studio needs Python 3.11 or newer: install it (on Debian 12: apt-get install python3 python3-venv) and try again."
    exit 1
}

# First line: where it was made, because its programs hold that path. Second line: from what.
fingerprint() {
    pwd
    { cat pyproject.toml requirements.lock tools/setup.sh; "$VENV/bin/python" -V; } 2>/dev/null | cksum
}

install_python_packages() {
    say "Installing the Python packages into $VENV; the first time takes a few minutes."
    if was_moved || is_of_another_python || ! "$VENV/bin/python" -V >/dev/null 2>&1; then
        "$PYTHON" -m venv --clear "$VENV"
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

is_of_another_python() {
    [ -n "$ASKED" ] && [ "$("$PYTHON" -V)" != "$("$VENV/bin/python" -V 2>/dev/null)" ]
}

pip_install() {
    if ! "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check "$@"; then
        say "The Python packages could not be installed; pip says why above. Mend that and run the same command again."
        exit 1
    fi
}

PYTHON=$(find_python)
install_missing_packages "$PYTHON"
if is_of_another_python || [ ! -f "$STAMP" ] || [ "$(fingerprint)" != "$(cat "$STAMP")" ]; then
    install_python_packages
fi
