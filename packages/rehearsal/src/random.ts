/** Everything random in a rehearsal comes from one seed through this: a failure is its seed. */
export type Random = {
  /** A 32-bit unsigned integer. */
  readonly next: () => number;
  /** An integer of [0, bound). */
  readonly below: (bound: number) => number;
  /** True with this probability. */
  readonly chance: (probability: number) => boolean;
  readonly pick: <T>(items: readonly T[]) => T;
  readonly bytes: (count: number) => Uint8Array;
  /** An independent stream, named, so that drawing more for one purpose changes nothing for another. */
  readonly fork: (name: string) => Random;
};

/** sfc32, a small fast generator with 128 bits of state (C. Doty-Humphrey's PractRand). */
export function createRandom(seed: number, stream = ''): Random {
  let [a, b, c, d] = seedState(seed, stream);
  const next = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    return t >>> 0;
  };
  for (let i = 0; i < 12; i += 1) next();
  const below = (bound: number) => Math.floor((next() / 4_294_967_296) * bound);
  return {
    next,
    below,
    chance: (probability) => next() / 4_294_967_296 < probability,
    pick: <T>(items: readonly T[]) => items[below(items.length)] as T,
    bytes: (count) => fillBytes(new Uint8Array(count), next),
    fork: (name) => createRandom(seed, `${stream}/${name}`),
  };
}

function fillBytes(bytes: Uint8Array, next: () => number): Uint8Array {
  for (let i = 0, word = 0; i < bytes.length; i += 1, word >>>= 8) {
    if (i % 4 === 0) word = next();
    bytes[i] = word & 255;
  }
  return bytes;
}

/** FNV-1a over the stream's name, mixed with the seed. */
function seedState(seed: number, stream: string): [number, number, number, number] {
  let hash = 2_166_136_261;
  for (let i = 0; i < stream.length; i += 1) hash = Math.imul(hash ^ stream.charCodeAt(i), 16_777_619);
  return [seed | 0, Math.floor(seed / 4_294_967_296) | 0, hash | 0, 1];
}
