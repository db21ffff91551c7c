"""Threads that hand buffers to each other, and processes forked beside them."""
import hashlib
import os
import queue
import subprocess
import threading
import zlib

tasks, results = queue.Queue(maxsize=50), queue.Queue()


def work():
    while True:
        number = tasks.get()
        if number is None:
            return
        data = b"".join(str(i * number).encode() for i in range(2000))
        results.put((number, hashlib.sha256(zlib.compress(data * 3)).hexdigest()))


def fork_some():
    for i in range(20):
        child = os.fork()
        if child == 0:
            os._exit(len([bytes(j) for j in range(1000)]) % 256 == 1000 % 256 and 7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        assert subprocess.run(["echo", str(i)], stdout=subprocess.PIPE, check=True).stdout == b"%d\n" % i


threads = [threading.Thread(target=work) for _ in range(3)] + [threading.Thread(target=fork_some)]
for thread in threads:
    thread.start()
for number in range(300):
    tasks.put(number)
for _ in range(3):
    tasks.put(None)
for thread in threads:
    thread.join()
for round in range(200):
    thread = threading.Thread(target=lambda: results.put((1000 + round, "x" * round)))
    thread.start()
    thread.join()
print(hashlib.sha256(repr(sorted(results.queue)).encode()).hexdigest())
