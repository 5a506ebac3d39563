import { join } from 'node:path';
import { expect, test } from 'vitest';
import { until } from './processes.ts';
import { type Ended, holdfast, type RunningNetwork } from './running-network.ts';

type CaseSaid = { readonly id: string; readonly stage: string; readonly owner: string; readonly held: boolean };

/**
 * The worked cases of docs/how-to as far as real time allows, by the commands themselves. The last of them declares the key
 * of the issuer stolen: nothing is issued on this network afterwards.
 */
export function testWorkedCases(network: () => RunningNetwork): void {
  const here = () => ['--url', network().url, '--data', network().data];
  const run = (...args: readonly string[]) => holdfast(...args, ...here());
  const fileOf = (label: string) => join(network().data, `${label}.txt`);
  const read = async (id: string) => (await network().client.get(`/cases/${id}`)) as unknown as CaseSaid;
  const arrives = (id: string, stage: string) =>
    until(`case ${id} is ${stage}`, async () => (await read(id).catch(() => undefined))?.stage === stage);

  async function issue(label: string): Promise<void> {
    const claims = { given_name: label, family_name: 'Example', birthdate: '1990-01-01', resident_id: `R-${label}` };
    const named = ['--claims', JSON.stringify(claims), '--label', label, '--receive', fileOf(label)];
    expect((await run('issue', 'residence', ...named)).code).toBe(0);
  }

  async function filed(...args: readonly string[]): Promise<{ readonly case: string; readonly code: string }> {
    const ended = await run('case', 'file', ...args, '--json');
    expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(ended.stdout) as { case: string; code: string };
  }

  const done = ({ code, stdout, stderr }: Ended) =>
    expect({ code, stderr, said: stdout.split(':')[0] }).toEqual({ code: 0, stderr: '', said: 'Done' });

  test('a complaint is filed, vouched for, held, judged by two who were drawn, and seen by its code', async () => {
    await issue('eve');
    const { case: id, code } = await filed(
      'Signed by a thief.',
      '--class',
      'key-compromise',
      '--remedy',
      'revoke',
      '--label',
      'eve',
    );
    await arrives(id, 'filed');
    done(await run('case', 'triage', id, '--label', 'eve', '--as', 'officer-a'));
    await arrives(id, 'triaged');
    done(await run('case', 'hold', id, '--label', 'eve', '--as', 'officer-a'));
    await until('it is held', async () => (await read(id)).held);
    done(await run('case', 'advance', id, '--as', 'officer-b'));
    await arrives(id, 'review');
    const [first = '', second = ''] = (await read(id)).owner.split(', ');
    const find = (officer: string) => run('case', 'find', id, '--upheld', '--reasons', 'So I find.', '--as', officer);
    const own = await find('officer-a');
    const drawn = [first, second].toSorted().join(', ');
    expect([own.code, own.stderr]).toEqual([1, `officer-a may not find in this case; ${drawn} may.\n`]);
    const one = await find(first);
    expect([one.code, one.stdout]).toEqual([2, expect.stringContaining('1 more of 2 must')]);
    done(await find(second));
    await arrives(id, 'decided');
    const shown = await run('case', 'show', '--code', code);
    expect(shown.stdout).toMatch(/It was upheld by those who judged it/);
    expect(shown.stdout).toMatch(/the credential is suspended meanwhile/);
    expect(shown.stdout).toMatch(/Those concerned may appeal\. If nobody does, in 9 d/);
    expect((await run('case', 'list')).stdout).toContain(`${id}: about a credential, a key was compromised`);
    done(await run('case', 'appeal', id, '--code', code, '--statement', 'So do not I.'));
  });

  test('a wrongly revoked credential is complained about, and those who revoked it can take no step', async () => {
    await issue('ada-wronged');
    expect((await run('revoke', 'ada-wronged', '--as', 'officer-a')).code).toBe(2);
    const revoked = JSON.parse((await run('revoke', 'ada-wronged', '--as', 'officer-b', '--json')).stdout) as {
      entries: { decision: number };
    };
    const complaint = [
      'I still live here.',
      '--class',
      'wrongly-revoked',
      '--remedy',
      'reinstate',
      '--label',
      'ada-wronged',
    ];
    const { case: id } = await filed(...complaint, '--against', String(revoked.entries.decision));
    await arrives(id, 'filed');
    const own = await run('case', 'triage', id, '--reject', '--as', 'officer-a', '--json');
    expect([own.code, JSON.parse(own.stdout)]).toMatchObject([1, { error: { code: 'approval.role' } }]);
    const shown = await run('case', 'show', id, '--files');
    expect(shown.stdout).toContain('it passes to the steward as it stands, and the missed deadline is on record');
    expect(shown.stdout).toContain('officer-a may not decide it: took part in what is complained about.');
    expect(shown.stdout).toContain('I still live here.');
    expect((await run('case', 'incidents')).stdout).toBe('No deadline was missed.\n');
    const text = ['--report', 'preliminary', '--text', fileOf('ada-wronged')];
    const account = await run('case', 'account', `${id} filed 1`, ...text, '--json');
    expect([account.code, JSON.parse(account.stdout)]).toMatchObject([1, { error: { code: 'incident.unknown' } }]);
  });

  test('a stolen key is declared by two officers, and everything that it signed is revoked', async () => {
    await issue('bea');
    const declare = (officer: string) => run('decide', 'compromise', fileOf('bea'), '--as', officer);
    expect((await declare('officer-a')).code).toBe(2);
    done(await declare('officer-b'));
    await until('a verifier has read it', async () => {
      const { stdout } = await holdfast('verify', fileOf('bea'), '--ask', 'north', '--json', '--url', network().url);
      return stdout.includes('key.compromised');
    });
  });
}
