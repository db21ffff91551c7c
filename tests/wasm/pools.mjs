// pools.mjs MODULE: runs pools.zig.
import fs from 'node:fs';

const instance = new WebAssembly.Instance(new WebAssembly.Module(fs.readFileSync(process.argv[2])));
const right = instance.exports.run() === 1;
console.log(`${right ? 'ok' : 'not ok'} 1 - Zig front end\n1..1`);
process.exitCode = right ? 0 : 1;
