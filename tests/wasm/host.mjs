// What a module of wasi-libc asks of its host, as far as the cases need it: files to be read, and a standard
// error. (node:wasi 20 ends in about one of twenty runs of a module whose memory grows: SIGABRT, SIGSEGV.)
import fs from 'node:fs';

const EBADF = 8;
const ENOENT = 44;
const ROOT = 3; // the descriptor of the working directory

export class Host {
  constructor(memory) {
    this.memory = memory;
    this.said = '';
    this.files = new Map();
  }

  get view() {
    return new DataView(this.memory.buffer);
  }

  text(at, length) {
    return Buffer.from(new Uint8Array(this.memory.buffer, at, length)).toString();
  }

  // The ranges that a list of `count` of them names.
  ranges(list, count) {
    return Array.from({ length: count }, (_, i) => new Uint8Array(this.memory.buffer,
      this.view.getUint32(list + 8 * i, true), this.view.getUint32(list + 8 * i + 4, true)));
  }

  answer(at, value) {
    this.view.setUint32(at, value, true);
    return 0;
  }

  open(name, at) {
    if (!fs.existsSync(name)) return ENOENT;
    const fd = ROOT + 1 + this.files.size;
    this.files.set(fd, { bytes: fs.readFileSync(name), at: 0 });
    return this.answer(at, fd);
  }

  read(fd, list, count, at) {
    const file = this.files.get(fd);
    if (file === undefined) return EBADF;
    let total = 0;
    for (const range of this.ranges(list, count)) {
      const part = file.bytes.subarray(file.at, file.at + range.length);
      range.set(part);
      file.at += part.length;
      total += part.length;
    }
    return this.answer(at, total);
  }

  seek(fd, offset, whence, at) {
    const file = this.files.get(fd);
    if (file === undefined) return EBADF;
    file.at = Number(offset) + [0, file.at, file.bytes.length][whence];
    this.view.setBigUint64(at, BigInt(file.at), true);
    return 0;
  }

  write(list, count, at) {
    const parts = this.ranges(list, count);
    this.said += Buffer.concat(parts).toString();
    return this.answer(at, parts.reduce((sum, part) => sum + part.length, 0));
  }

  get imports() {
    return {
      environ_get: () => 0,
      environ_sizes_get: (count, bytes) => this.answer(count, 0) + this.answer(bytes, 0),
      fd_close: (fd) => (this.files.delete(fd) ? 0 : EBADF),
      fd_fdstat_get: (fd, at) => {
        new Uint8Array(this.memory.buffer, at, 24).fill(0);
        this.view.setUint8(at, fd === ROOT ? 3 : 4); // a directory or a file,
        this.view.setBigUint64(at + 8, ~0n, true); // with all rights
        this.view.setBigUint64(at + 16, ~0n, true);
        return 0;
      },
      fd_fdstat_set_flags: () => 0,
      fd_prestat_get: (fd, at) => (fd === ROOT ? this.answer(at, 0) + this.answer(at + 4, 1) : EBADF),
      fd_prestat_dir_name: (fd, at) => {
        this.view.setUint8(at, '.'.charCodeAt(0));
        return 0;
      },
      fd_read: (fd, list, count, at) => this.read(fd, list, count, at),
      fd_seek: (fd, offset, whence, at) => this.seek(fd, offset, whence, at),
      fd_write: (fd, list, count, at) => this.write(list, count, at),
      path_open: (fd, flags, name, length, how, rights, inherited, more, at) => this.open(this.text(name, length), at),
      proc_exit: (code) => {
        throw new Error(`exit ${code}`);
      },
    };
  }
}
