/** What a request is for, the best first. A lower class never takes what is kept for a higher one. */
export const ADMISSION_CLASSES = ['govern', 'settle', 'verify', 'apply', 'observe'] as const;
export type AdmissionClass = (typeof ADMISSION_CLASSES)[number];

/** Bounds of one class. Times in milliseconds. */
export type ClassTerms = {
  /** Requests of this class that may run whatever all others do. */
  readonly reserved: number;
  /** Between these the limit moves by itself: `reserved <= least <= most`. */
  readonly least: number;
  readonly most: number;
  /** While one takes no longer than this, as many run as come, however long one usually takes. */
  readonly quickMs: number;
  /** Requests that may wait; one more sheds the oldest of them, or itself while the queue is not late. */
  readonly maxQueued: number;
  /** How long a request may wait where the queue was empty not longer ago than this. */
  readonly patienceMs: number;
  /** How long it may wait where the queue has been longer without a pause: it is late then, and the newest go first. */
  readonly lateMs: number;
  /** How far the slots lie apart of one who was shed. */
  readonly spreadMs: number;
};

export type AdmissionTerms = {
  /** Requests of all classes that may run at once. */
  readonly total: number;
  readonly classes: Readonly<Record<AdmissionClass, ClassTerms>>;
};

/**
 * One process on a small machine. What is reserved is small, because all reserves together run whatever the limits have learned;
 * officers have the most of it. Whoever applies while a write is under way waits for it and goes with the next, which costs nobody
 * anything.
 */
export const DEFAULT_ADMISSION_TERMS: AdmissionTerms = {
  total: 256,
  classes: {
    govern: {
      reserved: 26,
      least: 26,
      most: 64,
      quickMs: 20,
      maxQueued: 256,
      patienceMs: 10_000,
      lateMs: 5_000,
      spreadMs: 1_000,
    },
    settle: {
      reserved: 8,
      least: 8,
      most: 128,
      quickMs: 20,
      maxQueued: 256,
      patienceMs: 2_000,
      lateMs: 500,
      spreadMs: 2_000,
    },
    verify: {
      reserved: 4,
      least: 4,
      most: 128,
      quickMs: 20,
      maxQueued: 256,
      patienceMs: 200,
      lateMs: 50,
      spreadMs: 2_000,
    },
    apply: {
      reserved: 4,
      least: 4,
      most: 192,
      quickMs: 100,
      maxQueued: 256,
      patienceMs: 500,
      lateMs: 100,
      spreadMs: 4_000,
    },
    observe: {
      reserved: 4,
      least: 4,
      most: 128,
      quickMs: 20,
      maxQueued: 256,
      patienceMs: 1_000,
      lateMs: 200,
      spreadMs: 4_000,
    },
  },
};
