// command.mjs MODULE: runs a command of wasi-libc.
import { Host } from './host.mjs';
import fs from 'node:fs';

const host = new Host();
const module = new WebAssembly.Module(fs.readFileSync(process.argv[2]));
const { exports } = new WebAssembly.Instance(module, { wasi_snapshot_preview1: host.imports });
host.memory = exports.memory;
try {
  exports._start();
} catch (error) {
  process.exitCode = 1;
  host.said += `not ok - ${error}\n`;
}
process.stdout.write(host.said);
process.exitCode ??= /^not ok/m.test(host.said) ? 1 : 0;
