#!/bin/sh
# `make lock`: writes requirements.lock for Python 3.11 from pyproject.toml. torch keeps the version that is installed.
set -eu
cd "$(dirname "$0")/.."
TORCH=$(.venv/bin/python -c 'from importlib.metadata import version; print(version("torch").split("+")[0])')
.venv/bin/python -m pip install --quiet --disable-pip-version-check pip-tools
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
echo "torch==$TORCH" >"$TMP/torch.txt"
.venv/bin/python -m piptools compile --quiet --upgrade --extra dev --extra evaluation --extra cluster --strip-extras --no-header \
    --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --constraint "$TMP/torch.txt" \
    --output-file "$TMP/lock" pyproject.toml
{
    echo "# Exact versions of everything, for Python 3.11; written by 'make lock'."
    sed -e 's/^\(torch==[^+]*\)+.*/\1/' -e '/^#/d' -e '/^$/d' "$TMP/lock"
} >requirements.lock
