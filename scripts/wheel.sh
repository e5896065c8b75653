#!/usr/bin/env bash
# Builds the Python package's wheel, with the binary `mend` in it. maturin comes from PyPI, once, into the user's cache folder.
#
#   scripts/wheel.sh [-o folder] [mend]   where the wheel goes (target/wheels); a binary that is built already, else cargo
#                                         builds one (--release)
#   MEND_WHEEL_FAST=1                     packs faster and larger, for tests
#   XDG_CACHE_HOME                        the user's cache folder; .cache in HOME if unset
#
# The last line on stdout is the wheel's path. Where maturin cannot be had it says why, and exits with 1.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
version=1.16.0
tools=${XDG_CACHE_HOME:-$HOME/.cache}/mendbench/maturin-$version
out=$root/target/wheels
if [ "${1:-}" = -o ]; then
    out=${2:?"-o needs a folder"}
    shift 2
fi
mend=${1:-}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ ! -x "$tools/bin/maturin" ]; then
    rm -rf "$tools"
    if ! python3 -m venv "$tools" >"$work/log" 2>&1; then
        echo "python3 cannot make a virtual environment: $(tail -n 1 "$work/log")" >&2
        rm -rf "$tools"
        exit 1
    fi
    if ! timeout 300 "$tools/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --retries 1 --timeout 20 \
        --only-binary=:all: "maturin==$version" >"$work/log" 2>&1; then
        echo "PyPI did not give maturin $version: $(grep -v '^WARNING' "$work/log" | tail -n 1)" >&2
        rm -rf "$tools"
        exit 1
    fi
fi

arguments=(build --release --out "$work/wheel")
if [ "${MEND_WHEEL_FAST:-0}" = 1 ]; then
    arguments+=(--compression-level 1)
fi
if [ -n "$mend" ]; then
    # maturin asks cargo where the binary is. This answers for cargo, and cargo answers all else.
    mend=$(realpath "$mend")
    [ -x "$mend" ] || { echo "$mend is no program that can be run" >&2; exit 2; }
    package=$(cd "$root" && cargo pkgid --package mendbench)
    python3 - "$mend" "$root" "$package" >"$work/artifact.json" <<'PYTHON'
import json, sys

mend, root, package = sys.argv[1:]
cli = root + "/crates/cli"
target = {"kind": ["bin"], "crate_types": ["bin"], "name": "mend", "src_path": cli + "/src/main.rs", "edition": "2024",
          "doc": True, "doctest": False, "test": True}
profile = {"opt_level": "3", "debuginfo": 0, "debug_assertions": False, "overflow_checks": False, "test": False}
print(json.dumps({"reason": "compiler-artifact", "package_id": package, "manifest_path": cli + "/Cargo.toml",
                  "target": target, "profile": profile, "features": [], "filenames": [mend], "executable": mend,
                  "fresh": True}))
print(json.dumps({"reason": "build-finished", "success": True}))
PYTHON
    cat >"$work/cargo" <<EOF
#!/usr/bin/env bash
case "\$1" in
rustc | build) exec cat "$work/artifact.json" ;;
*) exec cargo "\$@" ;;
esac
EOF
    chmod +x "$work/cargo"
    export CARGO=$work/cargo
fi

(cd "$root/python" && "$tools/bin/maturin" "${arguments[@]}" >&2)
mkdir -p "$out"
for wheel in "$work"/wheel/*.whl; do
    mv -f "$wheel" "$out/"
    echo "$(cd "$out" && pwd)/$(basename "$wheel")"
done
