# Sourced by the other scripts: says what is missing and how to get it, all at once.

check_prerequisites() {
    local missing=0

    if ! command -v cargo >/dev/null; then
        echo "missing: cargo, which builds mend" >&2
        echo "  get rustup from https://rustup.rs; rust-toolchain.toml then picks the right version by itself" >&2
        missing=1
    elif ! cargo --version >/dev/null 2>&1; then
        echo "missing: the toolchain that rust-toolchain.toml names" >&2
        echo "  cargo --version says: $(cargo --version 2>&1 | tail -n 1)" >&2
        echo "  install it with: rustup toolchain install" >&2
        missing=1
    fi

    if ! command -v python3 >/dev/null; then
        echo "missing: python3 3.11 or later, which runs the candidates" >&2
        echo "  get it from your package manager (such as: apt install python3) or https://www.python.org/downloads/" >&2
        missing=1
    elif ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        echo "too old, or it does not start: python3; the candidates need 3.11 or later" >&2
        echo "  python3 --version says: $(python3 --version 2>&1 | tail -n 1)" >&2
        echo "  get it from your package manager or https://www.python.org/downloads/" >&2
        missing=1
    else
        # A shim, such as pyenv's, takes longer to find the interpreter than mend takes to start.
        local folder
        folder=$(dirname "$(python3 -c 'import sys; print(sys.executable)')")
        case ":$PATH:" in
            *":$folder:"*) ;;
            *) PATH=$folder:$PATH ;;
        esac
    fi

    return "$missing"
}
