// cases.mjs MODULE...: runs the cases that main.c holds, each in an instance of its own, as TAP.
// An argument --only=TEXT runs those whose names contain it.
import { Host } from './host.mjs';
import fs from 'node:fs';
import path from 'node:path';

const only = (process.argv.find((word) => word.startsWith('--only=')) ?? '--only=').slice('--only='.length);
const files = process.argv.slice(2).filter((word) => !word.startsWith('--'));

// Pages: what a module starts with, and where its memory ends. The sizes that must be refused are large.
const FIRST = 256;
const MAXIMUM = 4096;
const MOST = 65536;

// A module that has run nothing yet.
function start(module, maximum) {
  const memory = new WebAssembly.Memory({ initial: FIRST, maximum });
  const host = new Host(memory);
  const { exports } = new WebAssembly.Instance(module, { wasi_snapshot_preview1: host.imports, env: { memory } });
  exports._initialize();
  return { memory, host, exports };
}

function text({ memory }, at) {
  const bytes = new Uint8Array(memory.buffer, at >>> 0);
  return at === 0 ? null : Buffer.from(bytes.subarray(0, bytes.indexOf(0))).toString();
}

// Why a case failed, or nothing.
function failure(module, number, maximum) {
  const instance = start(module, maximum);
  let trap = null;
  let crime = null;
  try {
    instance.exports.count_cases();
    crime = text(instance, instance.exports.case_crime(number));
    instance.exports.run_case(number);
  } catch (error) {
    trap = error;
  }
  const words = instance.host.said;
  if (crime === null) {
    return trap === null && words === '' ? null : `${words}${trap ?? ''}`;
  }
  const prefix = words.slice(0, words.indexOf(':'));
  const right = trap instanceof WebAssembly.RuntimeError && words === `${prefix}: ${crime}\n`;
  return right ? null : `expected "${crime}" and a trap, not "${words}" and ${trap}`;
}

let number = 0;
let failed = 0;
for (const file of files) {
  const module = new WebAssembly.Module(fs.readFileSync(file));
  const list = start(module, MAXIMUM);
  const count = list.exports.count_cases();
  for (let row = 0; row < count; row++) {
    const name = text(list, list.exports.case_name(row));
    if (!name.includes(only)) continue;
    const why = failure(module, row, name.includes('4 GiB') ? MOST : MAXIMUM);
    number++;
    console.log(`${why === null ? 'ok' : 'not ok'} ${number} - ${path.basename(path.dirname(file))}: ${name}`);
    if (why !== null) {
      failed++;
      console.log(why.trimEnd().replace(/^/gm, '# '));
    }
  }
}
console.log(`1..${number}`);
process.exitCode = failed === 0 && number > 0 ? 0 : 1;
