#!/usr/bin/env bash
# Puts the readers of other tools where tests look for them, and says with which python to use them: Inspect's own reader of
# logs, and DuckDB for Parquet. Takes python3 with venv and PyPI, once, and 400 MB in the user's cache folder. Where that
# cannot be had it says why, and exits with 1; the tests in question then say that they skip.
#
#   XDG_CACHE_HOME   the user's cache folder; .cache in HOME if unset
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

wanted=crates/cli/tests/readers/requirements.txt
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mendbench
folder=$cache/readers
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# What is there is what is wanted if it was installed from the same list.
if ! cmp --silent "$wanted" "$folder/installed.txt"; then
    rm -rf "$folder"
    mkdir -p "$cache"
    if ! python3 -m venv "$folder" >"$log" 2>&1; then
        echo "python3 cannot make a virtual environment: $(tail -n 1 "$log")" >&2
        exit 1
    fi
    if ! timeout 600 "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --retries 1 \
        --timeout 20 --only-binary=:all: -r "$wanted" >"$log" 2>&1; then
        echo "PyPI did not give what $wanted lists: $(grep -v '^WARNING' "$log" | tail -n 1)" >&2
        rm -rf "$folder"
        exit 1
    fi
    cp "$wanted" "$folder/installed.txt"
fi
echo "$folder/bin/python"
