"""The longest path through functions of a linked program, in instructions, from its disassembly.

Each instruction is a node of a graph, a call stands for the longest path through what is called, and a jump to
another function goes on there. A path that ends in a trap is none: the program is at its end. What cannot be
bounded is an error: a loop without a line in the file of bounds, loops in each other, recursion, and a jump or a
call through a register. An instruction that a condition turns into nothing is counted as well.

No cycles: memory's wait states, caches and pipelines differ from chip to chip; multiply by what yours has.
"""
import fnmatch
import re
import subprocess
import sys
from collections import namedtuple

sys.setrecursionlimit(100000)

Step = namedtuple("Step", "text function kind target following")

# ---- what an instruction does to the path: go on, branch, jump, call, return, trap

CONDITIONS = "eq ne cs hs cc lo mi pl vs vc hi ls ge lt gt le".split()
ARM_BRANCHES = {"b" + condition for condition in CONDITIONS} | {"cbz", "cbnz"}
RISCV_BRANCHES = set("beq bne blt bge bltu bgeu beqz bnez blez bgez bltz bgtz bgt ble bgtu bleu".split())


def arm_kind(name, operands):
    """Of Thumb's instructions; `widths` such as .n and .w are gone."""
    if name in ARM_BRANCHES:
        return "branch"
    if name == "b":
        return "jump"
    if name == "bl":
        return "call"
    if re.fullmatch(r"bx(%s)?" % "|".join(CONDITIONS), name):
        return ("return" if name == "bx" else "may return") if operands == "lr" else "unknown"
    if name == "ldr" and re.match(r"pc, \[sp\], #", operands):
        return "return"
    if name in ("blx", "tbb", "tbh") or re.match(r"(mov|ldr|add)\w*$", name) and operands.startswith("pc,"):
        return "unknown"
    if re.match(r"(pop|ldm)", name) and re.search(r"\bpc\b", operands):
        return "return" if name in ("pop", "ldmia") else "may return"
    return "trap" if name in ("udf", "bkpt") else "next"


def riscv_kind(name, operands):
    if name in RISCV_BRANCHES:
        return "branch"
    if name == "j":
        return "jump"
    if name == "jal":
        return "call"
    if name in ("ret", "mret") or name == "jr" and operands in ("ra", "t0"):
        return "return"
    if name in ("jr", "jalr"):
        return "unknown"
    return "trap" if name in ("ebreak", "unimp") else "next"


# Where interrupts are masked, and where no longer: the macros of examples/firmware/critical.h.
ENTER = re.compile(r"cpsid\s+i|csrr?ci?\s+(\w+,\s*)?mstatus|msr\s+BASEPRI_MAX")
LEAVE = re.compile(r"msr\s+PRIMASK|csrs\s+mstatus|msr\s+BASEPRI,")

# ---- the program


class Program:
    """A disassembled program: steps by address, and addresses of functions by name."""

    def __init__(self, text, bounds):
        self.steps, self.functions, self.bounds = {}, {}, bounds
        self.lengths, self.active = {}, set()
        kind_of = riscv_kind if "riscv" in text else arm_kind
        name, previous = None, None
        for line in text.splitlines():
            label = re.match(r"([0-9a-f]+) <(.+)>:$", line)
            code = re.match(r"\s*([0-9a-f]+):\t([^\t]+)(?:\t(.*))?$", line)
            if label:
                name = label.group(2)
                self.functions[name] = int(label.group(1), 16)
            elif code and name:
                previous = self.add(name, code, kind_of, previous)

    def add(self, function, code, kind_of, previous):
        address, name = int(code.group(1), 16), re.sub(r"\.[nw]$", "", code.group(2).strip())
        operands = re.sub(r"\s*[;@].*| //.*", "", code.group(3) or "").strip()
        kind = "data" if name.startswith(".") else kind_of(name, operands)
        target = re.search(r"\b([0-9a-f]+) <[^>]+>", operands)
        where = int(target.group(1), 16) if target and kind in ("branch", "jump", "call") else None
        if kind in ("branch", "jump", "call") and where is None:
            kind = "unknown"
        if previous in self.steps:
            self.steps[previous] = self.steps[previous]._replace(following=address)
        self.steps[address] = Step(f"{name} {operands}", function, kind, where, None)
        return address

    def error(self, address, message):
        step = self.steps.get(address)
        raise SystemExit(f"paths.py: {step.function if step else '?'} at {address:#x}: {message}"
                         f" ({step.text if step else 'no instruction'})")

    def following(self, address):
        """Where the path may go from here, within what one call runs through."""
        step = self.steps.get(address)
        if step is None or step.kind in ("unknown", "data"):
            self.error(address, "where this leads is not known")
        goes_on = step.kind in ("next", "branch", "may return") or \
            step.kind == "call" and self.longest_from(step.target) is not None
        onward = [step.following] if goes_on else []
        return onward + ([step.target] if step.kind in ("branch", "jump") else [])

    # ---- loops

    def back_edges(self, entry):
        """Pairs of the addresses from which and to which a loop goes back: found on the way down from the entry."""
        edges, state, stack = set(), {entry: "open"}, [(entry, iter(self.following(entry)))]
        while stack:
            address, onward = stack[-1]
            after = next(onward, None)
            if after is None:
                state[address] = "done"
                stack.pop()
            elif state.get(after) == "open":
                edges.add((address, after))
            elif after not in state:
                state[after] = "open"
                stack.append((after, iter(self.following(after))))
        return edges

    def body(self, entry, edge):
        """What lies on the loop that an edge closes."""
        before = {}
        seen, todo = {entry}, [entry]
        while todo:
            address = todo.pop()
            for after in self.following(address):
                before.setdefault(after, set()).add(address)
                if after not in seen:
                    seen.add(after)
                    todo.append(after)
        body, todo = {edge[1]}, [edge[0]]
        while todo:
            address = todo.pop()
            if address not in body:
                body.add(address)
                todo.extend(before.get(address, ()))
        return body

    def loops(self, entry):
        """The most times that each loop goes back, by the address of its head."""
        edges = self.back_edges(entry)
        bodies = {}
        for edge in edges:
            bodies.setdefault(edge[1], set()).update(self.body(entry, edge))
        for head, body in bodies.items():
            if any(other != head and other in body for other in bodies):
                self.error(head, "loops within a loop")
        return {head: self.bound(head) for head in bodies}, edges

    def bound(self, head):
        function = self.steps[head].function
        for pattern, most in self.bounds:
            if fnmatch.fnmatch(function, pattern):
                return most
        self.error(head, "a loop that no line of the file of bounds bounds")

    # ---- lengths

    def longest(self, function):
        """Instructions of the longest path from a function's start to its return; None if it never returns."""
        return self.longest_from(self.functions[function])

    def longest_from(self, entry):
        if entry not in self.lengths:
            if entry in self.active:
                self.error(entry, "recursion")
            self.active.add(entry)
            self.lengths[entry] = self.search(entry, entry, lambda step: step.kind in ("return", "may return"))
            self.active.remove(entry)
        return self.lengths[entry]

    def search(self, entry, start, is_end):
        """The longest path from a start to an end, both counted, of what is run through from an entry."""
        bounds, edges = self.loops(entry)
        heads = sorted(bounds)
        memo = {}

        def go_round(address, after, rounds):
            """How often each loop went back after a step from an address; None if that is once too often."""
            if (address, after) not in edges:
                return rounds
            at = heads.index(after)
            return rounds[:at] + (rounds[at] + 1,) + rounds[at + 1:] if rounds[at] < bounds[after] else None

        def length(address, rounds):
            key = address, rounds
            if key not in memo:
                step = self.steps[address]
                best = 0 if is_end(step) else None
                cost = 1 + (self.longest_from(step.target) or 0 if step.kind == "call" else 0)
                for after in self.following(address) if best is None or step.kind == "may return" else []:
                    taken = go_round(address, after, rounds)
                    rest = length(after, taken) if taken is not None else None
                    if rest is not None:
                        best = max(best or 0, rest)
                memo[key] = None if best is None else best + cost
            return memo[key]

        return length(start, (0,) * len(heads))

    def reach(self, function):
        """Entries of a function and of all that it calls, and the addresses of each."""
        found, todo = {}, [self.functions[function]]
        while todo:
            entry = todo.pop()
            if entry in found:
                continue
            seen, stack = {entry}, [entry]
            while stack:
                address = stack.pop()
                step = self.steps[address]
                if step.kind == "call":
                    todo.append(step.target)
                for after in self.following(address):
                    if after not in seen:
                        seen.add(after)
                        stack.append(after)
            found[entry] = seen
        return found

    def longest_masked(self, function):
        """Instructions with interrupts masked: from the one after which they are to the one that ends it; 0 if
        they never are."""
        most = 0
        for entry, addresses in self.reach(function).items():
            for address in addresses:
                if ENTER.match(self.steps[address].text):
                    length = self.search(entry, address, lambda step: LEAVE.match(step.text) is not None)
                    if length is None:
                        self.error(address, "interrupts stay masked")
                    most = max(most, length - 1)
        return most


def read_bounds(path, values):
    """Lines of PATTERN and NUMBER, or a name of `values` and perhaps a number less; # begins a comment."""
    bounds = []
    for line in open(path):
        words = line.split("#")[0].split()
        if words:
            name, _, less = words[1].partition("-")
            bounds.append((words[0], (values[name] if name in values else int(name)) - int(less or 0)))
    return bounds


def read_program(objdump, path, bounds):
    text = subprocess.run([objdump, "-d", "--no-show-raw-insn", path], check=True, capture_output=True, text=True)
    return Program(text.stdout, bounds)
