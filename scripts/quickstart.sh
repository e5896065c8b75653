#!/usr/bin/env bash
# From a fresh checkout to a first result: builds mend, lets a simulated programmer solve and repair the
# starter problems, and shows where everything is. Needs no key and costs nothing. Works from any folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/prerequisites.sh
check_prerequisites || exit 2

out=results/quickstart
number=1
while [ -e "$out" ]; do
    number=$((number + 1))
    out=results/quickstart-$number
done

echo "== building mend; the first time takes a few minutes"
cargo build --release --locked -p mendbench

mend() {
    cargo run --quiet --release --locked -p mendbench --bin mend -- "$@"
}

echo
echo "== mend run --dataset starter --model sim/journeyman --strategy self-repair --n-p 8 --n-f 1 --out $out"
mend run --dataset starter --model sim/journeyman --strategy self-repair --n-p 8 --n-f 1 --out "$out"

echo
echo "The programmer was simulated: these figures show that everything works, and nothing about any model."
echo "The run is in $PWD/$out:"
ls "$out" | sed 's/^/  /'
echo "results/README.md says what each file holds."
echo "Show it again with: cargo run --release -p mendbench --bin mend -- report $out"

echo
echo "== mend doctor --build-guest: the interpreter of the second engine, once; the results above do not need it"
if ! mend doctor --build-guest >/dev/null; then
    echo "It was not built: all but --sandbox wasm and --sandbox auto works without."
fi
