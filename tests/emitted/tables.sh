#!/bin/sh
# tables.sh FOLDER: writes the tables whose emitted code is tested beside those of configs/, one
# file each, for every choice that changes what is emitted. Each row: name, pools, other keys.
set -eu
folder=$1
mkdir -p "$folder"

# Sizes and counts, as SIZE:COUNT.
flagship='8:10000 16:8000 32:6000 64:4000 128:2000 256:1000 512:800 1024:600 2048:400 4096:200 8192:100'
mixed='16:300 32:200 48:150 64:120 96:100 160:64 256:50 512:40 1024:30 2048:20 4096:16'
tight='8:200 16:200 24:150 40:150 72:100 104:64 248:40 1000:20 4096:12'
steps='64:100 80:100 96:80 112:80 128:64 160:64 192:48 224:48 256:32 320:32 384:24 448:24 512:24'
uneven='16:100 48:90 176:80 208:70 256:60 320:50 384:40 448:30 512:30 640:20 768:20 896:20 1024:20'
pages='4096:24 12288:16 65536:8'
huge='64:200 65536:20 1048576:4 4194304:2'
powers='64:100 128:80 256:60 512:40 1024:30 2048:20 4096:20 8192:12'
wide='16:40 32:40 48:40 64:40 80:40 96:40 112:40 128:40 160:32 192:32 224:32 256:32 320:24 384:24 448:24 512:24
      1024:16 2048:16 4096:8 8192:8 16384:4 32768:4 65536:4 131072:4 262144:4'
aligned='32:80 64:60 192:50 256:40 320:40 576:30 4096:20'

# $(even COUNT BLOCKS): that many pools, 16 bytes apart.
even() {
    awk -v pools="$1" -v blocks="$2" \
        'BEGIN { for (i = 1; i <= pools; i++) printf "%d:%d ", i * 16, blocks }'
}

table() { # name pools key...
    name=$1 pools=$2
    shift 2
    {
        echo "name: $name"
        for key in "$@"; do echo "$key"; done
        echo 'pools:'
        for pool in $pools; do
            extra=${pool#*:*:}
            harden=${extra#*:}
            [ "$harden" = "$extra" ] && harden='' || harden=", harden: $harden"
            [ "$extra" = "$pool" ] && extra='' harden='' || extra=", exhausted: ${extra%%:*}$harden"
            count=${pool#*:}
            echo "  - {size: ${pool%%:*}, initial_count: ${count%%:*}$extra}"
        done
    } >"$folder/$name.yaml"
}

# What happens at a pool's end, above the largest pool, and between threads: all together.
for threads in shared none; do
    for exhausted in grow upstream fail; do
        for oversize in upstream os fail; do
            table "${threads}_${exhausted}_$oversize" "$mixed" "threads: $threads" \
                "exhausted: $exhausted" "oversize: $oversize" 'grow_limit: 32MiB'
        done
    done
done
table mixed_policies '16:99:fail 32:99:grow 64:64:upstream 128:50:grow 1024:20:fail' \
    'grow_limit: 32MiB'
table mixed_policies_one '16:99:fail 32:99:grow 64:64:upstream 128:50:grow 1024:20:fail' \
    'threads: none' 'oversize: os' 'grow_limit: 32MiB'

# The flagship in other forms.
table flagship_one "$flagship" 'threads: none'
table flagship_counters "$flagship" 'stats: counters'
table flagship_manual "$flagship" 'release: manual'

# Thread caches: none, too small for the largest pools, odd batches.
table direct_fail "$mixed" 'thread_cache: 0' 'batch: 1' 'exhausted: fail'
table manual_os "$mixed" 'release: manual' 'oversize: os' 'exhausted: upstream'
table direct_grow "$mixed" 'thread_cache: 0' 'batch: 1' 'grow_limit: 32MiB' 'oversize: os'
table small_cache "$mixed" 'thread_cache: 4KiB' 'grow_limit: 32MiB'
table odd_batches "$mixed" 'batch: 7' 'release: manual' 'grow_limit: 32MiB'
table ones '16:1 64:1 4096:1' 'grow_limit: 32MiB'

# Counters.
table counters_one "$mixed" 'stats: counters' 'threads: none' 'grow_limit: 32MiB'
table counters_direct "$mixed" 'stats: counters' 'thread_cache: 0' 'batch: 1' 'exhausted: upstream'
table counters_small_cache "$mixed" 'stats: counters' 'thread_cache: 4KiB' 'exhausted: fail'

# Hardening: each level, and pools of several.
table check_grow "$mixed" 'harden: check' 'grow_limit: 32MiB'
table check_os "$tight" 'harden: check' 'oversize: os' 'alignment: 8' 'stats: counters' 'exhausted: upstream'
table check_fail "$mixed" 'harden: check' 'exhausted: fail' 'oversize: fail' 'thread_cache: 0' 'batch: 1'
table check_one "$mixed" 'harden: check' 'threads: none' 'exhausted: fail' 'oversize: fail'
table check_some '16:99:fail:check 32:99:grow:off 64:64:upstream:off 128:50:grow:off 1024:20:fail:check' 'grow_limit: 32MiB'
table full_grow "$flagship" 'harden: full' 'grow_limit: 32MiB'
table full_os "$tight" 'harden: full' 'oversize: os' 'alignment: 8' 'stats: counters' 'exhausted: fail'
table full_direct "$mixed" 'harden: full' 'exhausted: fail' 'oversize: fail' 'thread_cache: 0' 'batch: 1'
table full_one "$mixed" 'harden: full' 'threads: none' 'exhausted: fail' 'oversize: fail'
table full_one_os "$mixed" 'harden: full' 'threads: none' 'exhausted: grow' 'oversize: os' 'grow_limit: 32MiB'
table full_some '16:99:fail:off 32:99:grow:full 64:64:upstream:check 128:50:grow:full 1024:20:fail:full' \
    'grow_limit: 32MiB'

# Alignments.
table alignment_8 "$tight" 'alignment: 8' 'grow_limit: 32MiB'
table alignment_8_one "$tight" 'alignment: 8' 'threads: none' 'exhausted: fail' 'oversize: fail'
table alignment_64 "$aligned" 'alignment: 64' 'exhausted: upstream'
table alignment_64_os "$aligned" 'alignment: 64' 'oversize: os' 'exhausted: upstream' 'threads: none'
table alignment_4096 "$aligned" 'alignment: 4096' 'oversize: os'
table alignment_4096_up "$aligned" 'alignment: 4096' 'exhausted: upstream'

# Owner maps: strides are above, granules and compares where a budget or the table forbids strides.
table granules '16:9000 256:20 4096:3 8192:400' 'grow_limit: 32MiB'
table granules_one "$mixed" 'threads: none' 'exhausted: fail' 'oversize: fail' 'budget: 320KiB'
table compares_one '16:100 48:50 400:20' 'threads: none' 'exhausted: fail' 'oversize: fail' \
    'budget: 13KiB'

# Selectors.
table select_unrolled "$tight" 'select: unrolled' 'alignment: 8'
table select_table "$powers" 'select: table' 'threads: none'
table select_bits "$powers" 'select: bits' 'threads: none'
table select_steps "$steps" 'select: bits'
table select_split "$uneven" 'threads: none'
table select_split_late "$wide" 'exhausted: fail' # more pools in the table than the rest has bits

# Few pools, many pools (indices of one byte and of two), large pools.
table one_pool '8:500' 'threads: none' 'exhausted: fail' 'oversize: upstream'
table one_pool_shared '64:500' 'oversize: os'
table pools_255 "$(even 255 8)" 'exhausted: upstream'
table pools_256 "$(even 256 8)" 'threads: none' 'exhausted: fail' 'oversize: fail'
table pools_300 "$(even 300 8)" 'oversize: os'
table pools_1000 "$(even 1000 8)" 'threads: none' 'exhausted: fail' 'oversize: fail'
table pages_only "$pages" 'grow_limit: 32MiB'
table huge_blocks "$huge" 'oversize: os'

# No operating system: one thread, and critical sections, of which each is watched (port.c).
table bare_one "$tight" 'target: [bare]' 'alignment: 8'
table bare_mixed "$mixed" 'target: [bare]' 'stats: counters'
table bare_table "$steps" 'target: [bare]' 'select: table'
table bare_powers "$powers" 'target: [bare]'
table bare_wide "$wide" 'target: [bare]'
table bare_pools_300 "$(even 300 8)" 'target: [bare]'
table bare_critical "$tight" 'target: [bare]' 'threads: critical' 'alignment: 8' 'stats: counters'
table bare_check "$tight" 'target: [bare]' 'harden: check' 'alignment: 8'
table bare_check_critical "$mixed" 'target: [bare]' 'harden: check' 'threads: critical'
table bare_full "$mixed" 'target: [bare]' 'harden: full'
table bare_full_critical "$tight" 'target: [bare]' 'harden: full' 'threads: critical' 'alignment: 8'
table critical_grow_os "$mixed" 'threads: critical' 'oversize: os' 'grow_limit: 32MiB'
table critical_upstream "$mixed" 'threads: critical' 'exhausted: upstream' 'stats: counters'
table critical_fail_os "$mixed" 'threads: critical' 'exhausted: fail' 'oversize: os'
table critical_fail "$tight" 'threads: critical' 'exhausted: fail' 'oversize: fail' 'alignment: 8'
table critical_check_fail '16:99 32:99 64:64 128:50 1024:20' 'threads: critical' 'harden: check' 'exhausted: fail' \
    'oversize: fail' 'stats: counters'
table critical_full_fail "$mixed" 'threads: critical' 'harden: full' 'exhausted: fail' 'oversize: fail'
table critical_check "$mixed" 'threads: critical' 'oversize: os' 'harden: check' 'grow_limit: 32MiB'
table critical_full "$mixed" 'threads: critical' 'oversize: os' 'harden: full' 'grow_limit: 32MiB'

# What else a pool can do at its end.
table bare_borrow "$mixed" 'target: [bare]' 'exhausted: borrow'
table bare_borrow_critical "$aligned" 'target: [bare]' 'exhausted: borrow' 'alignment: 64' 'threads: critical'
table bare_borrow_check "$mixed" 'target: [bare]' 'exhausted: borrow' 'harden: check' 'stats: counters'
table bare_hook "$tight" 'target: [bare]' 'exhausted: hook' 'alignment: 8'
table bare_ends '16:99:fail 32:99:borrow 64:64:hook 128:50:borrow 1024:20:fail' 'target: [bare]' 'threads: critical'
table one_borrow "$mixed" 'threads: none' 'exhausted: borrow' 'oversize: os'
table one_hook "$mixed" 'threads: none' 'exhausted: hook' 'oversize: fail'
table one_hook_full "$mixed" 'threads: none' 'exhausted: hook' 'oversize: fail' 'harden: full'
table shared_borrow "$mixed" 'exhausted: borrow' 'oversize: os'
table shared_borrow_check "$mixed" 'exhausted: borrow' 'oversize: os' 'harden: check' 'stats: counters'
table malloc_like_borrow "$mixed" 'exhausted: borrow' 'oversize: os' 'thread_cache: 64KiB'
table shared_hook "$mixed" 'exhausted: hook' 'oversize: os'
table direct_hook "$mixed" 'exhausted: hook' 'thread_cache: 0' 'batch: 1' 'stats: counters'
table ends_shared '16:99:fail 32:99:grow 64:64:hook 128:50:upstream 512:30:borrow 1024:20:fail' 'oversize: os' \
    'grow_limit: 32MiB'
table ends_one '16:99:fail 32:99:borrow 64:64:hook 128:50:upstream 512:30:borrow 1024:20:fail' 'threads: none'
table ends_critical '16:99:fail 32:99:grow 64:64:hook 128:50:upstream 512:30:borrow 1024:20:fail' \
    'threads: critical' 'grow_limit: 32MiB'

# A module's memory. Keys that have defaults of their own there are written out, for tests/emitted/table.c.
wasm() { # name pools key...
    name=$1 pools=$2
    shift 2
    table "wasm_$name" "$pools" 'target: [wasm]' 'threads: none' "$@"
}
wasm grow "$mixed" 'oversize: fail'
wasm limit "$mixed" 'oversize: fail' 'grow_limit: 32MiB' 'stats: counters'
wasm fail "$mixed" 'oversize: fail' 'exhausted: fail'
wasm os "$tight" 'oversize: os' 'alignment: 8'
wasm fail_os "$mixed" 'oversize: os' 'exhausted: fail' 'grow_limit: 256MiB'
wasm mixed '16:99:fail 32:99:grow 128:50:grow 1024:20:fail' 'oversize: fail' 'grow_limit: 32MiB'
wasm large '4096:4 12288:4 40960:2 65536:2 589824:1' 'oversize: os' 'stats: counters'
wasm pools_256 "$(even 256 8)" 'oversize: fail' 'grow_limit: 32MiB'
wasm ends '16:99:fail 32:99:borrow 64:64:grow 128:50:borrow 1024:20:grow' 'oversize: os' 'stats: counters'
