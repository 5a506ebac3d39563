import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createPresentationDraft,
  encodePresentation,
  encodeUtf8,
  encodeVerdict,
  type JsonObject,
  parseNote,
  parseUtf8,
  parseVerdictEnvelope,
  type Verdict,
} from '@holdfast/core';
import { createApproval, createKeyFilesSigner } from '@holdfast/server';
import { openBundle } from '@holdfast/verifier';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPerson, issueTo, type Stage, verifyAt } from '../src/tour/stage.ts';
import { helpOf } from './documented-commands.ts';
import { describeDesk } from './operators-desk.ts';
import { until } from './processes.ts';
import { createDataFolder, type Ended, holdfast, type RunningNetwork, startNetwork } from './running-network.ts';

const AT_ONCE = 3;
let folder: Awaited<ReturnType<typeof createDataFolder>>;
let network: RunningNetwork;
let stage: Stage;

beforeAll(async () => {
  folder = await createDataFolder();
  network = await startNetwork(folder.path);
  stage = { client: network.client, data: folder.path, progress: () => undefined };
});

afterAll(async () => {
  await network?.stop();
  await folder?.remove();
});

const here = () => ['--url', network.url, '--data', folder.path];

/** Runs each command to its end, a few at a time. */
async function runAll(commands: readonly (readonly string[])[]): Promise<Ended[]> {
  const ended: Ended[] = [];
  let next = 0;
  const lane = async () => {
    while (next < commands.length) {
      const index = next;
      next += 1;
      ended[index] = await holdfast(...(commands[index] ?? []));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return ended;
}

/** Ids of the keys that sign the latest checkpoint, in the order of its lines. */
async function logKeys(): Promise<string[]> {
  const bytes = await network.client.getBytes('/log/checkpoint', 65_536);
  return parseNote(parseUtf8(bytes)).signatures.map(({ keyId }) => keyId);
}

/** What a fault of ours looks like from outside: a stack, or the words of the engine instead of a sentence. */
const FAULT = /^\s+at .+:\d+:\d+|TypeError|SyntaxError|RangeError|undefined|\[object|ENOENT|"internal"/m;

async function write(name: string, content: string | Uint8Array): Promise<string> {
  const file = join(folder.path, name);
  await writeFile(file, content);
  return file;
}

const COMMANDS = [
  ['up'],
  ['tour'],
  ['issue'],
  ['verify'],
  ['revoke'],
  ['decide'],
  ['explain'],
  ['replay'],
  ['bundle', 'make'],
  ['bundle', 'show'],
  ['log', 'verify'],
  ['audit'],
  ['powers'],
  ['erase', 'person'],
  ['merkle', 'root'],
  ['merkle', 'proof'],
  ['merkle', 'verify'],
  ['import'],
  ['program', 'publish'],
  ['program', 'check-result'],
  ['handoffs'],
  ['webhooks', 'resend'],
  ['rehearse'],
  ['bench'],
  ['doctor'],
  ['top'],
  ['trace'],
] as const;

describe('manners', () => {
  test('every command says what it takes, and has --json', async () => {
    for (const command of COMMANDS) {
      const help = helpOf(command);
      expect(help).toMatch(new RegExp(`^Usage: holdfast ${command.join(' ')} `));
      expect(help).toContain('--json');
    }
    const [asked = []] = COMMANDS;
    expect(await holdfast(...asked, '--help')).toEqual({ code: 0, stdout: helpOf(asked), stderr: '' });
  });

  test.each([
    ['no command', []],
    ['an unknown command', ['frobnicate']],
    ['an unknown flag', ['verify', 'x', '--frobnicate']],
    ['a missing argument', ['explain', 'north']],
    ['an officer left out', ['revoke', 'ada']],
    ['a port that is none', ['up', '--port', '99999']],
    ['an address that is none', ['tour', '--url', 'nonsense']],
    ['a duration that is none', ['decide', 'suspend', 'ada', '--as', 'officer-a', '--for', 'long']],
    ['a power that is none', ['decide', 'pay', 'ada', '--as', 'officer-a']],
    ['a file that is not there', ['verify', '/nowhere/at/all']],
  ] as const)('%s ends with 64 and words', async (_what, args) => {
    const { code, stdout, stderr } = await holdfast(...args);
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr).toMatch(/\w/);
    expect(stderr).not.toMatch(FAULT);
  });

  test('a network that does not answer is said in a sentence, with 69', async () => {
    const dead = 'http://localhost:1';
    const ended = await runAll([
      ['log', 'verify', dead],
      ['audit', dead],
      ['powers', '--network', dead],
      ['bundle', 'make', '--url', dead, '-o', join(folder.path, 'dead.json')],
      ['revoke', 'ada', '--as', 'officer-a', '--url', dead, '--data', folder.path],
      ['explain', 'north', 'south', '--url', dead],
      ['tour', '--url', dead],
      ['top', '--once', '--url', dead],
    ]);
    for (const { code, stdout, stderr } of ended) {
      expect({ code, stdout }).toEqual({ code: 69, stdout: '' });
      expect(stderr).toMatch(/^[A-Z].*\.[^\n]*\n$/);
      expect(stderr).not.toMatch(FAULT);
    }
  });

  test('webhooks are added, listed and removed by whoever has the key', async () => {
    const place = ['--of', 'programs', ...here()];
    const added = await holdfast('webhooks', 'add', 'http://localhost:1/hook', '--json', ...place);
    const { id } = JSON.parse(added.stdout) as { id: string };
    expect((await holdfast('webhooks', 'list', ...place)).stdout).toContain(`${id}  http://localhost:1/hook`);
    expect((await holdfast('webhooks', 'remove', id, ...place)).code).toBe(0);
    expect((await holdfast('webhooks', 'list', ...place)).stdout).toBe('Nobody is told of outcomes of programs.\n');
  });

  test('the doctor finds everything well where a network runs, and names each part', async () => {
    const { code, stdout } = await holdfast('doctor', '--json', ...here());
    const { findings } = JSON.parse(stdout) as { findings: { what: string; state: string }[] };
    expect({ code, ill: findings.filter(({ state }) => state !== 'well') }).toEqual({ code: 0, ill: [] });
    expect(findings.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['Node', 'data', 'network', 'issuer', 'north', 'south']),
    );
  });

  test('the doctor says that nothing runs there, and how to start it', async () => {
    const { code, stdout } = await holdfast('doctor', '--url', 'http://localhost:4', '--data', folder.path);
    expect(code).toBe(0);
    expect(stdout).toContain('nothing runs at http://localhost:4; start it with: npm start');
  });
});

describeDesk(() => network);

describe('an audit', () => {
  /** What the founding decisions were about, as an operator may read it, in a file. */
  async function openings(change: (leaf: JsonObject) => JsonObject): Promise<string> {
    const { decisions } = await network.client.get('/decisions');
    const ids = (decisions as readonly JsonObject[]).map(({ id }) => String(id));
    const lines = await Promise.all(ids.map((id) => network.client.get(`/decisions/${id}/openings`)));
    const changed = lines.map((line) => {
      const { targets, ...rest } = line.openings as JsonObject;
      return { ...line, openings: { ...rest, targets: (targets as readonly JsonObject[]).map(change) } };
    });
    return write('openings.jsonl', changed.map((line) => JSON.stringify(line)).join('\n'));
  }

  test('finds every power rightly used, and what was opened the same as what was approved', async () => {
    const file = await openings((leaf) => leaf);
    const { code, stdout } = await holdfast('audit', network.url, '--openings', file, '--json');
    const said = JSON.parse(stdout) as { holds: boolean; decisions: number; opened: number; broken: unknown[] };
    expect(said.broken).toEqual([]);
    expect({ code, holds: said.holds }).toEqual({ code: 0, holds: true });
    expect(said.opened).toBe(said.decisions);
    expect(said.decisions).toBeGreaterThan(2);
  });

  test('says, with 1, which decision was about something else', async () => {
    const file = await openings((leaf) => ({ ...leaf, value: { party: 'somebody else' } }));
    const { code, stdout } = await holdfast('audit', network.url, '--openings', file);
    expect(code).toBe(1);
    expect(stdout).toContain('What does NOT hold');
    expect(stdout).toMatch(/#\d+ \(openings\) The opened targets are not those that were approved\./);
    const receipts = await write('receipts.jsonl', '{"acceptance":"a.b.c","transfer":"{}","index":0,"proof":[]}');
    const paid = await holdfast('audit', network.url, '--receipts', receipts, '--json');
    expect(paid.code).toBe(1);
    expect(JSON.parse(paid.stdout).receipts.broken).toEqual([{ line: 1, detail: 'It is no receipt of a ledger.' }]);
    expect((await holdfast('audit', network.url, '--openings', receipts)).code).toBe(64);
  });
});

describe('forgetting a person', () => {
  test('at an officer’s request: everywhere, with a receipt; replay and audit say that it was erased', async () => {
    const person = createPerson('forgotten');
    const credential = await issueTo(stage, person);
    const { id } = await verifyAt(stage, 'south', { credential });
    for (const officer of ['officer-a', 'officer-b']) {
      await holdfast('revoke', 'forgotten', '--as', officer, '--class', 'residence-ended', ...here());
    }
    const ask = ['erase', 'person', '--label', 'forgotten', ...here()];
    const { code, stdout } = await holdfast(...ask, '--as', 'officer-a', '--json');
    const receipt = JSON.parse(stdout) as { id: string; state: string; parts: { part: string; erased: object }[] };
    expect({ code, state: receipt.state }).toEqual({ code: 0, state: 'done' });
    expect(Object.fromEntries(receipt.parts.map(({ part, erased }) => [part, erased]))).toMatchObject({
      issuer: { labels: 1 },
      'verifier south': { presented: 1 },
      governor: { targets: 1 },
    });
    expect(stdout).not.toContain('forgotten');
    const again = await holdfast('erase', 'person', '--receipt', receipt.id, '--url', network.url, '--json');
    expect(JSON.parse(again.stdout)).toEqual(receipt);
    const replayed = await holdfast('replay', id, '--verifier', 'south', ...here());
    expect(`${replayed.stdout}${replayed.stderr}`).toContain('has been erased');
    await expect(network.client.get(`/v/south/verdicts/${id}/bundle`)).rejects.toMatchObject({
      code: 'verdict.erased',
    });
    // A stranger's word is no officer's, and nobody is found by a label that is gone.
    expect((await holdfast(...ask, '--as', 'nobody')).code).toBe(1);
    expect((await holdfast('erase', 'person', ...here())).code).toBe(64);
  });

  test('by their own presentation, made for this request and no other', async () => {
    const person = createPerson('shows');
    const credential = await issueTo(stage, person);
    const ways = ['erase', 'person', '--url', network.url, '--presentation'];
    const asked = JSON.parse((await holdfast(...ways, 'none yet', '--json')).stdout) as JsonObject;
    const present = async (nonce: string) => {
      const request = { nonce, audience: String(asked.audience), iat: Math.floor(Date.now() / 1000) };
      const draft = createPresentationDraft(credential, [], request);
      return encodePresentation(draft, await person.keys.sign('key-1', encodeUtf8(draft.signingInput)));
    };
    const file = await write('shown.txt', await present(String(asked.nonce)));
    const elsewhere = await write('elsewhere.txt', await present('x'.repeat(43)));
    const stolen = await holdfast(...ways, elsewhere, '--nonce', 'x'.repeat(43));
    expect(stolen.code).toBe(1);
    const { code, stdout } = await holdfast(...ways, file, '--nonce', String(asked.nonce), '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ by: 'holder', state: 'done' });
    expect(stdout).toContain('"labels":1');
  });
});

describe('powers', () => {
  test('of the network: two officers for everything but to suspend, by its log alone', async () => {
    const { code, stdout } = await holdfast('powers', '--network', network.url);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}revoke +• +• +2 of 2 +0$/m);
    expect(stdout).toMatch(/^ {2}suspend +1 +1 +1 of 2 +1$/m);
    expect(stdout).toMatch(/^ {2}officer-a: .*revoke/m);
  });

  test('of a rulebook in a file: 1 where nobody is left who could use one', async () => {
    const { rulebook } = await network.client.get('/rulebook');
    const { officers, ...rest } = rulebook as JsonObject;
    const left = await write(
      'left.json',
      JSON.stringify({ ...rest, officers: (officers as JsonObject[]).slice(0, 1) }),
    );
    const { code, stdout } = await holdfast('powers', '--rulebook', left, '--json');
    const said = JSON.parse(stdout) as { dead: string[] };
    expect(code).toBe(1);
    expect(said.dead).toEqual(expect.arrayContaining(['revoke', 'enrol']));
    expect((await holdfast('powers', '--rulebook', join(folder.path, 'ada.txt'))).code).toBe(1);
  });
});

describe('files that are not what they should be', () => {
  const bad: readonly (readonly [string, string | Uint8Array])[] = [
    ['broken.json', '{"signed": '],
    ['binary.dat', randomBytes(4096)],
    ['empty.json', ''],
    ['other.json', '{"signed":[1],"presented":{},"network":{"genesis":7},"evidence":null,"anchors":[1]}'],
    ['deep.json', `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`],
  ];

  test('each gets a sentence or a verdict, never a stack trace', async () => {
    const good = join(folder.path, 'ada.txt');
    const commands: string[][] = [];
    for (const [name, content] of bad) {
      const file = await write(name, content);
      commands.push(['verify', file], ['verify', good, '--trust', file], ['replay', file], ['explain', file, good]);
      commands.push(['issue', 'residence', '--claims', file, ...here()]);
    }
    const ended = await runAll(commands);
    for (const [i, { code, stdout, stderr }] of ended.entries()) {
      const command = commands[i]?.join(' ');
      expect({ command, said: `${stdout}${stderr}` }).toEqual({
        command,
        said: expect.not.stringMatching(FAULT),
      });
      expect({ command, code, isSilent: `${stdout}${stderr}`.trim() === '' }).toEqual({
        command,
        code: expect.toSatisfy((number) => [1, 64].includes(number)),
        isSilent: false,
      });
    }
  });
});

describe('a network taken along in a file', () => {
  test('answers where there is none as it did at that position, and is refused once it was changed', async () => {
    const ada = join(folder.path, 'ada.txt');
    const file = join(folder.path, 'taken-along.json');
    const policy = await write('north.json', '{"id":"north","allowLoopback":true}');
    const made = await holdfast(
      'bundle',
      'make',
      '--url',
      network.url,
      '--for',
      ada,
      '--trust',
      policy,
      '-o',
      file,
      '--json',
    );
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const { network: name, position, lists } = JSON.parse(made.stdout);
    expect(lists).toHaveLength(1);

    const credential = (await readFile(ada, 'utf8')).trim();
    const want = { class: 'view', freshness: { at: position } };
    const online = await network.client.post('/v/north/verify', { credential, want });
    const offline = await openBundle(await readFile(file, 'utf8'), { network: name });
    const request = { class: 'view', freshness: { mode: 'at', position } } as const;
    const { verdict } = await offline.verify(credential, request);
    expect(verdict.outcome).toBe('valid');
    expect(encodeVerdict(verdict)).toBe(encodeVerdict(online.verdict as unknown as Verdict));

    const [shown, verified, unnamed] = await runAll([
      ['bundle', 'show', file, '--network', name],
      ['verify', ada, '--bundle', file, '--network', name],
      ['verify', ada, '--bundle', file, '--network', 'another'],
    ]);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown?.stdout).toContain(`/status/civic/1, 131072 entries`);
    expect(verified).toMatchObject({ code: 0, stderr: '' });
    expect(verified?.stdout).toMatch(/^VALID/);
    expect(verified?.stdout).not.toContain('--network');
    expect(unnamed).toMatchObject({ code: 1, stdout: '' });

    expect((await holdfast('verify', ada, '--bundle', file)).stdout).toContain(`--network ${name}`);

    const bundle = JSON.parse(await readFile(file, 'utf8'));
    bundle.lists[0].packed = `B${bundle.lists[0].packed.slice(1)}`;
    const changed = await write('changed.json', JSON.stringify(bundle));
    const refused = await holdfast('verify', ada, '--bundle', changed, '--json');
    expect(JSON.parse(refused.stdout)).toMatchObject({
      error: { code: 'bundle.unproved', details: { part: 'status list' } },
    });
    expect(refused.code).toBe(1);
  });
});

describe('a check that is by hand', () => {
  test('opens a case of the network by itself, which nobody at the verifier decides', async () => {
    const file = await write(
      'face.json',
      JSON.stringify({
        ...{ id: 'face', kind: 'review', owner: 'the officers', caseClass: 'manual-review', claims: ['given_name'] },
        ...{ dueMs: 30 * 86_400_000, default: 'failed', maxAgeMs: 86_400_000, onSilence: 'unknown' },
        requiredFor: { classes: ['pay'] },
      }),
    );
    expect((await verdictOnAda()).verdict.outcome).toBe('valid');
    expect(await holdfast('policy', 'check', 'add', file, ...here())).toMatchObject({ code: 0, stderr: '' });
    // Longer than the usual deadline: what a busy machine has not begun by then is silence.
    const asked = await askAboutAda({ want: PAY, deadlineMs: 10_000 });
    expect(asked.verdict.reasons).toMatchObject([{ code: 'check.pending' }]);
    const byHand = async () => {
      const { cases } = (await network.client.get('/cases')) as unknown as { cases: { id: string; class: string }[] };
      return cases.find((one) => one.class === 'manual-review');
    };
    await until('the case is in the log', async () => (await byHand()) !== undefined);
    const opened = await byHand();
    expect(opened).toMatchObject({ about: 'credential', stage: 'filed', remedy: 'none', owner: 'revoker' });
    const { reviews } = (await network.client.get('/v/north/reviews')) as unknown as { reviews: { id: string }[] };
    expect(reviews).toMatchObject([{ check: 'face', case: opened?.id }]);
    const decided = network.client.post(`/v/north/reviews/${reviews[0]?.id}`, { result: 'passed', by: 'clerk' });
    await expect(decided).rejects.toMatchObject({ code: 'review.in-case' });
    await holdfast('policy', 'check', 'remove', 'face', ...here());
  });
});

describe('decisions', () => {
  test('one officer is not enough, nor the same one twice; two are', async () => {
    const before = await verdictOnAda();
    expect(before.verdict.outcome).toBe('valid');
    const reserved = await askAboutAda({ want: PAY, keepStanding: true });
    const one = await holdfast('revoke', 'ada', '--as', 'officer-a', ...here());
    expect(one).toMatchObject({ code: 2, stderr: '', stdout: expect.stringContaining('One officer is not enough') });
    const again = await holdfast('revoke', 'ada', '--as', 'officer-a', '--json', ...here());
    expect({ code: again.code, ...(JSON.parse(again.stdout) as object) }).toMatchObject({
      code: 2,
      state: 'collecting',
      needed: 2,
      approvals: [{ officer: 'officer-a' }],
    });
    expect((await verdictOnAda()).verdict.outcome).toBe('valid');
    const two = await holdfast('revoke', 'ada', '--as', 'officer-b', '--json', ...here());
    expect({ code: two.code, ...(JSON.parse(two.stdout) as object) }).toMatchObject({
      code: 0,
      state: 'carried-out',
      approvals: [{ officer: 'officer-a' }, { officer: 'officer-b' }],
    });
    await until('north refuses it', async () => (await verdictOnAda()).verdict.outcome === 'revoked');
    const after = await verdictOnAda();
    await explainsAndReplays(before, after);
    await explainsOverTime(before, after);
    await judgesByThePast(before, after, reserved);
  });

  test('two officers change the key of the log, twice, and the log holds for whoever checks it', async () => {
    for (const flags of [[], ['--compromised']]) {
      const before = await logKeys();
      const one = await holdfast('decide', 'rotate-log-key', ...flags, '--as', 'officer-a', ...here());
      expect(one).toMatchObject({ code: 2, stderr: '', stdout: expect.stringContaining('One officer is not enough') });
      expect(await logKeys()).toEqual(before);
      const two = await holdfast('decide', 'rotate-log-key', '--as', 'officer-b', '--json', ...here());
      const { state, log } = JSON.parse(two.stdout) as { state: string; log: { vkey: string } };
      expect({ code: two.code, state }).toEqual({ code: 0, state: 'carried-out' });
      const [, keyId = ''] = log.vkey.split('+');
      await until('the new key signs', async () => (await logKeys())[0] === keyId);
      // By both for a while, unless a thief may have the old one.
      expect(await logKeys()).toEqual(flags.length === 0 ? [keyId, ...before] : [keyId]);
    }
    const verified = await holdfast('log', 'verify', network.url);
    expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining('The log holds') });
  });

  test('nobody and nobody’s officer are said in a sentence, and make no key', async () => {
    const [nobody, stranger, outside] = await runAll([
      ['revoke', 'nobody', '--as', 'officer-a', ...here()],
      ['revoke', 'ada', '--as', 'officer-x', ...here()],
      ['revoke', 'ada', '--as', '../officer-a', ...here()],
    ]);
    expect(nobody).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('No credential was issued under the label nobody'),
    });
    expect(stranger).toMatchObject({ code: 1, stderr: expect.stringMatching(/^The key of officer-x does not lie in/) });
    expect(outside).toMatchObject({ code: 1, stderr: expect.stringMatching(/does not lie in/) });
    expect((await readdir(join(folder.path, 'keys'))).filter((name) => name.includes('officer-x'))).toEqual([]);
  });

  test('one officer suspends for a while', async () => {
    const credential = await issueTo(stage, createPerson('bea'));
    const suspend = ['decide', 'suspend', 'bea', '--as', 'officer-a', '--for', '1h'];
    const unsaid = await holdfast(...suspend, ...here());
    expect(unsaid).toMatchObject({ code: 64, stderr: expect.stringContaining('--class, one of under-review,') });
    const wrongClass = await holdfast(...suspend, '--class', 'residence-ended', ...here());
    expect(wrongClass).toMatchObject({ code: 1, stderr: expect.stringMatching(/^[A-Z].*\.\n$/) });
    const ended = await holdfast(...suspend, '--class', 'under-review', '--json', ...here());
    expect({ code: ended.code, ...(JSON.parse(ended.stdout) as object) }).toMatchObject({
      code: 0,
      state: 'carried-out',
      approvals: [{ officer: 'officer-a' }],
    });
    const outcome = async () => (await verifyAt(stage, 'north', { credential })).verdict.outcome;
    await until('it is suspended', async () => (await outcome()) === 'suspended');
    const again = await holdfast(...suspend, '--class', 'under-review', ...here());
    expect(again).toMatchObject({ code: 1, stdout: expect.stringContaining('somebody else has to as well') });
  });

  test('a suspension lapses by itself', async () => {
    const credential = await issueTo(stage, createPerson('dot'));
    const suspend = ['decide', 'suspend', 'dot', '--as', 'officer-a', '--class', 'under-review', '--for', '5s'];
    const ended = await holdfast(...suspend, '--json', ...here());
    const { state, entries } = JSON.parse(ended.stdout) as { state: string; entries: { carriedOut: number } };
    expect(state).toBe('carried-out');
    // Whoever has read the suspension and says valid has read its end as well.
    const hasEnded = async () => {
      const { outcome, basis } = (await verifyAt(stage, 'north', { credential })).verdict;
      return outcome === 'valid' && basis.positions.some(({ size }) => size > entries.carriedOut + 1);
    };
    await until('it is valid again', hasEnded);
  });

  test('the admin key opens the door and decides nothing', async () => {
    const credential = await issueTo(stage, createPerson('cyd'));
    const [issued] = (await network.client.getList('/i/civic/credentials?label=cyd')) as {
      list: string;
      index: number;
    }[];
    const targets = [{ list: issued?.list, index: issued?.index }];
    const outsider = await createKeyFilesSigner({ directory: join(folder.path, 'outsider', 'keys') });
    await outsider.create('approval', 'ES256');
    for (const request of [
      { power: 'revoke', class: 'residence-ended', targets },
      { power: 'suspend', class: 'under-review', targets, durationMs: 60_000 },
    ]) {
      const key = { 'idempotency-key': `admin-${request.power}` };
      const { id, state, digest } = await network.client.post('/decisions', request, key);
      expect(state).toBe('collecting');
      const approve = (approval: string) => network.client.post(`/decisions/${String(id)}/approvals`, { approval });
      await expect(approve(network.adminKey)).rejects.toMatchObject({ code: 'approval.malformed' });
      // Really signed, over this very decision, only not by an officer.
      const approval = await createApproval(outsider, 'approval', String(digest));
      await expect(approve(approval)).rejects.toMatchObject({ code: 'approval.unknown-officer' });
      expect(await network.client.get(`/decisions/${String(id)}`)).toMatchObject({
        state: 'collecting',
        approvals: [],
      });
    }
    const response = await fetch(`${network.url}/decisions`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(401);
    expect((await verifyAt(stage, 'north', { credential })).verdict.outcome).toBe('valid');
  });
});

type Answer = Awaited<ReturnType<typeof verifyAt>>;

let ada: string | undefined;
async function verdictOnAda(): Promise<Answer> {
  ada ??= (await readFile(join(folder.path, 'ada.txt'), 'utf8')).trim();
  return verifyAt(stage, 'north', { credential: ada });
}

const PAY = { class: 'pay', amount: '1200' };

async function askAboutAda(question: object): Promise<Answer> {
  return (await network.client.post('/v/north/verify', { credential: ada, ...question })) as unknown as Answer;
}

/** What was true before stays so, is explained and computed again; what was reserved by it is not confirmed. */
async function judgesByThePast(before: Answer, after: Answer, reserved: Answer): Promise<void> {
  const [at] = before.verdict.basis.positions;
  const [atLeast] = after.verdict.basis.positions;
  const pinned = await askAboutAda({ want: { ...PAY, freshness: { at } }, deadlineMs: 10_000 });
  expect(pinned.verdict).toMatchObject({ outcome: 'valid', allows: { effect: 'reserve', maxAmount: '1200' } });
  expect(pinned.verdict.basis.positions).toEqual([at]);
  const confirm = `/v/north/verdicts/${reserved.id}/confirm`;
  const confirmed = (await network.client.post(confirm, { atLeast })) as unknown as Answer;
  expect(confirmed.verdict.outcome).toBe('revoked');
  const [explained, again, confirmation] = await runAll([
    ['explain', pinned.id, confirmed.id, '--json', ...here()],
    ['replay', pinned.id, '--json', ...here()],
    ['replay', confirmed.id, '--json', ...here()],
  ]);
  expect({ code: explained?.code, ...said(explained) }).toMatchObject({
    code: 1,
    cause: { kind: 'decision' },
    sides: [
      { outcome: 'valid', isPinned: true },
      { outcome: 'revoked', isPinned: false },
    ],
    gap: null,
  });
  expect(said(again)).toMatchObject({ same: true, broken: [], isKeyAccredited: true, recomputed: 'valid' });
  expect(said(confirmation)).toMatchObject({ same: true, broken: [], isKeyAccredited: true, recomputed: 'revoked' });
}

/** What a command with --json printed; of one that printed nothing, how it ended, for whoever reads the failure. */
function said(ended: Ended | undefined): object {
  return JSON.parse(ended?.stdout || JSON.stringify({ printed: 'nothing', ...ended })) as object;
}

/** Yesterday and today at one verifier, by a verdict and by the credential; and who bears what was done by the one before. */
async function explainsOverTime(before: Answer, after: Answer): Promise<void> {
  const [byId, byCredential, unreported, none, beyond, nobody] = await runAll([
    ['explain', before.id, '--json', ...here()],
    ['explain', join(folder.path, 'ada.txt'), '--json', ...here()],
    ['explain', before.id, '--loss', '--json', ...here()],
    ['explain', after.id, '--loss', '--json', ...here()],
    ['explain', before.id, '--loss', '--at', '2100-01-01T00:00:00Z', ...here()],
    ['explain', 'AAAAAAAAAAAAAAAAAAAAAA', '--loss', ...here()],
  ]);
  for (const course of [byId, byCredential]) {
    expect({ code: course?.code, ...said(course) }).toMatchObject({ code: 1, verifier: 'north', isWhole: true });
    const { stretches, turns } = said(course) as { stretches: { outcome: string }[]; turns: { cause: object }[] };
    expect(stretches.at(-1)).toMatchObject({ outcome: 'revoked' });
    expect(turns.at(-1)?.cause).toMatchObject({
      kind: 'decision',
      deciding: { decisions: [{ power: 'revoke', officers: ['officer-a', 'officer-b'] }] },
    });
  }
  const borne = { kind: 'unreported', bearer: 'issuer', isStated: true };
  expect({ code: unreported?.code, ...said(unreported) }).toMatchObject({ code: 1, ...borne });
  // It was refused: whoever went on all the same did so alone.
  expect(said(none)).toMatchObject({ kind: 'beyond-verdict', bearer: 'relying-party' });
  expect(beyond).toMatchObject({ code: 1, stdout: expect.stringContaining('Borne by  relying-party') });
  expect(nobody).toMatchObject({ code: 64, stderr: expect.stringMatching(/no verdict id here/) });
}

/** Two verdicts of one verifier, before and after: by their ids and as files, explained and computed again. */
async function explainsAndReplays(before: Answer, after: Answer): Promise<void> {
  const bundle = await network.client.get(`/v/north/verdicts/${after.id}/bundle`);
  const files = {
    before: await write('before.jws', `${before.signed}\n`),
    after: await write('after.json', JSON.stringify({ signed: after.signed })),
    bundle: await write('bundle.json', JSON.stringify(bundle)),
    presented: await write('presented.json', JSON.stringify({ ...bundle, presented: `${String(bundle.presented)}x` })),
    signed: await write('signed.json', JSON.stringify({ ...bundle, signed: alter(after.signed) })),
    swapped: await write('swapped.json', JSON.stringify({ ...bundle, signed: before.signed })),
  };
  const [byId, byFile, again, offline, presented, signed, swapped, unknown] = await runAll([
    ['explain', before.id, after.id, '--json', ...here()],
    ['explain', files.before, files.after, '--json', ...here()],
    ['replay', before.id, '--json', ...here()],
    ['replay', files.bundle, '--json', '--url', 'http://localhost:1'],
    ['replay', files.presented],
    ['replay', files.signed],
    ['replay', files.swapped],
    ['replay', 'AAAAAAAAAAAAAAAAAAAAAA', ...here()],
  ]);
  const decision = { agree: false, cause: { kind: 'decision' }, sides: [{ outcome: 'valid' }, { outcome: 'revoked' }] };
  expect({ code: byId?.code, ...said(byId) }).toMatchObject({ code: 1, ...decision });
  expect({ code: byFile?.code, ...said(byFile) }).toMatchObject({
    code: 1,
    agree: false,
    sides: decision.sides,
  });
  for (const [ended, outcome] of [
    [again, 'valid'],
    [offline, 'revoked'],
  ] as const) {
    expect({ code: ended?.code, ...(JSON.parse(ended?.stdout ?? '') as object) }).toMatchObject({
      code: 0,
      same: true,
      broken: [],
      isKeyAccredited: true,
      recorded: outcome,
      recomputed: outcome,
    });
  }
  for (const ended of [presented, signed, swapped, unknown]) {
    expect(ended?.code).toBe(1);
    expect(`${ended?.stdout}${ended?.stderr}`).toMatch(/^[A-Z]/);
    expect(`${ended?.stdout}${ended?.stderr}`).not.toMatch(FAULT);
  }
}

/** The verdict says something else than what was signed. */
function alter(signed: string): string {
  const { envelope } = parseVerdictEnvelope(signed);
  const changed = { ...envelope, verdict: { ...envelope.verdict, outcome: 'valid' } };
  const [header, , signature] = signed.split('.');
  return [header, Buffer.from(JSON.stringify(changed)).toString('base64url'), signature].join('.');
}
