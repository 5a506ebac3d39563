import {
  CodedError,
  encodeUtf8,
  isCodedError,
  type PartyFiling,
  parsePartyFiling,
  parseUtf8,
  partyFilingSigningInput,
} from '@holdfast/core';
import type { Clock } from '../ports/clock.ts';
import type { Entropy } from '../ports/entropy.ts';
import type { FilingDesk, FilingReceipt } from '../ports/filing.ts';
import type { FilingOutcome, FilingStore, KeptFiling } from '../ports/filing-store.ts';
import type { Sealer } from '../ports/sealer.ts';
import { type RoleKeys, signBy } from '../role-keys/role-keys.ts';
import { createWakingLoop } from '../telling/waking-loop.ts';

type Distributed<Union> = Union extends unknown ? Omit<Union, 'network' | 'party' | 'id' | 'filedAt'> : never;
/** What is filed, without who files it and when. */
export type FilingDraft = Distributed<PartyFiling>;

/**
 * What a role files with the governor. Whoever opens one is answered when it is kept here, and never waits for the governor;
 * it is sent until the governor has acknowledged it or refused it for good.
 */
export type Filings = {
  /**
   * Keeps it, once for each matter. Throws what the store throws, and `filing.full` where as many wait as are kept: then
   * nothing was filed, and whoever asks again later files it.
   */
  open(matter: string, draft: FilingDraft): Promise<void>;
  /** Undefined where nothing was filed of this matter, `waiting` before there is an outcome. */
  find(matter: string): Promise<FilingOutcome | 'waiting' | undefined>;
  /** What is on its way, oldest first, and what was refused: at most a hundred of each. */
  list(): Promise<{ readonly waiting: readonly KeptFiling[]; readonly refused: readonly KeptFiling[] }>;
  /** Sends what waits; says how many have an outcome now. */
  work(): Promise<number>;
  run(signal: AbortSignal): Promise<void>;
};

export type FilingsOptions = {
  readonly network: string;
  readonly party: string;
  /** Of that party, for statements or verdicts. */
  readonly keys: RoleKeys;
  readonly sealer: Sealer;
  readonly store: FilingStore;
  readonly desk: FilingDesk;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly report: (event: { readonly code: string; readonly matter: string }) => void;
  readonly maxWaiting?: number;
};

const DEFAULT_MAX_WAITING = 10_000;
const EVERY_MS = 5_000;
const AT_ONCE = 32;
const SHOWN = 100;
/** A governor that has not answered by then is asked again. */
const TIMEOUT_MS = 15_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;
/** As long as the log's own books keep a case after its end, and the longest case before. */
const MEMORY_MS = 400 * 86_400_000;

export function createFilings(options: FilingsOptions): Filings {
  const { network, party, keys, sealer, store, desk, clock, entropy, report } = options;
  const { maxWaiting = DEFAULT_MAX_WAITING } = options;
  /** Binds what is sealed to its row: moved to another, it does not open. */
  const context = (matter: string) => `filing ${matter}`;
  let failures = 0;
  let notBeforeMs = 0;
  const loop = createWakingLoop(clock, EVERY_MS, work);

  const sign = (filing: PartyFiling) => signBy(keys, ({ key }) => partyFilingSigningInput(filing, key));

  function signDraft(matter: string, draft: FilingDraft): Promise<string> {
    return sign({ ...draft, network, party, id: matter, filedAt: clock.now() } as PartyFiling);
  }

  /** Where its key has ended while it waited, the same is signed anew. */
  async function signedInForce(signed: string): Promise<string> {
    const { filing, kid } = parsePartyFiling(signed);
    return keys.isInForce(kid) ? signed : sign(filing);
  }

  async function send({ matter, sealed }: KeptFiling): Promise<FilingOutcome | undefined> {
    if (sealed === undefined) return undefined;
    const signed = await signedInForce(parseUtf8(await sealer.open(sealed, context(matter))));
    const limit = new AbortController();
    const timer = new AbortController();
    const late = clock.sleep(TIMEOUT_MS, timer.signal).then(
      () => limit.abort(new CodedError('filing.unreachable', 'The governor has not answered in time.')),
      () => undefined,
    );
    try {
      return { receipt: await unlessAborted(desk.file(signed, limit.signal), limit.signal) };
    } catch (error) {
      if (isRefusal(error)) return { refused: error.code };
      throw error;
    } finally {
      timer.abort();
      await late;
    }
  }

  /** One after the other, up to the first failure: a governor that is away costs one question. */
  async function work(): Promise<number> {
    if (clock.monotonic() < notBeforeMs) return 0;
    await store.remove(clock.now() - MEMORY_MS, AT_ONCE);
    let settled = 0;
    for (const filing of await store.readWaiting(AT_ONCE)) {
      try {
        const outcome = await send(filing);
        if (outcome === undefined) continue;
        await store.settle(filing.matter, outcome);
        if ('refused' in outcome) report({ code: outcome.refused, matter: filing.matter });
        settled += 1;
        failures = 0;
      } catch (error) {
        failures += 1;
        notBeforeMs = clock.monotonic() + pauseAfter(failures, entropy.bytes(2));
        report({ code: isCodedError(error) ? error.code : 'filing.unreachable', matter: filing.matter });
        break;
      }
    }
    return settled;
  }

  return {
    async open(matter, draft) {
      const known = await store.read(matter);
      if (known !== undefined) return;
      const sealed = await sealer.seal(encodeUtf8(await signDraft(matter, draft)), context(matter));
      const kept = await store.keep({ matter, keptAt: clock.now(), sealed }, maxWaiting);
      if (kept === undefined) throw new CodedError('filing.full', 'As many filings wait for the governor as are kept.');
      loop.wake();
    },
    async find(matter) {
      const kept = await store.read(matter);
      return kept === undefined ? undefined : (kept.outcome ?? 'waiting');
    },
    list: async () => ({ waiting: await store.readWaiting(SHOWN), refused: await store.readRefused(SHOWN) }),
    work,
    run: (signal) => loop.run(signal),
  };
}

/** What the governor says of the matter itself. Of everything else, only asking again tells what became of it. */
function isRefusal(error: unknown): error is CodedError {
  if (!isCodedError(error)) return false;
  // A party that is not in the log yet, or whose new key is not, is there later.
  const isLater = error.code === 'case.too-many' || error.code === 'case.party';
  return !isLater && /^(?:case|incident)\./.test(error.code);
}

function pauseAfter(failures: number, [a = 0, b = 0]: Uint8Array): number {
  const mostMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 16));
  return ((a * 256 + b) / 65_536) * mostMs;
}

/** A governor that does not listen to its signal keeps nobody. */
function unlessAborted(answer: Promise<FilingReceipt>, signal: AbortSignal): Promise<FilingReceipt> {
  answer.catch(() => undefined);
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    answer.then(resolve, reject);
  });
}
