#!/bin/sh
# Requests made from the OpenAPI of `mend serve`, by schemathesis: no answer may be an error of ours, or one that the
# document does not name.
#
#   scripts/fuzz-serve.sh [examples per path]
#
# Needs python3 with venv, and PyPI for the first time; says so and does nothing where they are not to be had. MEND names
# another binary than the release build.
set -eu
cd "$(dirname "$0")/.."
examples=${1:-50}
mend=${MEND:-target/release/mend}
[ -x "$mend" ] || { echo "build it first: cargo build --release -p mendbench" >&2; exit 2; }
venv=${XDG_CACHE_HOME:-$HOME/.cache}/mendbench/schemathesis-4.32.5
if [ ! -x "$venv/bin/schemathesis" ]; then
    rm -rf "$venv"
    if ! { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet 'schemathesis==4.32.5'; }; then
        rm -rf "$venv"
        echo "skipped: schemathesis cannot be installed here"
        exit 0
    fi
fi
work=$(mktemp -d)
"$mend" serve --listen 127.0.0.1:0 --time-limit 1 --max-time-limit 1 --allow-unsafe >"$work/address" 2>"$work/told" &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; cd /; rm -rf "$work"' EXIT
for _ in $(seq 200); do
    [ -s "$work/address" ] && break
    kill -0 "$server" 2>/dev/null || { cat "$work/told" >&2; exit 1; }
    sleep 0.05
done
address=$(cat "$work/address")
# It leaves a folder where it runs.
cd "$work"
"$venv/bin/schemathesis" run "$address/openapi.json" --max-examples "$examples" --seed 1 --phases examples,coverage,fuzzing \
    --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
    --header 'X-Mend-Client: fuzz' --request-timeout 60
kill -0 "$server" || { echo "the server has gone" >&2; cat "$work/told" >&2; exit 1; }
if grep -q 'mend has a bug' "$work/told"; then
    cat "$work/told" >&2
    exit 1
fi
echo "the server is as it was: $(python3 -c 'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).status)' "$address/health")"
