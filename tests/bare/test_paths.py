"""Whether paths.py measures what it should: small programs as objdump prints them, and the answers. Prints TAP."""
import paths

ARM = "file format elf32-littlearm\n"
RISCV = "file format elf32-littleriscv\n"


def listing(header, **functions):
    """A disassembly: each function's instructions, four bytes each, from 0 on; @name is a function's address, @3 that
    of the function's instruction 3."""
    start, text, starts = 0, header, {}
    for name, lines in functions.items():
        starts[name] = start
        start += 4 * len(lines)
    for name, lines in functions.items():
        text += f"\n{starts[name]:08x} <{name}>:\n"
        for number, line in enumerate(lines):
            words = line.split("@")
            if len(words) > 1:
                where = starts[words[1]] if words[1] in starts else starts[name] + 4 * int(words[1])
                line = f"{words[0]}{where:x} <{name}>"
            operation, _, operands = line.partition(" ")
            text += f"  {starts[name] + 4 * number:x}:\t{operation}\t{operands}\n"
    return text


def length(text, bounds=(), masked=False):
    program = paths.Program(text, list(bounds))
    return (program.longest_masked if masked else program.longest)("f")


def fails(text, message, bounds=()):
    try:
        length(text, bounds)
    except SystemExit as error:
        return message in str(error)
    return False


CASES = [
    ("a straight line", lambda: length(listing(ARM, f=["movs r0, r1", "bx lr"])) == 2),
    ("the longer of two ways", lambda: length(listing(ARM, f=[
        "cmp r0, #0", "beq.n @5", "adds r0, #1", "adds r0, #1", "adds r0, #1", "bx lr"])) == 6),
    ("a call counts what it calls", lambda: length(listing(
        ARM, f=["push {r4, lr}", "bl @g", "pop {r4, pc}"], g=["movs r0, #0", "bx lr"])) == 5),
    ("a return by a load", lambda: length(listing(ARM, f=["push {lr}", "nop", "ldr pc, [sp], #4"])) == 3),
    ("a jump to a function goes on there", lambda: length(listing(ARM, f=["b.n @g"], g=["nop", "nop", "bx lr"])) == 4),
    ("a way that ends in a trap is none", lambda: length(listing(
        ARM, f=["cbz r0, @2", "bx lr", "nop", "nop", "udf #255"])) == 2),
    ("a way into a function that never returns is none", lambda: length(listing(
        ARM, f=["cbz r0, @2", "bx lr", "nop", "bl @g"], g=["nop", "udf #0"])) == 2),
    ("a return under a condition may go on", lambda: length(listing(ARM, f=["it eq", "bxeq lr", "nop", "bx lr"])) == 4),
    ("a loop is as long as its bound", lambda: length(listing(
        ARM, f=["movs r0, #3", "subs r0, #1", "bne.n @1", "bx lr"]), [("f", 4)]) == 1 + 2 * 5 + 1),
    ("a loop that leaves from its middle", lambda: length(listing(
        ARM, f=["nop", "cbz r0, @4", "nop", "b.n @0", "bx lr"]), [("f", 2)]) == 4 * 2 + 3),
    ("a bound is looked up by pattern", lambda: length(listing(
        RISCV, f=["addi a0,a0,-1", "bnez a0,@0", "ret"]), [("g*", 9), ("f*", 1)]) == 5),
    ("RISC-V's calls and branches", lambda: length(listing(
        RISCV, f=["beqz a0,@3", "jal ra,@g", "nop", "ret"], g=["li a0,0", "jr ra"])) == 6),
    ("PRIMASK from the first instruction after to the last", lambda: length(listing(
        ARM, f=["nop", "mrs r3, PRIMASK", "cpsid i", "nop", "bl @g", "msr PRIMASK, r3", "nop", "bx lr"],
        g=["nop", "bx lr"]), masked=True) == 5),
    ("mstatus", lambda: length(listing(
        RISCV, f=["csrrci a5,mstatus,8", "nop", "csrs mstatus,a5", "ret"]), masked=True) == 2),
    ("nothing masked", lambda: length(listing(ARM, f=["bx lr"]), masked=True) == 0),
    ("interrupts that stay masked are an error", lambda: masked_fails()),
    ("a loop without a bound is an error", lambda: fails(listing(
        ARM, f=["subs r0, #1", "bne.n @0", "bx lr"]), "a loop that no line")),
    ("loops in a loop are an error", lambda: fails(listing(
        ARM, f=["nop", "subs r0, #1", "bne.n @1", "subs r1, #1", "bne.n @0", "bx lr"]), "within a loop", [("f", 2)])),
    ("recursion is an error", lambda: fails(listing(ARM, f=["cbz r0, @2", "bl @f", "bx lr"]), "recursion")),
    ("a call through a register is an error", lambda: fails(listing(ARM, f=["blx r3", "bx lr"]), "not known")),
    ("a jump through a register is an error", lambda: fails(listing(RISCV, f=["jr a5"]), "not known")),
    ("a jump table is an error", lambda: fails(listing(ARM, f=["tbb [pc, r0]"]), "not known")),
    ("what lies behind a function's end is an error", lambda: fails(listing(ARM, f=["nop", ".word 0x0"]), "not known")),
]


def masked_fails():
    try:
        length(listing(ARM, f=["cpsid i", "bx lr"]), masked=True)
    except SystemExit as error:
        return "stay masked" in str(error)
    return False


def main():
    status = 0
    for number, (name, holds) in enumerate(CASES, 1):
        good = holds()
        status |= not good
        print(f"{'ok' if good else 'not ok'} {number} - longest paths: {name}")
    print(f"1..{len(CASES)}")
    raise SystemExit(status)


main()
