#!/bin/sh
# Compiles the guest of the engine `wasm` for this machine's processor.
#
#   compile-python-wasm.sh RECIPE MODULE OUT
#
# RECIPE holds compile.py and compiler.lock of sandboxes/python. `mend` calls this where the compiled form is absent. Needs
# python3 with venv, and PyPI for one package, which is pinned by hash: so `mend` itself holds no compiler, which would take
# longer to build than all of the rest. Nothing is left but OUT.
set -eu

recipe=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary=:all: \
    --no-deps -r "$recipe/compiler.lock"
"$work/venv/bin/python" "$recipe/compile.py" "$2" "$3"
