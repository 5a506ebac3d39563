import {
  type CheckEvidence,
  CodedError,
  type Credential,
  DEFAULT_FRESHNESS,
  encodeJws,
  judge,
  type NetworkView,
  type PublicJwk,
  sha256Base64url,
  TICK_MS,
  thumbprint,
  type Verdict,
} from '@holdfast/core';
import {
  type CheckAnswer,
  type CheckDesk,
  checkSigningInput,
  createCheckLanes,
  EMPTY_POLICY,
  type ExternalCheck,
  parsePolicy,
  type SignatureEngine,
  startDeadline,
} from '@holdfast/verifier';
import type { OracleName, Violation } from '../oracles.ts';
import { createRandom, type Random } from '../random.ts';
import { Scheduler } from '../scheduler.ts';

/** What a rehearsal of external checks found. */
export type ChecksReport = {
  readonly seed: number;
  readonly asked: number;
  readonly calls: number;
  readonly valid: number;
  readonly checked: Readonly<Partial<Record<OracleName, number>>>;
  readonly violations: readonly Violation[];
  readonly broken: readonly OracleName[];
};

const START_MS = 1_800_000_000_000;
const MAX_AGE_MS = 20_000;
const ACCEPTED_MS = 30_000;
const TROUBLE_MS = 30_000;
const TROUBLES = 4;
const PAUSE_MS = 200;
const CREDENTIALS = 20;
/** Far fewer than without a breaker, which would be one for each question. */
const MAX_CALLS_IN_TROUBLE = 45;
const KEY: PublicJwk = { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43) };
/** Signatures are ideal here: the first byte says whether the key made it. */
const ENGINE: SignatureEngine = { verify: async (checks) => checks.map(({ signature }) => signature[0] === 1) };

type Mode = 'well' | 'hangs' | 'fails';

/**
 * One verifier asks about credentials while its checker is well, hangs or fails, and holders hand along what another party
 * has said, some of it forged. In the end the checker is well, and must be asked again.
 */
export async function rehearseChecks({ seed }: { readonly seed: number }): Promise<ChecksReport> {
  const world = new ChecksWorld(seed);
  await world.run();
  return world.report();
}

class ChecksWorld {
  readonly #scheduler = new Scheduler(START_MS);
  readonly #clock = this.#scheduler.clock();
  readonly #random: Random;
  readonly #seed: number;
  readonly #violations: Violation[] = [];
  readonly #broken = new Set<OracleName>();
  readonly #checked = new Map<OracleName, number>();
  readonly #desk: CheckDesk;
  #mode: Mode = 'well';
  #calls = 0;
  #asked = 0;
  #valid = 0;
  /** Credential to the newest result that the verifier was given, by anybody. */
  readonly #known = new Map<number, number>();

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = createRandom(seed, 'checks');
    const check = { id: 'register', kind: 'http', url: 'https://register.example/', onSilence: 'unknown' };
    const policy = parsePolicy({
      ...EMPTY_POLICY,
      checks: [{ ...check, maxAgeMs: MAX_AGE_MS, timeoutMs: 1000 }],
      acceptFrom: [{ party: 'bank', key: KEY, checks: ['register'], maxAgeMs: ACCEPTED_MS }],
    });
    const entropy = this.#random.fork('spread');
    const lanes = createCheckLanes({
      ...{ clock: this.#clock, engine: ENGINE, entropy: (length: number) => entropy.bytes(length) },
      createCheck: () => this.#checker(),
    });
    this.#desk = lanes.desk(policy);
  }

  async run(): Promise<void> {
    void this.#live();
    // Longer than all troubles with all waiting in them.
    await this.#scheduler.run(START_MS + 3_600_000);
  }

  report(): ChecksReport {
    const [asked, calls, valid] = [this.#asked, this.#calls, this.#valid];
    const found = { violations: this.#violations, broken: [...this.#broken] };
    return { seed: this.#seed, asked, calls, valid, checked: Object.fromEntries(this.#checked), ...found };
  }

  async #live(): Promise<void> {
    for (let trouble = 0; trouble < TROUBLES; trouble += 1) {
      this.#mode = 'well';
      await this.#askFor(TROUBLE_MS);
      this.#mode = trouble % 2 === 0 ? 'fails' : 'hangs';
      const before = this.#calls;
      await this.#askFor(TROUBLE_MS);
      this.#expect('failing-checker-is-left-alone', this.#calls - before <= MAX_CALLS_IN_TROUBLE, () => {
        return `${this.#calls - before} calls in ${TROUBLE_MS} ms of trouble`;
      });
    }
    this.#mode = 'well';
    await this.#askFor(2 * TROUBLE_MS);
    const before = this.#calls;
    await this.#askFor(TROUBLE_MS);
    this.#expect('recovered-checker-is-asked-again', this.#calls > before, () => 'nobody asks a checker that is well');
  }

  async #askFor(durationMs: number): Promise<void> {
    const until = this.#scheduler.now + durationMs;
    while (this.#scheduler.now < until) {
      await this.#askOnce(this.#random.below(CREDENTIALS));
      await this.#clock.sleep(PAUSE_MS);
    }
  }

  async #askOnce(credential: number): Promise<void> {
    const now = this.#scheduler.now;
    const handed = this.#random.chance(0.3) ? this.#hand(credential, now) : undefined;
    const known = this.#known.get(credential);
    const needsNobody = handed?.isUsable === true || (known !== undefined && now - known <= MAX_AGE_MS);
    const before = this.#calls;
    const { checks } = await this.#desk.gather({
      ...{ parsed: credentialOf(credential), class: 'view', byProfile: [], issuer: 'civic', view: undefined, now },
      ...{ deadline: startDeadline(this.#clock, 300), mayAsk: true },
      handed: handed === undefined ? [] : [handed.text],
    });
    this.#asked += 1;
    this.#expect('no-call-for-what-is-known', !needsNobody || this.#calls === before, () => `credential ${credential}`);
    this.#judge(credential, checks);
  }

  #judge(credential: number, checks: readonly CheckEvidence[]): void {
    const verdict = verdictOf(credential, checks, [], this.#scheduler.now);
    const [found] = checks.map((check) => check.found);
    if (found?.ok === true) this.#known.set(credential, found.asOf);
    if (verdict.outcome === 'valid') {
      this.#valid += 1;
      const isYoung = found?.ok === true && verdict.basis.tick * TICK_MS - found.asOf <= MAX_AGE_MS;
      this.#expect('valid-only-by-a-young-yes', isYoung && isGood(credential), () => JSON.stringify(found));
    }
    // The same result, later: it grows old by itself, and then is no yes any more.
    const later = verdictOf(credential, checks, [], this.#scheduler.now + MAX_AGE_MS + TICK_MS);
    this.#expect('valid-only-by-a-young-yes', later.outcome !== 'valid', () => 'a result that grew old');
    const required = verdictOf(credential, checks, ['unheard-of'], this.#scheduler.now);
    this.#expect('valid-only-by-a-young-yes', required.outcome !== 'valid', () => 'a check that nobody can make');
  }

  /** What another party has said, or what somebody says that it has. */
  #hand(credential: number, now: number): { readonly text: string; readonly isUsable: boolean } {
    const isForged = this.#random.chance(0.3);
    const asOf = now - this.#random.below(2 * ACCEPTED_MS);
    const input = checkSigningInput(
      { alg: 'ES256', kid: thumbprint(KEY), iss: 'bank', iat: Math.floor(now / 1000) },
      {
        check: 'register',
        credential: digestOf(credential),
        result: isGood(credential) !== isForged ? 'passed' : 'failed',
        asOf,
      },
    );
    const signature = new Uint8Array(64).fill(isForged ? 2 : 1);
    const isUsable = !isForged && now - asOf <= Math.min(ACCEPTED_MS, MAX_AGE_MS);
    return { text: encodeJws(input, signature), isUsable };
  }

  #checker(): ExternalCheck {
    return {
      source: 'register',
      ask: async ({ credential }): Promise<CheckAnswer> => {
        this.#calls += 1;
        const mode = this.#mode;
        if (mode === 'hangs') return new Promise(() => undefined);
        await this.#clock.sleep(this.#random.below(100));
        if (mode === 'fails') throw new CodedError('check.unreachable', 'Nobody is there.');
        const asOf = this.#scheduler.now - this.#random.below(MAX_AGE_MS / 2);
        return { state: isGood(indexOf(credential)) ? 'passed' : 'failed', asOf };
      },
    };
  }

  #expect(oracle: OracleName, holds: boolean, what: () => string): void {
    this.#checked.set(oracle, (this.#checked.get(oracle) ?? 0) + 1);
    if (holds) return;
    this.#broken.add(oracle);
    if (this.#violations.length < 20) this.#violations.push({ oracle, at: this.#scheduler.now, what: what() });
  }
}

/** Three of four are in the register. */
function isGood(credential: number): boolean {
  return credential % 4 !== 0;
}

function signedOf(credential: number): string {
  return `header.credential ${credential}`;
}

function digestOf(credential: number): string {
  return sha256Base64url(signedOf(credential));
}

function indexOf(digest: string): number {
  return Array.from({ length: CREDENTIALS }, (_, i) => i).find((i) => digestOf(i) === digest) ?? 0;
}

/** Of a credential, no more than what checks and a verdict read. */
function credentialOf(credential: number): Credential {
  const issuerJwt = { header: {}, payload: {}, signingInput: signedOf(credential), signature: new Uint8Array(64) };
  const empty = {
    header: {},
    payload: {},
    claims: {},
    disclosures: [],
    presentedDigest: `${credential}`,
    issuerSigned: '',
  };
  return {
    ...empty,
    ok: true,
    format: 'dc+sd-jwt',
    vct: 'residence',
    issuer: 'civic',
    issuerJwt,
  } as unknown as Credential;
}

function verdictOf(
  credential: number,
  checks: readonly CheckEvidence[],
  requiredChecks: readonly string[],
  now: number,
): Verdict {
  const profile = { id: 'here', appliesTo: ['*'], minAssurance: 'low', requiredChecks };
  const position = { log: 'log.example/rehearsal', size: 1, root: 'A'.repeat(43), time: now };
  const rulebook = { index: 0, body: { freshness: DEFAULT_FRESHNESS, profiles: [profile] } };
  const empty = { name: 'rehearsal', parties: new Map(), lists: new Map(), critical: new Set() };
  return judge({
    parse: credentialOf(credential),
    signatures: { issuer: true, holder: undefined },
    evidence: {
      network: { ...empty, position, rulebook } as unknown as NetworkView,
      issuerKey: { source: 'policy', id: 'civic', key: KEY, trust: 'yes' },
      checks,
    },
    request: { class: 'view', freshness: { mode: 'any' } },
    policy: 'rehearsal',
    tick: Math.floor(now / TICK_MS),
  });
}
