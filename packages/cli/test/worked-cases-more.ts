import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createKeyFilesSigner } from '@holdfast/server/client';
import { expect, test } from 'vitest';
import { until } from './processes.ts';
import { type Ended, holdfast, type RunningNetwork } from './running-network.ts';

type CaseSaid = { readonly id: string; readonly stage: string; readonly owner: string; readonly about: string };

function hands(network: () => RunningNetwork) {
  const run = (...args: readonly string[]) => holdfast(...args, '--url', network().url, '--data', network().data);
  const at = (name: string) => join(network().data, name);
  const read = async (id: string) => (await network().client.get(`/cases/${id}`)) as unknown as CaseSaid;
  const open = async () => (await network().client.get('/cases?open=true')).cases as unknown as readonly CaseSaid[];
  const done = ({ code, stdout, stderr }: Ended) =>
    expect({ code, stderr, said: stdout.split(':')[0] }).toEqual({ code: 0, stderr: '', said: 'Done' });
  return {
    ...{ run, at, read, open, done },
    arrives: (id: string, stage: string) =>
      until(`case ${id} is ${stage}`, async () => (await read(id).catch(() => undefined))?.stage === stage),
    async json(...args: readonly string[]): Promise<Record<string, unknown>> {
      const ended = await run(...args, '--json');
      expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: '' });
      return JSON.parse(ended.stdout) as Record<string, unknown>;
    },
    /** An officer with a key of their own, whom two others enrol. */
    async enrol(id: string, roles: readonly string[]): Promise<void> {
      const folder = at(`keys/${id}`);
      const signer = await createKeyFilesSigner({ directory: folder, passphrasePath: `${folder}.passphrase` });
      const key = await signer.create('approval', 'ES256');
      const entry = { id, kind: 'officer', name: id, roles, keys: [{ use: 'approval', key }], accreditations: [] };
      await writeFile(at(`${id}.json`), JSON.stringify(entry));
      expect((await run('decide', 'enrol', at(`${id}.json`), '--as', 'officer-a')).code).toBe(2);
      done(await run('decide', 'enrol', at(`${id}.json`), '--as', 'officer-b'));
    },
  };
}

const claimsOf = (name: string) =>
  JSON.stringify({ given_name: name, family_name: 'Example', birthdate: '1990-01-01', resident_id: `R-${name}` });

/** More of the worked cases of docs/how-to, and what a person does with a credential and its key in two files. */
export function testMoreWorkedCases(network: () => RunningNetwork): void {
  const { run, at, read, open, done, arrives, json, enrol } = hands(network);

  test('a person shows their credential from their own files: they file, answer for nobody else, and are forgotten', async () => {
    const files = ['--credential', at('fay.txt'), '--key', at('fay.key')];
    const given = ['--claims', claimsOf('fay'), '--label', 'fay', '--receive', at('fay.txt'), '--key', at('fay.key')];
    await json('issue', 'residence', ...given);
    expect((await run('issue', 'residence', ...given)).code).not.toBe(0);
    const asked = ['Somebody else has my card.', '--class', 'holder-request', '--remedy', 'revoke'];
    const half = await run('case', 'file', ...asked, '--credential', at('fay.txt'));
    expect([half.code, half.stderr]).toEqual([64, expect.stringContaining('--credential FILE and --key FILE')]);
    // No key of the desk: whoever holds the credential needs none.
    const filed = await holdfast(
      'case',
      'file',
      ...asked,
      ...files,
      '--url',
      network().url,
      '--data',
      at('nobody'),
      '--json',
    );
    expect({ code: filed.code, stderr: filed.stderr }).toEqual({ code: 0, stderr: '' });
    const { case: id, code } = JSON.parse(filed.stdout) as { case: string; code: string };
    await arrives(id, 'filed');
    expect((await json('case', 'show', '--code', code)).view).toMatchObject({ id, about: 'credential' });
    const reissue = await run('case', 'reissue', ...files, '--json');
    expect(JSON.parse(reissue.stdout)).toMatchObject({ error: { code: 'reinstatement.missing' } });
    done(await run('case', 'withdraw', id, '--code', code));
    await arrives(id, 'final');
    expect((await json('erase', 'person', ...files)).state).toMatch(/done|stays|waits/);
  });

  test('two agencies decide opposite things: it stays suspended, and a case about it has opened by itself', async () => {
    await Promise.all([enrol('officer-h', ['revoker', 'registrar']), enrol('officer-i', ['revoker'])]);
    await json('issue', 'residence', '--claims', claimsOf('gus'), '--label', 'gus', '--receive', at('gus.txt'));
    const before = new Set((await open()).map(({ id }) => id));
    done(await run('decide', 'suspend', 'gus', '--class', 'under-review', '--for', '14d', '--as', 'officer-a'));
    expect((await run('decide', 'lift', 'gus', '--class', 'under-review', '--as', 'officer-h')).code).toBe(2);
    await run('decide', 'lift', 'gus', '--class', 'under-review', '--as', 'officer-i');
    let id = '';
    await until('a case has opened', async () => {
      id = (await open()).find((one) => !before.has(one.id))?.id ?? '';
      return id !== '';
    });
    await until('it is with two reviewers', async () => (await read(id)).owner.includes(', '));
    expect((await read(id)).owner).toMatch(/^officer-[d-g], officer-[d-g]$/);
  });

  test('a rule is complained about as unfair, and the program does meanwhile what it was released to do', async () => {
    const { programs } = await network().client.get('/programs');
    const program = (programs as unknown as { program: { id: string } }[])[0]?.program.id ?? '';
    const asked = ['--about', 'program', '--class', 'program-revised', '--remedy', 'revise', '--program', program];
    const { case: id } = (await json('case', 'file', 'Who rents a room is left out.', ...asked)) as { case: string };
    await arrives(id, 'filed');
    done(await run('case', 'triage', id, '--program', program, '--as', 'officer-a'));
    await arrives(id, 'triaged');
    done(await run('case', 'advance', id, '--as', 'officer-b'));
    await until('it is with two reviewers', async () => (await read(id)).owner.includes(', '));
  });

  test('an issuer that was silent answers after all, signed with its own key, and nobody answers for it', async () => {
    const issuer = `${network().url}/i/civic`;
    const asked = ['--about', 'issuer', '--class', 'standing-lost', '--remedy', 'withdraw', '--party', issuer];
    const words = 'It has not answered since May.';
    const { case: id } = (await json('case', 'file', words, ...asked, '--respondent', issuer)) as { case: string };
    await arrives(id, 'filed');
    done(await run('case', 'triage', id, '--party', issuer, '--as', 'officer-a'));
    await arrives(id, 'triaged');
    done(await run('case', 'advance', id, '--as', 'officer-b'));
    await arrives(id, 'answer');
    const unsigned = await run('case', 'answer', id, '--statement', 'We are here.', '--json');
    expect(unsigned.code).toBe(1);
    done(await run('case', 'answer', id, '--statement', 'We are here.', '--keys', 'issuer'));
    await until('it is with two reviewers', async () => (await read(id)).owner.includes(', '));
  });
}

/** The last of them: an officer's key is declared stolen by two others. */
export function testLostOfficer(network: () => RunningNetwork): void {
  const { run, done } = hands(network);

  test('an officer’s key is stolen: two others declare it, and it signs nothing more', async () => {
    expect((await run('decide', 'compromise', 'officer-b', '--as', 'officer-a')).code).toBe(2);
    done(await run('decide', 'compromise', 'officer-b', '--as', 'officer-h'));
    await until('the key signs nothing more', async () => {
      const tried = await run('decide', 'compromise', 'officer-i', '--as', 'officer-b', '--json');
      return tried.stdout.includes('approval.unknown-officer');
    });
  });
}
