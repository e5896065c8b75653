#!/usr/bin/env bash
# Everything that a change must pass, in the order of what fails fastest. Works from any folder.
#
#   CARGO_TARGET_DIR   where cargo builds, as always
#   MEND_FULL=1        the tests that read it run in full: more programs, more seeds
#   MEND_SHARED        a folder of optional real test data; tests that want it say so and skip without
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/prerequisites.sh
check_prerequisites || exit 2

log=$(mktemp)
step="prerequisites"

finish() {
    local code=$?
    echo
    if [ "$code" -eq 0 ]; then
        echo "== all steps passed"
    else
        echo "== failed: $step"
    fi
    # nextest's summary with what it lists below, or cargo's line for each test binary.
    sed -n '/^ *Summary \[/,$p' "$log"
    grep '^test result:' "$log" || true
    # What failed, in short: a log that is cut still says why.
    if [ "$code" -ne 0 ]; then
        grep --no-group-separator -A 6 ' panicked at ' "$log" | cut -c 1-300 | head -n 60 || true
    fi
    rm -f "$log"
}
trap finish EXIT

begin() {
    step=$1
    echo
    echo "== $step"
}

for component in fmt clippy; do
    if ! cargo "$component" --version >/dev/null 2>&1; then
        echo "missing: cargo $component" >&2
        echo "  install it with: rustup component add rustfmt clippy" >&2
        exit 2
    fi
done

begin "cargo fmt"
cargo fmt --all --check

begin "cargo clippy"
cargo clippy --workspace --all-targets --locked -- -D warnings

begin "cargo clippy without the engine wasm"
cargo clippy -p mendbench --no-default-features --locked -- -D warnings

begin "the interpreter of the engine wasm"
# Built as the tests are, so that nothing is built twice.
cargo test --workspace --locked --no-run --quiet
if ! "${CARGO_TARGET_DIR:-target}/debug/mend" doctor --build-guest >/dev/null; then
    echo "It was not built, so the tests of that engine say that they skip. It takes rustc, python3 with venv, and PyPI."
fi

begin "the readers of other tools"
# Inspect's own and DuckDB: tests open with them what mend exports.
if ! readers=$(scripts/readers.sh 2>&1); then
    echo "skipped: $readers"
    echo "The tests that open exports with them say that they skip."
fi

if cargo nextest --version >/dev/null 2>&1; then
    begin "cargo nextest"
    cargo nextest run --workspace --locked --no-fail-fast 2>&1 | tee "$log"
else
    begin "cargo test"
    echo "cargo-nextest is not installed, so cargo test runs instead; get it from https://nexte.st"
    cargo test --workspace --all-targets --locked --no-fail-fast 2>&1 | tee "$log"
fi

begin "report.html in a browser"
scripts/browser.sh "${CARGO_TARGET_DIR:-target}/debug/mend"

begin "the Python package"
scripts/python.sh "${CARGO_TARGET_DIR:-target}/debug/mend"

begin "doctests"
cargo test --doc --workspace --locked

begin "cargo doc"
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items --locked

begin "cargo deny"
if cargo deny --version >/dev/null 2>&1; then
    # Not advisories: they would need a database over the network.
    cargo deny check bans licenses sources
else
    echo "skipped: cargo-deny is not installed; get it with: cargo install --locked cargo-deny"
fi

begin "typos"
if command -v typos >/dev/null; then
    typos
else
    echo "skipped: typos is not installed; get it with: cargo install --locked typos-cli"
fi
