import { assert, type PublicJwk, parseAccountId, parseAmount, parseTransferId } from '@holdfast/core';
import { type Clock, createLedger, createLedgerStoreMemory, type LedgerRole } from '@holdfast/server/roles';

const ASSET = { code: 'EUR', decimals: 2 };
const KEY: PublicJwk = { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43) };
const FROM = parseAccountId('world');
const TO = parseAccountId('people');

/** A real ledger role behind the rehearsed door: what is asked under one key, however often, happens once. */
export class Till {
  readonly #role: LedgerRole;
  readonly #keys = new Set<string>();
  #made = 0;

  constructor(clock: Clock) {
    const signer = { readPublicKey: async () => KEY, sign: async () => new Uint8Array(64) };
    this.#role = createLedger({ clock, store: createLedgerStoreMemory(), signer, party: 'relief' });
  }

  async open(signal: AbortSignal): Promise<void> {
    await this.#role.start(signal);
    const results = await this.#role.createAccounts([
      { id: FROM, asset: ASSET, rule: 'none' },
      { id: TO, asset: ASSET, rule: 'none' },
    ]);
    assert(
      results.every(({ answer }) => answer === 'created'),
      'the till has its accounts',
    );
  }

  /** One unit under this key: from whoever asked first, and from everybody who asks again. */
  make(key: string): void {
    this.#keys.add(key);
    const id = parseTransferId(key.replace(' ', ':'));
    const command = { kind: 'posted', id, debit: FROM, credit: TO, amount: parseAmount('1') } as const;
    void this.#role.transfer([command]).then(
      ({ results }) => {
        this.#made += results.filter(({ answer }) => answer === 'created').length;
      },
      () => undefined,
    );
  }

  /** Keys that were asked under, how often one was told that it was made now, and what moved. */
  async read(): Promise<{ readonly keys: number; readonly made: number; readonly moved: bigint }> {
    const [account] = await this.#role.readAccounts([TO]);
    return { keys: this.#keys.size, made: this.#made, moved: account?.creditsPosted ?? 0n };
  }
}
