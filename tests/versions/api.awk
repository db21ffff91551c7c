# What an emitted file offers, one thing a line, without the names of parameters. Of a C header: macros,
# constants, types with their members, functions. Of a Rust file: whatever is pub.
#   awk -v language=c|rust -f api.awk FILE

function squeeze(text) {
    gsub(/[ \t]+/, " ", text)
    gsub(/^ | $/, "", text)
    return text
}

# "int f(size_t count, void *ptr)" -> "int f(size_t, void *)"
function nameless(declaration,    head, part, count, i, all) {
    head = declaration
    sub(/\(.*/, "(", head)
    count = split(substr(declaration, length(head) + 1), part, /[,)]/)
    for (i = 1; i < count; i++) {
        part[i] = squeeze(part[i])
        if (part[i] ~ /[ *][a-z_0-9]+$/)
            sub(/ ?[a-z_0-9]+$/, "", part[i])
        all = all (i > 1 ? ", " : "") part[i]
    }
    return head all ")"
}

# The line without what is in comments, which may go on from line to line.
function without_comments(line) {
    if (in_comment && !sub(/^.*\*\//, "", line))
        return ""
    in_comment = 0
    gsub(/\/\*([^*]|\*[^\/])*\*\//, "", line)
    in_comment = sub(/\/\*.*/, "", line)
    return line
}

# A declaration, a line of a struct, or its end.
function declare(text) {
    if (text ~ /^(typedef )?struct/) {
        members = 0
        if (text ~ /struct [a-z]/)
            print "struct " (text ~ /^typedef/ ? $3 : $2)
    } else if (text ~ /^}/) {
        sub(/^} ?/, "", text)
        if (text != "")
            print "type " text
        for (i = 1; i <= members; i++)
            print "member of " text ": " member[i]
    } else if (text ~ /^enum/) {
        gsub(/^enum [{] *| *= *[0-9]+| *}$/, "", text)
        print "constant " text
    } else if (text ~ /\)$/) {
        sub(/^[A-Z0-9_]+_API /, "", text)
        print "function " nameless(text)
    } else {
        member[++members] = text
    }
}

language == "c" {
    internal = internal || /What follows is not for callers/
    line = without_comments($0)
}

# What is defined only where it is not yet is for users to define.
language == "c" && line ~ /^#/ {
    split(line, word, /[ (]/)
    if (word[1] == "#ifndef")
        absent = word[2]
    users = word[2] == absent
    if (word[1] == "#define" && word[2] ~ /^[A-Z0-9_]+$/ && word[2] !~ /_H$/ && (users || !internal) &&
        !seen[word[2]]++)
        print "macro " word[2] (users ? ", for users to define" : "")
    next
}

language == "c" && !internal && line !~ /^extern "C"/ {
    text = squeeze(text " " line)
    if (text ~ /;$/ || (text ~ /[{]$/ && text !~ /^enum/)) {
        sub(/;$/, "", text)
        declare(text)
        text = ""
    }
}

language == "rust" && /^}/ { owner = "" }
language == "rust" && /^impl/ { owner = $(NF - 1) "::" }
language == "rust" && /^unsafe impl/ { print "rust " squeeze(substr($0, 1, length($0) - 1)) }
language == "rust" && /^#\[derive/ {
    gsub(/^#\[derive\(|\)\]$/, "")
    traits = split($0, trait, /, /)
}
language == "rust" && /^ *pub / {
    text = squeeze($0)
    sub(/ ?([{]|[,;]$|= ).*/, "", text)
    while (sub(/\([a-z_]+: /, "(", text) || sub(/, [a-z_]+: /, ", ", text)) {
    }
    print "rust " owner text
    if (text ~ /^pub struct/) {
        sub(/;$/, "", $3)
        for (i = 1; i <= traits; i++)
            print "rust " $3 " is " trait[i]
        traits = 0
        owner = /[{]$/ ? $3 "::" : ""
    }
}
