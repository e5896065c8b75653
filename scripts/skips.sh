# Sourced by scripts/test.sh: keeps what was skipped and why, says it again at the end, and makes a failure of what MEND_REQUIRE
# lists.
#
#   MEND_REQUIRE   kinds that must not be skipped, with commas between them; `all` for every kind

skip_file=$(mktemp)
skip_kinds="wasm data root browser readers python docs deny typos nextest other"

# skipped KIND WHY: notes it, and says it now.
skipped() {
    printf '%s\t%s\n' "$1" "$2" >>"$skip_file"
    echo "skipped ($1): $2"
}

# The kind of what a test or a script says that it skipped.
kind_of() {
    case "$1" in
    *wasm* | *"the guest"* | *interpreter*"not built"*) echo wasm ;;
    *"only root"* | *"every user can run"*) echo root ;;
    *chromium* | *axe-core* | *browser*) echo browser ;;
    *MEND_SHARED* | *"/shared/"* | *HumanEval*) echo data ;;
    *nspect* | *DuckDB* | *readers*) echo readers ;;
    *lm-eval* | *PyPI* | *"virtual environment"*) echo python ;;
    *mdbook* | *mdBook*) echo docs ;;
    *) echo other ;;
    esac
}

# skips_of_output FILE: notes every line that begins with `skipped`, as scripts print them.
skips_of_output() {
    local line
    while IFS= read -r line; do
        [ -n "$line" ] || continue
        printf '%s\t%s\n' "$(kind_of "$line")" "$line" >>"$skip_file"
    done < <(sed -n -E 's/^[[:space:]]*(skipped|skipped in part): //p; s/^SKIPPED (\[[0-9]+\] )?//p' "$1" | sort -u)
}

# skips_of_tests FILE: the same of nextest's report, which keeps what tests that passed have printed.
skips_of_tests() {
    local line
    [ -s "$1" ] || return 0
    while IFS= read -r line; do
        [ -n "$line" ] || continue
        printf '%s\t%s\n' "$(kind_of "$line")" "a test: $line" >>"$skip_file"
    done < <(sed -n -E 's/^.*skipped: ([^<]*).*$/\1/p' "$1" | sed -E 's/&apos;/'"'"'/g; s/&quot;/"/g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g' | sort | uniq -c | sed -E 's/^ +([0-9]+) (.*)$/\2 (\1 times)/')
}

# Says all of it, and returns 1 if something is among it that MEND_REQUIRE lists.
tell_skips() {
    local required missing=0 kind why
    if [ ! -s "$skip_file" ]; then
        echo "== nothing was skipped"
    else
        echo "== skipped:"
        sort -u "$skip_file" | sed -E 's/^([^\t]*)\t/   \1: /'
    fi
    for required in $(tr ',' ' ' <<<"${MEND_REQUIRE:-}"); do
        case " $skip_kinds all " in
        *" $required "*) ;;
        *)
            echo "== MEND_REQUIRE names \`$required\`; known are: all, ${skip_kinds// /, }"
            missing=1
            ;;
        esac
        while IFS=$'\t' read -r kind why; do
            if [ "$required" = all ] || [ "$required" = "$kind" ]; then
                echo "== MEND_REQUIRE wants $kind, and this was skipped: $why"
                missing=1
            fi
        done <"$skip_file"
    done
    return "$missing"
}
