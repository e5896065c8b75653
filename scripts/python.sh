#!/usr/bin/env bash
# Checks the Python package in python/: builds its wheel around a binary that exists, installs it into a fresh virtual
# environment, uses it there, and runs mypy --strict and its tests. What PyPI does not give is said, and what needs it skipped.
#
#   scripts/python.sh [mend] [pytest's arguments]   the binary; target/debug/mend if not given
#   MEND_PYTHON_LM_EVAL=1                           with lm-eval (760 MB in the user's cache folder); MEND_FULL=1 does that too
#   XDG_CACHE_HOME                                  the user's cache folder; .cache in HOME if unset
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
mend=$(realpath "${1:-${CARGO_TARGET_DIR:-$root/target}/debug/mend}")
shift || true
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mendbench
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PYTHONDONTWRITEBYTECODE=1

# Prints the python of an environment that has what a list names; says why not and fails where that cannot be had.
environment() {
    local name=$1 list=$2
    shift 2
    if ! cmp --silent "$list" "$cache/$name/installed.txt"; then
        rm -rf "${cache:?}/$name"
        mkdir -p "$cache"
        if ! python3 -m venv "$cache/$name" >"$work/log" 2>&1; then
            echo "python3 cannot make a virtual environment: $(tail -n 1 "$work/log")" >&2
            return 1
        fi
        if ! timeout 600 "$cache/$name/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --retries 1 \
            --timeout 20 --only-binary=:all: "$@" -r "$list" >"$work/log" 2>&1; then
            echo "PyPI did not give what $list lists: $(grep -v '^WARNING' "$work/log" | tail -n 1)" >&2
            rm -rf "${cache:?}/$name"
            return 1
        fi
        cp "$list" "$cache/$name/installed.txt"
    fi
    echo "$cache/$name/bin/python"
}

if ! python=$(environment python "$root/python/tests/requirements.txt" 2>"$work/why"); then
    echo "skipped: $(cat "$work/why")"
    exit 0
fi

# A debug build is mostly symbols, which a wheel leaves out.
slim=$work/mend
if ! strip -o "$slim" "$mend" 2>/dev/null; then
    cp "$mend" "$slim"
fi
if ! wheel=$(MEND_WHEEL_FAST=1 "$root/scripts/wheel.sh" -o "$work/wheels" "$slim" 2>"$work/why"); then
    if grep -q "^PyPI did not give" "$work/why"; then
        echo "skipped: $(tail -n 1 "$work/why")"
        exit 0
    fi
    cat "$work/why" >&2
    exit 1
fi
echo "built $(basename "$wheel")"

# A fresh environment, far from this folder: nothing but the wheel.
python3 -m venv "$work/fresh"
"$work/fresh/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --no-index "$wheel"
site=$("$work/fresh/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
(
    cd "$work"
    env -u MEND_BIN -u MEND_URL "$work/fresh/bin/mend" --version
    if "$work/fresh/bin/mend" serve --help >/dev/null 2>&1; then
        env -u MEND_BIN -u MEND_URL "$work/fresh/bin/python" -c '
import mendbench
found = mendbench.Client().judge("def inc(x):\n    return x + 1", tests=["assert inc(1) == 2"], entry_point="inc")
assert found.passed is True, found
print("the wheel judges:", found.status, "by", found.engine["name"], "- version", mendbench.__version__)
'
    fi
)

echo "mypy --strict"
cd "$root/python"
"$python" -m mypy --strict --cache-dir "$cache/python/mypy"

readers=$cache/readers/bin/python
if [ -x "$readers" ]; then
    "$python" -m mypy --strict --cache-dir "$cache/python/mypy-inspect" --python-executable "$readers"
    # Inspect's own environment is that of the readers; a model's client is added in one beside it.
    if MEND_INSPECT_PYTHON=$(environment inspect tests/inspect.txt --no-deps 2>"$work/why"); then
        export MEND_INSPECT_PYTHON
        purelib='import sysconfig; print(sysconfig.get_path("purelib"))'
        "$readers" -c "$purelib" >"$("$MEND_INSPECT_PYTHON" -c "$purelib")/readers.pth"
    else
        echo "skipped: Inspect: $(cat "$work/why")"
    fi
else
    echo "skipped: Inspect is not installed; scripts/readers.sh installs it"
fi
if [ "${MEND_PYTHON_LM_EVAL:-${MEND_FULL:-0}}" = 1 ]; then
    # Three of them are published as source alone.
    if MEND_LM_EVAL_PYTHON=$(environment lm-eval tests/lm-eval.txt --no-binary rouge-score,sqlitedict,word2number 2>"$work/why"); then
        export MEND_LM_EVAL_PYTHON
    else
        echo "skipped: lm-eval: $(cat "$work/why")"
    fi
fi

echo "pytest"
# The installed wheel is tested, and the binary in it.
env -u MEND_BIN -u MEND_URL PYTHONPATH="$site" "$python" -m pytest -p no:cacheprovider -rs "$@"
