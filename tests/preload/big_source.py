"""Writes a C file of many functions, each a little different."""
import sys

for i in range(int(sys.argv[1])):
    print(f"struct s{i} {{ int a[{i % 7 + 1}]; double b; struct s{i} *next; }};")
    print(f"int f{i}(int x, struct s{i} *p) {{")
    print(f"    int sum = {i};")
    print(f"    for (; p; p = p->next) for (int j = 0; j < {i % 7 + 1}; j++)")
    print(f"        switch ((x + j) % {i % 5 + 3}) {{ case 0: sum += p->a[j]; break; case 1: sum ^= x << j; break;")
    print(f"        case 2: sum -= (int)(p->b * {i}.5); break; default: sum *= {i % 11 + 2}; }}")
    print(f"    return sum{f' + f{i - 1}(sum, 0)' if i else ''};")
    print("}")
