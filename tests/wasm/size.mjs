// size.mjs MOST NAME=MODULE...: bytes of modules, of which the first may have at most so many, as TAP.
import fs from 'node:fs';

const [most, ...modules] = process.argv.slice(2);
const rows = modules.map((word) => word.split('='));
const bytes = rows.map(([, file]) => fs.statSync(file).size);
const ours = rows.filter(([name]) => !name.startsWith('('));
let status = 0;
ours.forEach(([name, file], row) => {
  const right = fs.statSync(file).size <= Number(most);
  status = right ? status : 1;
  console.log(`${right ? 'ok' : 'not ok'} ${row + 1} - ${name}: at most ${most} bytes of module`);
});
rows.forEach(([name], row) => console.log(`# ${String(bytes[row]).padStart(6)} ${name}`));
console.log(`1..${ours.length}`);
process.exitCode = status;
