/** Numbers in [0, 1) by chance, and the same ones from the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of several, by chance. */
export function pickFrom<Each>(several: readonly [Each, ...Each[]], random: () => number): Each {
  return several[Math.floor(random() * several.length)] ?? several[0];
}
