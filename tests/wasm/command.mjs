// command.mjs MODULE: runs a WASI command.
import { WASI } from 'node:wasi';
import fs from 'node:fs';

const wasi = new WASI({ version: 'preview1', args: ['command'] });
const module = new WebAssembly.Module(fs.readFileSync(process.argv[2]));
process.exitCode = wasi.start(new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi.wasiImport }));
