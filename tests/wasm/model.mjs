// model.mjs PREFIX TABLE.yaml MODULE SEEDS: a module without a C library against a model of what its blocks
// are, in a memory that others grow too and that ends: TAP. A failure names its seed.
import fs from 'node:fs';

const [prefix, table, file, seeds] = process.argv.slice(2);
const PAGE = 65536;
const STEPS = 4000;
const yaml = fs.readFileSync(table, 'utf8');
const sizes = [...yaml.matchAll(/\{size: (\d+)/g)].map((row) => Number(row[1]));
const largest = sizes.at(-1);
const big = /^oversize: os/m.test(yaml);
const grows = !/^exhausted: fail/m.test(yaml);
const module = new WebAssembly.Module(fs.readFileSync(file));

// xorshift32 (G. Marsaglia, Xorshift RNGs, 2003).
function randomOf(seed) {
  let state = seed * 2654435761 + 1 >>> 0 || 1;
  return (below) => {
    state ^= state << 13, state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5, state >>>= 0;
    return state % below;
  };
}

function assert(condition, words) {
  if (!condition) throw new Error(words);
}

class Model {
  constructor(seed) {
    this.random = randomOf(seed);
    const maximum = 6 + this.random(20);
    this.memory = new WebAssembly.Memory({ initial: 5, maximum });
    this.calls = new WebAssembly.Instance(module, { env: { memory: this.memory } }).exports;
    this.live = [];
    this.others = [];
    this.tags = 0;
    this.refused = 0;
  }

  call(name, ...words) {
    return this.calls[`${prefix}_${name}`](...words) >>> 0;
  }

  get bytes() {
    return new Uint8Array(this.memory.buffer); // another one after each growth
  }

  // Where a block's mark is: its start and its end, all of a small one.
  marks({ at, size, tag }) {
    const bytes = this.bytes;
    const ends = Math.min(size, 32);
    return [[bytes.subarray(at, at + ends), tag], [bytes.subarray(at + size - ends, at + size), tag]];
  }

  mark(block) {
    this.marks(block).forEach(([bytes, tag]) => bytes.fill(tag));
  }

  verify(block, size = block.size) {
    const kept = { ...block, size: Math.min(block.size, 32, size) };
    const whole = size >= block.size ? this.marks(block) : this.marks(kept);
    whole.forEach(([bytes, tag]) => assert(bytes.every((byte) => byte === tag), `bytes of ${block.at} changed`));
  }

  add(at, size, alignment, zeroed) {
    const promised = size > largest ? 16 : Math.min(16, this.lowBit(sizes.find((row) => row >= size)));
    assert(at % Math.max(alignment, promised) === 0, `${at} of ${size} is not aligned`);
    const usable = this.call('usable_size', at);
    assert(usable >= size && at + usable <= this.bytes.length, `usable ${usable} of ${size}`);
    assert(this.call('owns', at) === Number(size <= largest && usable <= largest), `owns ${at}`);
    this.live.forEach((other) => assert(at + usable <= other.at || other.at + other.size <= at,
      `${at} overlaps ${other.at}`));
    const block = { at, size: Math.max(size, 1), tag: 1 + this.tags++ % 255 };
    assert(!zeroed || this.bytes.subarray(at, at + size).every((byte) => byte === 0), `${at} is not zero`);
    this.mark(block);
    this.live.push(block);
  }

  lowBit(size) {
    return size & -size;
  }

  // Nothing may be had anywhere else when there is nothing.
  refuse(size) {
    this.refused++;
    if (size > largest) {
      assert(!big || this.isFull(size), `${size} is there`);
      return;
    }
    assert(!grows || (this.freeBytes() === 0 && this.isFull(1)), `a page is there for ${size}`);
  }

  // A word of the figures: {pool_count, oversize, bytes_reserved, bytes_committed, bytes_retained}.
  figure(word) {
    this.call('stats', this.statsAt);
    return new Uint32Array(this.memory.buffer, this.statsAt)[word];
  }

  reservedBytes() {
    return this.figure(2);
  }

  freeBytes() {
    return this.figure(4);
  }

  // Whether the memory refuses so many bytes more: if not, they are another's now.
  isFull(bytes) {
    try {
      this.others.push(this.memory.grow(Math.ceil(bytes / PAGE)));
      return false;
    } catch {
      return true;
    }
  }

  size() {
    const row = this.random(sizes.length);
    const below = row === 0 ? 0 : sizes[row - 1];
    return big && this.random(8) === 0 ? largest + 1 + this.random(5 * PAGE)
      : below + this.random(sizes[row] - below + 1);
  }

  allocate() {
    const size = this.size();
    const alignment = this.random(6) === 0 ? 1 << this.random(big ? 18 : 11) : 1;
    const zeroed = this.random(3) === 0;
    const name = alignment > 1 ? (zeroed ? 'aligned_calloc' : 'aligned_alloc') : zeroed ? 'calloc' : 'alloc';
    const words = [...(alignment > 1 ? [alignment] : []), ...(zeroed ? [1] : []), size];
    const at = this.call(name, ...words);
    if (at !== 0) this.add(at, size, alignment, zeroed);
    else if (alignment === 1) this.refuse(size);
  }

  take() {
    const index = this.random(this.live.length);
    const block = this.live[index];
    this.live[index] = this.live.at(-1);
    this.live.pop();
    this.verify(block);
    return block;
  }

  free() {
    const { at, size } = this.take();
    if (this.random(2) === 0) this.call('free', at);
    else this.call('free_sized', at, size);
  }

  resize() {
    const block = this.take();
    const size = this.size();
    const at = this.call('realloc', block.at, size);
    if (at === 0) {
      this.live.push(block);
      this.verify(block);
      return;
    }
    this.verify({ ...block, at }, size);
    this.add(at, size, 1, false);
  }

  step(number) {
    const what = this.random(100);
    const many = number % 1000 < 500 ? 60 : 30; // waves, so that spans fill and leave
    if (what === 0 && this.random(20) === 0) this.isFull(1);
    else if (what < many || this.live.length === 0) this.allocate();
    else if (what < 85) this.free();
    else this.resize();
    if (what === 99) assert(this.call('check') === 1, 'not sound');
  }

  run() {
    this.statsAt = this.call('alloc', largest);
    assert(this.statsAt !== 0, 'no block for the figures');
    const arenas = this.reservedBytes() - this.freeBytes();
    for (let number = 0; number < STEPS; number++) this.step(number);
    while (this.live.length > 0) this.free();
    assert(this.call('check') === 1, 'not sound at the end');
    assert(this.reservedBytes() - this.freeBytes() === arenas, 'pages stay with pools that have no blocks');
    return this.refused;
  }
}

let refused = 0;
let failed = false;
for (let seed = 1; seed <= Number(seeds) && !failed; seed++) {
  try {
    refused += new Model(seed).run();
  } catch (error) {
    failed = true;
    console.log(`not ok 1 - ${prefix}, seed ${seed}`);
    console.log(`# ${error.stack.replace(/\n/g, '\n# ')}`);
  }
}
if (!failed) {
  console.log(`${refused > 0 ? 'ok' : 'not ok'} 1 - ${prefix}: ${seeds} seeds, ${refused} requests refused`);
}
console.log('1..1');
process.exitCode = failed || refused === 0 ? 1 : 0;
