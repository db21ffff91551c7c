"""figures.py POOLGEN FOLDER [--rewrite]: instructions and bytes of configs/embedded.yaml on chips, by gcc.

Compares README.md's tables between the marks "chip figures" with what the compilers make of it today, or rewrites
them. Prints TAP. FOLDER takes what is built.
"""
import pathlib
import re
import subprocess
import sys

import paths

HERE = pathlib.Path(__file__).parent
GCC = "12.2"  # whose figures are asserted: others choose other instructions

CHIPS = [  # name, compiler's prefix, flags
    ("Cortex-M0", "arm-none-eabi-", ["-mcpu=cortex-m0", "-mthumb"]),
    ("Cortex-M3", "arm-none-eabi-", ["-mcpu=cortex-m3", "-mthumb"]),
    ("Cortex-M33", "arm-none-eabi-", ["-mcpu=cortex-m33", "-mthumb"]),
    ("RV32IMC", "riscv64-unknown-elf-", ["-march=rv32imc", "-mabi=ilp32", "-misa-spec=2.2"]),
]
LEVELS = ["-Os", "-O2"]

KINDS = [  # name, keys that differ from the table's
    ("none", {}),
    ("critical", {"threads": "critical"}),
    ("borrow", {"threads": "critical", "exhausted": "borrow"}),
]

ROWS = [  # what is said, kind, function, masked only
    ("`alloc`, `threads: none`", "none", "fw_alloc", False),
    ("`free`, `threads: none`", "none", "fw_free", False),
    ("`alloc`, `threads: critical`", "critical", "fw_alloc", False),
    ("... of them with interrupts masked", "critical", "fw_alloc", True),
    ("`free`, `threads: critical`", "critical", "fw_free", False),
    ("... of them with interrupts masked", "critical", "fw_free", True),
    ("`alloc_isr`", "critical", "fw_alloc_isr", False),
    ("`alloc`, `exhausted: borrow`", "borrow", "fw_alloc", False),
    ("... of them with interrupts masked", "borrow", "fw_alloc", True),
]

FLAGS = ["-std=c11", "-ffreestanding", "-ffunction-sections", "-fdata-sections", "-include", "tests/bare/figures.h",
         "-Iexamples/firmware"]


def run(*command):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout


class Build:
    """One kind of the table, for one chip at one level."""

    def __init__(self, folder, kind, chip, level):
        self.name, self.prefix, self.flags = chip
        self.source = folder / kind / "allocator.c"
        self.path = folder / f"{kind}-{self.name}{level}"
        self.level = level

    def name_objects(self):
        self.object = self.path.with_suffix(".o")
        self.memory = self.path.with_suffix(".memory.o")

    def compile(self):
        self.name_objects()
        run(f"{self.prefix}gcc", *self.flags, self.level, *FLAGS, "-c", "-o", self.object, self.source)
        run(f"{self.prefix}gcc", *self.flags, self.level, *FLAGS, "-fno-builtin", "-fno-tree-loop-distribute-patterns",
            "-c", "-o", self.memory, "examples/firmware/memory.c")

    def link(self, name, roots):
        """A program of the functions and of what they need: nothing else stays."""
        output = self.path.with_suffix(name)
        run(f"{self.prefix}gcc", *self.flags, "-nostdlib", "-Wl,--gc-sections", f"-Wl,-e,{roots[0]}",
            *[f"-Wl,-u,{root}" for root in roots], "-o", output, self.object, self.memory, "-lgcc")
        return output

    def bytes(self, path):
        """Flash and RAM: code and constants, and what is written to."""
        text, data, bss = run(f"{self.prefix}size", path).splitlines()[1].split()[:3]
        return int(text) + int(data), int(data) + int(bss)


def emit(poolgen, folder, kind, keys):
    output = folder / kind / "allocator.c"
    output.parent.mkdir(parents=True, exist_ok=True)
    run(poolgen, "-q", "-o", output, *[f"--set={key}={value}" for key, value in keys.items()], "configs/embedded.yaml")


def table(header, rows):
    lines = [header, ["---"] * len(header)] + rows
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def measure(poolgen, folder):
    """The two tables: instructions, and bytes."""
    builds = {}
    for kind, keys in KINDS:
        emit(poolgen, folder, kind, keys)
        for chip in CHIPS:
            for level in LEVELS:
                build = builds[kind, chip[0], level] = Build(folder, kind, chip, level)
                build.compile()
    pools = int(re.search(r"FW_POOLS = (\d+)", (folder / "none/allocator.h").read_text()).group(1))
    bounds = paths.read_bounds(HERE / "bounds", {"pools": pools})
    programs = {}
    for key, build in builds.items():
        roots = sorted({row[2] for row in ROWS if row[1] == key[0]})
        programs[key] = paths.read_program(f"{build.prefix}objdump", build.link(".elf", roots), bounds)
    columns = [(chip[0], level) for chip in CHIPS for level in LEVELS]
    header = ["instructions, longest path"] + [f"{chip} {level}" for chip, level in columns]
    instructions = []
    for text, kind, function, masked in ROWS:
        cells = []
        for column in columns:
            program = programs[kind, *column]
            length = (program.longest_masked if masked else program.longest)(function)
            if not length:
                raise SystemExit(f"not ok 1 - {function} returns, and masks interrupts where it should: {kind}, {column}")
            cells.append(length)
        instructions.append([text] + cells)
    return table(header, instructions) + "\n\n" + measure_bytes(builds, columns)


def measure_bytes(builds, columns):
    rows = []
    for kind, what in (("none", "`threads: none`"), ("critical", "`threads: critical`")):
        whole, few, ram = [], [], []
        for column in columns:
            build = builds[kind, *column]
            flash, all_ram = build.bytes(build.object)
            whole.append(flash)
            few.append(build.bytes(build.link(".few", ["fw_alloc", "fw_free"]))[0])
            ram.append(all_ram)
        rows += [[f"flash, {what}"] + whole, ["... of a program that has `alloc` and `free` only"] + few,
                 [f"RAM, arenas and all, {what}"] + ram]
    return table(["bytes"] + [f"{chip} {level}" for chip, level in columns], rows)


def check_compilers():
    for prefix in sorted({chip[1] for chip in CHIPS}):
        version = run(f"{prefix}gcc", "-dumpfullversion").strip()
        if not version.startswith(GCC + "."):
            raise SystemExit(f"not ok 1 - the figures are of gcc {GCC}, {prefix}gcc is {version}")


def main():
    poolgen, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    check_compilers()
    folder.mkdir(parents=True, exist_ok=True)
    figures = measure(poolgen, folder)
    readme = pathlib.Path("README.md")
    text = readme.read_text()
    marks = re.compile(r"(<!-- chip figures: begin -->\n).*?(<!-- chip figures: end -->)", re.S)
    if not marks.search(text):
        raise SystemExit("not ok 1 - README has the marks of chips' figures")
    today = marks.sub(lambda match: match.group(1) + figures + "\n" + match.group(2), text)
    if "--rewrite" in sys.argv:
        readme.write_text(today)
    elif today != text:
        print("not ok 1 - README's figures of chips are today's: `make chip-figures`, and read the difference")
        print("\n".join("# " + line for line in figures.splitlines()))
        raise SystemExit(1)
    print("ok 1 - README's figures of chips are today's")


if __name__ == "__main__":
    main()
