/** Random bytes, unpredictable to everyone else. In rehearsal they come from the seed. */
export interface Entropy {
  bytes(count: number): Uint8Array;
}
