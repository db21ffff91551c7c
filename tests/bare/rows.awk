# The rows of a table in the one-row-a-line style of configs/, as C, without poolgen's help.
function value(key, other) {
    if (match($0, key ": *[a-z0-9.]+") == 0) return other
    text = substr($0, RSTART, RLENGTH)
    sub(/.*: */, "", text)
    return text
}
BEGIN { alignment = 16; exhausted = "fail" }
/^alignment:/ { alignment = $2 }
/^exhausted:/ { exhausted = $2 }
/^threads: *critical/ { defines = defines "#define CRITICAL\n" }
/^harden:/ { defines = defines "#define HARDENED\n" }
/^stats: *counters/ { defines = defines "#define COUNTERS\n" }
/size:/ {
    row = value("exhausted", exhausted)
    hook = hook || row == "hook"
    rows = rows sprintf("{%d, %d, %d, '%s', %s}, ", value("size"), value("initial_count"), value("reserve", 0), substr(row, 1, 1), \
        value("section", "none") == "none" ? "false" : "true")
}
END {
    if (hook) defines = defines "#define HOOK\n"
    printf "%s#define TABLE_ALIGNMENT %d\n#define TABLE_ROWS %s\n", defines, alignment, rows
}
