"""Much allocation of all kinds, and one line of digests."""
import collections
import decimal
import hashlib
import json
import re
import sys
import zlib

count = int(sys.argv[1])
digest = hashlib.sha256()

records = [{"id": i, "name": "n" * (i % 97), "tags": [str(j) for j in range(i % 13)], "x": i / 7} for i in range(count)]
text = json.dumps(records)
digest.update(text.encode())
assert json.loads(text) == records

words = re.findall(r"[a-z]+|\d+", text)
digest.update(repr(collections.Counter(words).most_common(50)).encode())

packed = zlib.compress(text.encode(), 6)
assert zlib.decompress(packed).decode() == text
digest.update(packed)

tree = {}
for i in range(count * 5):
    tree.setdefault(i * 2654435761 % 4093, []).append(bytearray(i % 300))
digest.update(repr(sorted((key, sum(map(len, value))) for key, value in tree.items())).encode())

with decimal.localcontext() as context:
    context.prec = 3000
    digest.update(str(decimal.Decimal(2).sqrt()).encode())

text = ""
for i in range(count):
    text += str(i)
digest.update(text.encode())
digest.update(str(3 ** (count * 4)).encode() if count < 1000 else hex(3 ** (count * 4)).encode())
print(digest.hexdigest())
