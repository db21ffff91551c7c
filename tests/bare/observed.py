"""observed.py FOLDER LEVEL...: whether calls on emulated chips take no more instructions than figures.py found for the longest
path. Prints TAP.

The emulator logs every instruction of calls.c, which is linked with what figures.py has compiled into FOLDER. That the
longest call comes near the longest path shows that the figures mean something; the two meet where a call can be made
that does all of it.
"""
import pathlib
import re
import subprocess
import sys

import figures
import paths

ARM = ["-std=c11", "-Wl,--defsym=FLASH_SIZE=256K,--defsym=STACK_SIZE=512", "-T", "examples/firmware/cortex_m.ld",
       "examples/firmware/cortex_m.c"]
MACHINES = {  # emulator, and what a program is linked with
    "Cortex-M0": (["qemu-system-arm", "-M", "microbit"],
                  ["-Wl,--defsym=FLASH=0,--defsym=RAM=0x20000000,--defsym=RAM_SIZE=16K"] + ARM),
    "Cortex-M3": (["qemu-system-arm", "-M", "mps2-an385"],
                  ["-Wl,--defsym=FLASH=0,--defsym=RAM=0x20000000,--defsym=RAM_SIZE=1M"] + ARM),
    "Cortex-M33": (["qemu-system-arm", "-M", "mps2-an505"],
                   ["-Wl,--defsym=FLASH=0x10000000,--defsym=RAM=0x38000000,--defsym=RAM_SIZE=1M"] + ARM),
    "RV32IMC": (["qemu-system-riscv32", "-M", "virt", "-bios", "none"],
                ["-mcmodel=medany", "-Wl,--no-warn-rwx-segments", "-T", "tests/bare/riscv.ld",
                 "tests/bare/riscv.c"]),
}


def link(build, kind):
    output = build.path.with_suffix(".calls")
    defines = ["-DINTERRUPTS"] if kind != "none" else []
    figures.run(f"{build.prefix}gcc", *build.flags, build.level, *figures.FLAGS, *defines, "-nostdlib",
                f"-I{build.source.parent}", "-Wl,--gc-sections", *MACHINES[build.name][1], "tests/bare/calls.c",
                "examples/firmware/host.c", build.object, build.memory, "-lgcc", "-o", output)
    return output


def trace(build, program):
    """The addresses of all instructions that the program runs."""
    log = program.with_suffix(".log")
    machine = MACHINES[build.name][0]
    subprocess.run([*machine, "-singlestep", "-d", "exec,nochain", "-D", str(log), "-display", "none", "-monitor", "none",
                    "-serial", "none", "-semihosting-config", "enable=on,target=native", "-kernel", str(program)],
                   check=True, stdin=subprocess.DEVNULL, timeout=300)
    addresses = [int(address, 16) for address in re.findall(r"^Trace \d+: \S+ \[\w+/(\w+)/", log.read_text(), re.M)]
    log.unlink()
    return addresses


def longest_calls(addresses, program):
    """For each function that exercise calls, the most instructions of a call."""
    names = {address: name for name, address in program.functions.items()}
    home = {address for address, step in program.steps.items() if step.function == "exercise"}
    longest, function, count = {}, None, 0
    for address in addresses:
        if address in home:
            if function:
                longest[function] = max(longest.get(function, 0), count)
            function, count = None, 0
        else:
            function = function or names.get(address, "?")
            count += 1
    return longest


def main():
    folder, levels = pathlib.Path(sys.argv[1]), sys.argv[2:]
    pools = int(re.search(r"FW_POOLS = (\d+)", (folder / "none/allocator.h").read_text()).group(1))
    bounds = paths.read_bounds(figures.HERE / "bounds", {"pools": pools})
    number, status = 0, 0
    for kind, _ in figures.KINDS:
        for chip in figures.CHIPS:
            for level in levels:
                build = figures.Build(folder, kind, chip, level)
                build.name_objects()
                calls = link(build, kind)
                program = paths.read_program(f"{build.prefix}objdump", calls, bounds)
                observed = longest_calls(trace(build, calls), program)
                for function in sorted({row[2] for row in figures.ROWS if row[1] == kind}):
                    number += 1
                    stated, seen = program.longest(function), observed.get(function, 0)
                    good = 0 < seen <= stated
                    status |= not good
                    print(f"{'ok' if good else 'not ok'} {number} - {function}, {kind}, {chip[0]} {level}:"
                          f" {seen} instructions at most, {stated} on the longest path")
    print(f"1..{number}")
    raise SystemExit(status)


main()
