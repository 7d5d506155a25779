// MD5 (RFC 1321) and SHA-256 (FIPS 180-4) of bytes, in hexadecimal. A browser offers no MD5, and
// SHA-256 only where the page came by HTTPS.
"use strict";

const words = (bytes, little, lengthLittle) => {
  const length = (((bytes.length + 8) >> 6) + 1) << 6;
  const padded = new Uint8Array(length);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  const low = (bytes.length << 3) >>> 0, high = Math.floor(bytes.length / 0x20000000);
  view.setUint32(length - 8, lengthLittle ? low : high, lengthLittle);
  view.setUint32(length - 4, lengthLittle ? high : low, lengthLittle);
  return { view, blocks: length >> 6, read: (at) => view.getUint32(at, little) };
};

const hex = (numbers, little) => numbers.map((number) => {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, number >>> 0, little);
  return [0, 1, 2, 3].map((at) => view.getUint8(at).toString(16).padStart(2, "0")).join("");
}).join("");

const rotateLeft = (value, by) => (value << by) | (value >>> (32 - by));
const rotateRight = (value, by) => (value >>> by) | (value << (32 - by));

const MD5_SHIFTS = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
const MD5_SINES = Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 0x100000000) | 0);

function md5(bytes) {
  const { blocks, read } = words(bytes, true, true);
  let state = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476];
  for (let block = 0; block < blocks; block++) {
    let [a, b, c, d] = state;
    for (let i = 0; i < 64; i++) {
      const turn = i >> 4;
      const mixed = [(b & c) | (~b & d), (d & b) | (~d & c), b ^ c ^ d, c ^ (b | ~d)][turn];
      const place = [i, 5 * i + 1, 3 * i + 5, 7 * i][turn] & 15;
      const sum = (a + mixed + MD5_SINES[i] + read(block * 64 + place * 4)) | 0;
      [a, d, c, b] = [d, c, b, (b + rotateLeft(sum, MD5_SHIFTS[turn][i & 3])) | 0];
    }
    state = [state[0] + a, state[1] + b, state[2] + c, state[3] + d].map((each) => each | 0);
  }
  return hex(state, true);
}

const PRIMES = [];
for (let n = 2; PRIMES.length < 64; n++) {
  if (PRIMES.every((prime) => n % prime)) PRIMES.push(n);
}
const fraction = (root) => ((root - Math.floor(root)) * 0x100000000) | 0;
const SHA_START = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
const SHA_ROUNDS = PRIMES.map((prime) => fraction(Math.cbrt(prime)));

function sha256(bytes) {
  const { blocks, read } = words(bytes, false, false);
  let state = SHA_START;
  const schedule = new Int32Array(64);
  for (let block = 0; block < blocks; block++) {
    for (let i = 0; i < 64; i++) {
      if (i < 16) {
        schedule[i] = read(block * 64 + i * 4);
        continue;
      }
      const before = schedule[i - 15], last = schedule[i - 2];
      const small = rotateRight(before, 7) ^ rotateRight(before, 18) ^ (before >>> 3);
      const large = rotateRight(last, 17) ^ rotateRight(last, 19) ^ (last >>> 10);
      schedule[i] = schedule[i - 16] + small + schedule[i - 7] + large;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const large = rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25);
      const first = (h + large + ((e & f) ^ (~e & g)) + SHA_ROUNDS[i] + schedule[i]) | 0;
      const small = rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22);
      const second = (small + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
    }
    const added = [a, b, c, d, e, f, g, h];
    state = state.map((each, at) => (each + added[at]) | 0);
  }
  return hex(state, false);
}

if (typeof module !== "undefined") module.exports = { md5, sha256 };
