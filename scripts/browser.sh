#!/usr/bin/env bash
# The browser test of report.html, compare.html and of `mend view`: makes a few runs of simulated programmers and of hostile samples, and looks at their
# reports in a headless Chromium that chromedriver drives (Debian's chromium and chromium-driver). It says what it cannot
# have, and then skips.
#
#   scripts/browser.sh [mend] [folder]   the binary (target/debug/mend if not given); where runs go (a temporary folder)
#   MEND_CI_CACHE                        where axe-core is kept; mendbench in the user's cache folder if unset
#   MEND_BROWSER_INSTALL=0               nothing is installed: what is not there is said, and skipped
#   MEND_FULL=1                          also a large run, whose report is held to the budgets of size and time, and Firefox
#                                        is fetched where it is not there
#   MEND_BROWSER_ONLY=word               only the tests whose names hold the word
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mend=${1:-${CARGO_TARGET_DIR:-$here/../target}/debug/mend}
mend=$(realpath "$mend")
cache=${MEND_CI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mendbench}/browser
axe_version=4.10.3
install=${MEND_BROWSER_INSTALL:-1}

chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
chromedriver=$(command -v chromedriver || true)
if [ -z "$chromium" ] || [ -z "$chromedriver" ]; then
    if [ "$install" = 1 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "installing Debian's chromium and chromium-driver"
        timeout 600 apt-get install -y --no-install-recommends chromium chromium-driver >/dev/null 2>&1 \
            || { timeout 300 apt-get update >/dev/null 2>&1 && timeout 600 apt-get install -y --no-install-recommends chromium chromium-driver >/dev/null 2>&1; } \
            || true
        chromium=$(command -v chromium || true)
        chromedriver=$(command -v chromedriver || true)
    fi
fi
if [ -z "$chromium" ] || [ -z "$chromedriver" ]; then
    echo "skipped: chromium and chromedriver are not installed; get them with: apt-get install chromium chromium-driver"
    exit 0
fi

axe=$cache/axe-$axe_version.js
if [ ! -s "$axe" ] && [ "$install" = 1 ] && command -v npm >/dev/null; then
    mkdir -p "$cache"
    unpacked=$(mktemp -d)
    if (cd "$unpacked" && timeout 120 npm pack --silent "axe-core@$axe_version" >/dev/null 2>&1 && tar -xzf axe-core-*.tgz package/axe.min.js); then
        mv "$unpacked/package/axe.min.js" "$axe"
    fi
    rm -rf "$unpacked"
fi
axe_flag=()
if [ -s "$axe" ]; then
    axe_flag=(--axe "$axe")
else
    echo "skipped in part: axe-core $axe_version is not there, so accessibility is not checked; it takes npm and its registry"
fi

if [ -n "${2:-}" ]; then
    runs=$2
    mkdir -p "$runs"
else
    runs=$(mktemp -d)
    trap 'rm -rf "$runs"' EXIT
fi
# A run ends with 4 where something is unscored, which is no fault here.
make_run() {
    local name=$1 code=0
    shift
    [ -e "$runs/$name/report.html" ] && return
    "$mend" "$@" --out "$runs/$name" >"$runs/$name.log" 2>&1 || code=$?
    if [ "$code" != 0 ] && [ "$code" != 4 ]; then
        echo "the run \`$name\` failed:"
        cat "$runs/$name.log"
        exit 1
    fi
}
starter=(run --dataset starter --model sim/journeyman)
make_run critic "${starter[@]}" --critic sim/expert --n-p 8 --n-f 3
make_run own "${starter[@]}" --n-p 8 --n-f 3
make_run iid "${starter[@]}" --strategy iid --n-p 4
make_run chains "${starter[@]}" --strategy self-refine --sample 12
make_run replicates "${starter[@]}" --n-p 3 --n-f 1 --replicates 2 --sample 8
python3 "$here/browser/hostile.py" "$runs/hostile-data"
make_run hostile score --dataset "$runs/hostile-data/problems.jsonl" --samples "$runs/hostile-data/samples.jsonl"
if [ "${MEND_FULL:-0}" = 1 ]; then
    make_run large "${starter[@]}" --n-p 8 --n-f 3 --replicates 13
fi
for name in critic hostile; do
    [ -e "$runs/$name-again/report.html" ] || "$mend" report "$runs/$name" --out "$runs/$name-again" >"$runs/$name-again.log" 2>&1 || true
done

# The whole comparison twice, so that its bytes can be compared, and one of runs whose curves hardly meet.
for name in compare compare-again compare-iid; do
    a=own
    [ "$name" != compare-iid ] || a=iid
    [ -e "$runs/$name/compare.html" ] || "$mend" compare "$runs/$a" "$runs/critic" --out "$runs/$name" >"$runs/$name.log" 2>&1 || { cat "$runs/$name.log"; exit 1; }
done

failed=0
timeout 900 python3 "$here/browser/report_test.py" --chromium "$chromium" --chromedriver "$chromedriver" \
    "${axe_flag[@]}" --only "${MEND_BROWSER_ONLY:-}" "$runs" || failed=1
timeout 900 python3 "$here/browser/view_test.py" --mend "$mend" --chromium "$chromium" --chromedriver "$chromedriver" \
    "${axe_flag[@]}" --only "${MEND_BROWSER_ONLY:-}" "$runs" || failed=1
# Firefox where it is installed; Debian's firefox-esr is fetched for it with MEND_FULL=1 alone.
firefox=$(command -v firefox-esr || command -v firefox || true)
if [ -z "$firefox" ] && [ "${MEND_FULL:-0}" = 1 ] && [ "$install" = 1 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    timeout 600 apt-get install -y --no-install-recommends firefox-esr >/dev/null 2>&1 || true
    firefox=$(command -v firefox-esr || true)
fi
if [ -z "$firefox" ]; then
    echo "skipped in part: Firefox is not installed, so the pages are opened in Chromium alone; get it with: apt-get install firefox-esr"
elif [[ "firefox" == *"${MEND_BROWSER_ONLY:-}"* ]]; then
    timeout 300 python3 "$here/browser/firefox_test.py" --firefox "$firefox" "$runs" || failed=1
fi
exit $failed
