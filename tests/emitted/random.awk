# random.awk -v table=N: writes pool table N of the random ones to standard output. The same N gives
# the same table everywhere: the generator is Lehmer's, with Park and Miller's constants, and all of
# its products are exact in a double.
function random(below) {
    state = state * 16807 % 2147483647
    return int(state / 2147483647 * below)
}

function pool(size, count) {
    if (size > last && size >= 8 && size % 8 == 0) {
        printf "  - {size: %d, initial_count: %d}\n", size, count
        last = size
    }
}

# Sizes anywhere, few or many, close or far apart.
function scattered(    pools, widest, size, i) {
    pools = 1 + random(random(2) ? 12 : 120)
    widest = 2 ^ random(9)
    for (i = 0; i < pools; i++) {
        size += 8 * (1 + random(widest))
        pool(size, 1 + random(40))
    }
}

# Even steps, 2^steps to a doubling, as bit arithmetic likes them, perhaps after a few others.
function stepped(even,    steps, octave, octaves, i) {
    steps = random(4)
    octave = 8 * 2 ^ (steps + random(6))
    if (!even) {
        pool(8 * (1 + random(3)), 5)
        pool(octave / 2 + 8 * random(4), 5)
    }
    for (octaves = 1 + random(9 - steps); octaves > 0; octaves--) {
        for (i = 0; i < 2 ^ steps; i++) {
            pool(octave + octave / 2 ^ steps * i, 1 + random(20))
        }
        octave *= 2
    }
    pool(octave, 3)
}

# Small sizes that follow no rule below octaves that go far: too far for a table.
function wide(    size, i) {
    for (i = 0; i < 3; i++) {
        size += 8 * (1 + random(6))
        pool(size, 1 + random(30))
    }
    for (size = 512 * 2 ^ random(3); size <= 262144; size *= 2) {
        pool(size, 1 + random(3))
    }
}

# More pools than a byte can number.
function many(    size, i, pools) {
    pools = 250 + random(60)
    for (i = 0; i < pools; i++) {
        size += 8 * (1 + random(3))
        pool(size, 1 + random(3))
    }
}

BEGIN {
    state = table + 1
    for (i = 0; i < 10; i++) {
        random(2)
    }
    print "name: probe\nthreads: none\nalignment: 8\nexhausted: fail\noversize: fail"
    form = table % 10
    even = form % 2 && random(2)
    asked = form == 7 ? 3 : random(4)
    if (asked == 0) {
        print "select: unrolled"
    } else if (asked == 1) {
        print "select: table"
    } else if (form < 7 && even) {
        print "select: bits"
    }
    print "pools:"
    if (form == 9) {
        many()
    } else if (form == 7) {
        wide()
    } else if (form % 2) {
        stepped(even)
    } else {
        scattered()
    }
}
