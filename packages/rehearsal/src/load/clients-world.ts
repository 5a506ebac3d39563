import { createRetryingFetch, type RetryingFetch } from '@holdfast/wallet/retrying-fetch';
import type { OracleName, Violation } from '../oracles.ts';
import { createRandom, type Random } from '../random.ts';
import { Scheduler } from '../scheduler.ts';

/** What a rehearsal of a client and a target that fails it found. */
export type ClientsReport = {
  readonly seed: number;
  /** Requests that the client was asked to make, those that reached the target first, and those that came again. */
  readonly asked: number;
  readonly first: number;
  readonly again: number;
  readonly checked: Readonly<Partial<Record<OracleName, number>>>;
  readonly violations: readonly Violation[];
  readonly broken: readonly OracleName[];
};

const START_MS = 1_800_000_000_000;
const TARGET = 'https://network.example/applications';
const PER_SECOND = 20;
const PHASE_MS = 30_000;
const DEADLINE_MS = 20_000;
/** After a trouble a client is as before within this. */
const RECOVERED_MS = 30_000;
/** What a full budget allows at once. */
const BURST = 5;
/** Of all that it is asked for, while the target is silent half a minute: a fifth, what comes before it is noticed, and chance. */
const MOST_TO_SILENT = 0.6;

/** Share of what arrives that is refused, whether some of it is told when to come, and whether nothing is ever answered. */
type Phase = { readonly failing: number; readonly isTelling?: boolean; readonly isSilent?: boolean };
const WELL: Phase = { failing: 0 };
const PHASES: readonly Phase[] = [
  { failing: 1 },
  WELL,
  { failing: 0.1 },
  { failing: 0.5, isTelling: true },
  WELL,
  { failing: 0.9 },
  WELL,
  { failing: 1, isSilent: true },
  WELL,
];

type Seen = { readonly request: string; count: number; notBefore: number };

/** One integrator's client and one target, which is well, refuses, names moments, or hangs; in the end it is well. */
export async function rehearseClients({ seed }: { readonly seed: number }): Promise<ClientsReport> {
  const world = new ClientsWorld(seed);
  await world.run();
  return world.report();
}

class ClientsWorld {
  readonly #scheduler = new Scheduler(START_MS);
  readonly #clock = this.#scheduler.clock();
  readonly #random: Random;
  readonly #seed: number;
  readonly #violations: Violation[] = [];
  readonly #broken = new Set<OracleName>();
  readonly #checked = new Map<OracleName, number>();
  readonly #fetch: RetryingFetch;
  /** By the key under which it came. */
  readonly #keys = new Map<string, Seen>();
  /** Keys under which one request came. */
  readonly #requests = new Map<string, Set<string>>();
  #phase: Phase = WELL;
  #asked = 0;
  #first = 0;
  #again = 0;
  #served = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = createRandom(seed, 'clients');
    this.#fetch = createRetryingFetch({
      clock: this.#clock,
      entropy: this.#random.fork('client'),
      deadlineMs: DEADLINE_MS,
      fetch: async (_input, init) => this.#arrive(new Headers(init?.headers), init?.signal ?? undefined),
    });
  }

  async run(): Promise<void> {
    void this.#live();
    await this.#scheduler.run(START_MS + PHASES.length * PHASE_MS + 2 * DEADLINE_MS);
  }

  report(): ClientsReport {
    const [asked, first, again] = [this.#asked, this.#first, this.#again];
    const found = { violations: this.#violations, broken: [...this.#broken] };
    return { seed: this.#seed, asked, first, again, checked: Object.fromEntries(this.#checked), ...found };
  }

  async #live(): Promise<void> {
    for (const phase of PHASES) {
      this.#phase = phase;
      const [asked, sent] = [this.#asked, this.#first + this.#again];
      await this.#come();
      const most = this.#first * 0.1 + BURST;
      this.#expect('retries-add-a-tenth', this.#again <= most, () => `${this.#again} again, ${this.#first} first`);
      if (phase.isSilent !== true) continue;
      const share = (this.#first + this.#again - sent) / (this.#asked - asked);
      this.#expect('silent-target-is-spared', share <= MOST_TO_SILENT, () => `${share} of all went to it`);
    }
    const [asked, served] = [this.#asked, this.#served];
    await this.#come();
    const share = (this.#served - served) / (this.#asked - asked);
    const what = () => `${share} of what was asked ${RECOVERED_MS} ms after it was well`;
    this.#expect('silent-target-is-spared', share >= 0.95, what);
  }

  async #come(): Promise<void> {
    const until = this.#scheduler.now + PHASE_MS;
    while (this.#scheduler.now < until) {
      this.#asked += 1;
      void this.#ask(`request-${this.#asked}`);
      await this.#clock.sleep(this.#random.below(2000 / PER_SECOND));
    }
  }

  async #ask(request: string): Promise<void> {
    // Those without a key would count twice; their name goes along to tell them apart, and no client knows what it means.
    const isKeyed = this.#random.chance(0.9);
    const init = { method: 'POST', headers: { 'x-request': request }, handle: request } as const;
    const response = await this.#fetch(TARGET, isKeyed ? { ...init, repeats: 'keyed' } : init).catch(() => undefined);
    if (response?.status === 200) this.#served += 1;
  }

  async #arrive(headers: Headers, signal?: AbortSignal): Promise<Response> {
    const request = headers.get('x-request') ?? '';
    const key = headers.get('idempotency-key') ?? `none of ${request}`;
    const seen = this.#note(request, key);
    if (this.#phase.isSilent === true) return hang(signal);
    await this.#clock.sleep(5);
    if (!this.#random.chance(this.#phase.failing)) return new Response('{}');
    if (this.#phase.isTelling !== true || this.#random.chance(0.5)) return new Response('', { status: 503 });
    seen.notBefore = this.#scheduler.now + this.#random.below(4000);
    const problem = { code: 'request.shed', retry: 'later', details: { class: 'apply', notBefore: seen.notBefore } };
    const headersOut = { 'content-type': 'application/problem+json' };
    return new Response(JSON.stringify(problem), { status: 503, headers: headersOut });
  }

  #note(request: string, key: string): Seen {
    const now = this.#scheduler.now;
    const seen = this.#keys.get(key) ?? { request, count: 0, notBefore: 0 };
    this.#keys.set(key, seen);
    const keys = this.#requests.get(request) ?? new Set<string>();
    this.#requests.set(request, keys.add(key));
    const attempt = [...keys].reduce((sum, each) => sum + (this.#keys.get(each)?.count ?? 0), 0);
    seen.count += 1;
    if (attempt === 0) this.#first += 1;
    else this.#again += 1;
    const isOne = keys.size === 1 && seen.request === request && (!key.startsWith('none') || seen.count === 1);
    this.#expect('one-request-one-key', isOne, () => `${request} as ${[...keys].join(', ')}, ${seen.count} times`);
    if (attempt > 0 && seen.notBefore > 0) {
      this.#expect('told-moment-is-kept', now >= seen.notBefore, () => `${request} ${seen.notBefore - now} ms early`);
    }
    return seen;
  }

  #expect(oracle: OracleName, holds: boolean, what: () => string): void {
    this.#checked.set(oracle, (this.#checked.get(oracle) ?? 0) + 1);
    if (holds) return;
    this.#broken.add(oracle);
    if (this.#violations.length < 20) this.#violations.push({ oracle, at: this.#scheduler.now, what: what() });
  }
}

function hang(signal?: AbortSignal): Promise<Response> {
  return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true }));
}
