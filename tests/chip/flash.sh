#!/bin/sh
# flash.sh FOLDER: what outputs for chips take of flash, by Debian's gcc for ARM, and that they want no more of a
# library than memcpy and memset: TAP. POOLGEN names the binary.
set -u
folder=$1/flash
number=0
mkdir -p "$folder"
MOST_ALL=1300 MOST_PAIR=400

result() { # status name
    number=$((number + 1))
    if [ "$1" = 0 ]; then echo "ok $number - $2"; else echo "not ok $number - $2"; fi
}

text_of() { # object
    arm-none-eabi-size "$1" | awk 'NR == 2 { print $1 }'
}

arm="arm-none-eabi-gcc -std=c11 -Os -ffreestanding -mthumb -ffunction-sections -fdata-sections"
"$POOLGEN" -q -o "$folder/embedded.c" configs/embedded.yaml

# shellcheck disable=SC2086
$arm -mcpu=cortex-m3 -c -o "$folder/embedded.o" "$folder/embedded.c"
all=$(text_of "$folder/embedded.o")
[ "$all" -le $MOST_ALL ]
result $? "configs/embedded.yaml on Cortex-M3 at -Os, all functions: $all of $MOST_ALL bytes of text"

# What a program that only allocates and frees has more than the same program without.
cat >"$folder/pair.c" <<'END'
#include <stddef.h>
void *fw_alloc(size_t size);
void fw_free(void *ptr);
void start(void);
void start(void)
{
    fw_free(fw_alloc(*(volatile size_t *)64));
}
END
# shellcheck disable=SC2086
$arm -mcpu=cortex-m3 -c -o "$folder/pair.o" "$folder/pair.c" &&
    $arm -mcpu=cortex-m3 -nostdlib -Wl,--gc-sections,-e,start -o "$folder/pair" "$folder/pair.o" "$folder/embedded.o"
pair=$(($(text_of "$folder/pair") - $(text_of "$folder/pair.o")))
[ "$pair" -gt 0 ] && [ "$pair" -le $MOST_PAIR ]
result $? "the same, of which a program links alloc and free: $pair of $MOST_PAIR bytes of text"

# wants_nothing NAME COMMAND...: every table for chips, compiled so, leaves nothing undefined but what a compiler
# may call by itself, and what the consumer gives.
wants_nothing() {
    name=$1
    shift
    for table in "$folder"/tables/*.yaml; do
        stem=${table%.yaml}
        "$@" -std=c11 -ffreestanding -include tests/chip/given.h -c -o "$stem.o" "$stem.c" || return 1
        wanted=$(llvm-nm -u "$stem.o" 2>/dev/null || nm -u "$stem.o")
        wanted=$(echo "$wanted" | awk '{ print $2 }' |
            grep -vE '^(memcpy|memset|given_.*|[a-z_0-9]*_exhausted|__start_.*)$')
        if [ -n "$wanted" ]; then
            echo "# $(basename "$table"):" $wanted
            return 1
        fi
    done
}

tests/emitted/tables.sh "$folder/all"
mkdir -p "$folder/tables"
for table in $(grep -l '^target: \[bare\]' "$folder"/all/*.yaml) configs/embedded.yaml tests/chip/*.yaml; do
    stem=$folder/tables/$(basename "$table" .yaml)
    sed 's/^name: .*/name: chip/' "$table" >"$stem.yaml"
    case $stem in *bare_wide) rm "$stem.yaml"; continue ;; esac # larger than such a chip
    "$POOLGEN" -q -o "$stem.c" "$stem.yaml"
done
# helpers NAME COMMAND...
helpers() {
    wants_nothing "$@"
    result $? "$1 wants no helper of a library"
}

helpers 'Cortex-M0 at -Os, gcc' arm-none-eabi-gcc -mthumb -mcpu=cortex-m0 -Os
helpers 'Cortex-M0 at -O2, gcc' arm-none-eabi-gcc -mthumb -mcpu=cortex-m0 -O2
helpers 'Cortex-M3 at -Os, gcc' arm-none-eabi-gcc -mthumb -mcpu=cortex-m3 -Os
helpers 'Cortex-M0 at -O2, clang' clang --target=thumbv6m-none-eabi -O2
helpers 'RV32IMC at -Os, clang' clang --target=riscv32-unknown-elf -march=rv32imc -Os
echo "1..$number"
