#!/usr/bin/env bash
# Everything that a change must pass, in the order of what fails fastest. Works from any folder.
#
#   CARGO_TARGET_DIR   where cargo builds, as always
#   MEND_FULL=1        the tests that read it run in full: more programs, more seeds
#   MEND_SHARED        a folder of optional real test data; tests that want it say so and skip without
#   MEND_REQUIRE       kinds of skips that fail: wasm, data, root, browser, readers, python, docs, deny, typos, nextest, other,
#                      with commas between them, or `all`
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/prerequisites.sh
source scripts/tools.sh
source scripts/skips.sh
check_prerequisites || exit 2

log=$(mktemp)
step="prerequisites"

finish() {
    local code=$?
    echo
    if ! tell_skips && [ "$code" -eq 0 ]; then
        step="something that MEND_REQUIRE lists was skipped"
        code=1
    fi
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
    rm -f "$log" "$skip_file"
    exit "$code"
}
trap finish EXIT

# Runs a script that says what it skips, and shows what it says.
noting() {
    local said code=0
    said=$(mktemp)
    "$@" 2>&1 | tee "$said" || code=$?
    skips_of_output "$said"
    rm -f "$said"
    return "$code"
}

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
    skipped wasm "the interpreter of the engine wasm was not built; it takes rustc, python3 with venv, and PyPI"
fi

begin "the readers of other tools"
# Inspect's own and DuckDB: tests open with them what mend exports.
if ! readers=$(scripts/readers.sh 2>&1); then
    skipped readers "$readers"
fi

if cargo nextest --version >/dev/null 2>&1; then
    begin "cargo nextest"
    report=${CARGO_TARGET_DIR:-target}/nextest/default/junit.xml
    rm -f "$report"
    cargo nextest run --workspace --locked --no-fail-fast 2>&1 | tee "$log" || { skips_of_tests "$report"; false; }
    skips_of_tests "$report"
else
    begin "cargo test"
    skipped nextest "cargo-nextest is not installed, so cargo test runs instead, which hides what tests skip; get it from https://nexte.st"
    cargo test --workspace --all-targets --locked --no-fail-fast 2>&1 | tee "$log"
fi

begin "report.html in a browser"
noting scripts/browser.sh "${CARGO_TARGET_DIR:-target}/debug/mend"

begin "the Python package"
noting scripts/python.sh "${CARGO_TARGET_DIR:-target}/debug/mend"

begin "doctests"
cargo test --doc --workspace --locked

begin "cargo doc"
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items --locked

begin "the documentation as a site"
noting scripts/docs.sh "${CARGO_TARGET_DIR:-target}/book"

begin "cargo deny"
if cargo deny --version >/dev/null 2>&1; then
    # Not advisories: they would need a database over the network.
    cargo deny check bans licenses sources
else
    skipped deny "cargo-deny is not installed; get it with: cargo install --locked cargo-deny"
fi

begin "typos"
if typos=$(find_tool typos typos 1.52.0 418fd85f7fc11dec14e5482e747f6e916af56da96207cde0cdd69540a4b389f6); then
    "$typos"
else
    skipped typos "$typos"
fi
