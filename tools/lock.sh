#!/bin/sh
# `make lock`: writes requirements.lock for Python 3.11 from pyproject.toml. torch keeps the version that is installed.
set -eu
cd "$(dirname "$0")/.."
. tools/system.sh
TORCH=$("$VENV/bin/python" -c 'from importlib.metadata import version; print(version("torch").split("+")[0])')
"$VENV/bin/python" -m pip install --quiet --disable-pip-version-check pip-tools
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
echo "torch==$TORCH" >"$TMP/torch.txt"
"$VENV/bin/python" -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["dev"], sep="\n")' >"$TMP/dev.in"
"$VENV/bin/python" -m piptools compile --quiet --upgrade --extra evaluation --extra cluster --extra midi-out --strip-extras --no-header \
    --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --constraint "$TMP/torch.txt" \
    --output-file "$TMP/lock" pyproject.toml "$TMP/dev.in"
# Two packages have no wheels for ARM on Linux and Windows, where the program does without them.
ELSEWHERE='; platform_machine != "aarch64" and platform_machine != "ARM64"'
{
    echo "# Exact versions of everything, for Python 3.11; written by 'make lock'."
    sed -e 's/^\(torch==[^+]*\)+.*/\1/' -e "s/^\(miniaudio==[^ ;]*\).*/\1 $ELSEWHERE/" -e "s/^\(rtmidi2==[^ ;]*\).*/\1 $ELSEWHERE/" \
        -e '/^#/d' -e '/^$/d' "$TMP/lock"
} >requirements.lock
