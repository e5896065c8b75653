#!/bin/sh
# Builds the guest of the engine `wasm`: CPython with its standard library and the harness's own programs, as a snapshot.
#
#   build-python-wasm.sh RECIPE OUT
#
# RECIPE holds what lies in sandboxes/python, and the harness's own programs in own/. `mend doctor --build-guest` and the
# tests call this where the guest is absent. Needs python3 with venv, rustc, and PyPI for one package, which is pinned by
# hash. OUT is written last, at once. Nothing is left but OUT.
set -eu

recipe=$1
out=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary=:all: \
    --no-deps -r "$recipe/requirements.lock"

mkdir -p "$work/app" "$work/wit" "$work/empty/lib"
for part in guest lacking versions errors annotations; do
    cp "$recipe/$part.py" "$work/app/mend_$part.py"
done
cp "$recipe/guest.wit" "$work/wit/"
cp -R "$recipe/own" "$work/app/own"
rustc --edition 2024 --crate-type cdylib -C panic=abort -O "$recipe/steady.rs" -o "$work/steady.so"

# An empty VIRTUAL_ENV keeps the packages of this machine out of the snapshot.
if ! env -u PYTHONPATH LD_PRELOAD="$work/steady.so" VIRTUAL_ENV="$work/empty" \
    "$work/venv/bin/componentize-py" -d "$work/wit" -w guest componentize -p "$work/app" mend_guest \
    -o "$work/guest.wasm" > "$work/log" 2>&1; then
    cat "$work/log" >&2
    exit 1
fi
cp "$work/guest.wasm" "$out.part"
mv "$out.part" "$out"
