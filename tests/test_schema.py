"""The JSON schema against the validator, on every table there is: TAP.

An editor sees a table through the schema, poolgen through the validator. What the validator
accepts, the schema must accept; what it refuses, the schema must refuse too, but for the rules in
BLIND, which no schema can state. A rule of BLIND that the schema does see has become untrue and
fails the test.
"""

import fnmatch
import glob
import json
import os
import re
import subprocess
import sys

import jsonschema
import yaml

SCHEMA = "share/poolgen.schema.json"

# Bad tables, by name, that look good to a schema, each family with the reason.
BLIND = {
    "anchors, tags, repeated keys and line ends are gone once a document is loaded": [
        "alias", "anchor", "anchor-mapping", "tag", "duplicate-key*", "line-separator*",
        "utf16-big", "utf16-little",
    ],
    "editors read these as the numbers that they spell": [
        "number-form-exponent", "number-form-fraction", "number-form-leading-zero",
        "number-form-leading-zero-hex", "number-form-octal", "number-form-sign-plus",
    ],
    "a value with a unit is text, and has no range": [
        "number-form-unit-past-64-bits", "number-range-budget",
    ],
    "sums, order and what one value means for another": [
        "arena-limit*", "malloc-*", "plan-*", "profile-needs-*", "reserve-*", "size-order-*",
        "size-rounded*", "target-*", "wasm-*",
    ],
    "lists of words that are taken": [
        "name-clash-*", "name-keyword-*", "name-macro-*", "name-reserved-*",
    ],
    "a list of names that hold something else": ["section-holds-else"],
}


class Loader(yaml.SafeLoader):
    """YAML 1.2 as editors read it: yes, no and 08 are text or numbers, never switches or octal."""


Loader.yaml_implicit_resolvers = {}
for tag, form, first in [
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan",
     list("-+.0123456789")),
]:
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{form})$"), first)


def construct_int(loader, node):
    text = node.value
    if text.startswith("0o"):
        return int(text[2:], 8)
    return int(text, 16) if text.startswith("0x") else int(text)


Loader.add_constructor("tag:yaml.org,2002:int", construct_int)
def construct_float(loader, node):
    return float(node.value.replace(".inf", "inf").replace(".nan", "nan"))


Loader.add_constructor("tag:yaml.org,2002:float", construct_float)


def schema_accepts(validator, path):
    try:
        with open(path, "rb") as file:
            document = yaml.load(file, Loader)
    except (yaml.YAMLError, UnicodeError, RecursionError, ValueError, TypeError):
        return False
    try:
        return validator.is_valid(document)
    except RecursionError:
        return False


def poolgen_accepts(poolgen, path):
    command = [poolgen, "-q", "--list-outputs", path]
    return subprocess.run(command, capture_output=True).returncode == 0


def names_schema(path):
    with open(path, encoding="utf-8") as file:
        line = re.search(r"^# yaml-language-server: \$schema=(\S+)$", file.read(), re.MULTILINE)
    if line is None:
        return False
    return os.path.samefile(os.path.join(os.path.dirname(path), line[1]), SCHEMA)


def main():
    poolgen = os.environ["POOLGEN"]
    printed = subprocess.run([poolgen, "--print-schema"], capture_output=True, check=True).stdout
    schema = json.loads(printed)
    validator_class = jsonschema.validators.validator_for(schema)
    validator_class.check_schema(schema)
    validator = validator_class(schema)

    with open(SCHEMA, "rb") as file:
        results = [(f"{SCHEMA} is fresh", file.read() == printed)]
    blind = [f"tests/bad/{name}.yaml" for names in BLIND.values() for name in names]
    tables = sorted(glob.glob("configs/*.yaml") + glob.glob("examples/*/*.yaml"))
    for path in tables + sorted(glob.glob("tests/bad/*.yaml")):
        good = poolgen_accepts(poolgen, path)
        seen_good = schema_accepts(validator, path)
        if any(fnmatch.fnmatchcase(path, pattern) for pattern in blind):
            results.append((f"{path}: refused, unseen by the schema", not good and seen_good))
        else:
            verdict = "accept" if good else "refuse, or BLIND says why not"
            results.append((f"{path}: both {verdict}", good == seen_good))
    results += [(f"{path} names its schema", names_schema(path)) for path in tables]

    for number, (name, passed) in enumerate(results, 1):
        print(f"{'ok' if passed else 'not ok'} {number} - {name}")
    print(f"1..{len(results)}")
    return 0 if all(passed for _, passed in results) else 1


if __name__ == "__main__":
    sys.exit(main())
