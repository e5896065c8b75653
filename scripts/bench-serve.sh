#!/bin/sh
# A load of mixed requests on `mend serve`, beside a plain `python3 -I` per program in the same run.
#
#   scripts/bench-serve.sh [requests] [further arguments of scripts/serve/load.py]
#
# Runs programs, a few of them endless, some with much output, and the hostile battery where MEND_SHARED has it, over 256
# connections. Says what was dropped, wrong, slow or left behind, and ends with status 1 if anything was. MEND names another
# binary than the release build.
set -eu
cd "$(dirname "$0")/.."
mend=${MEND:-target/release/mend}
[ -x "$mend" ] || { echo "build it first: cargo build --release -p mendbench" >&2; exit 2; }
exec python3 scripts/serve/load.py "$mend" "$@"
