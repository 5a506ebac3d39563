import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { holdfast, holdfastWith, type RunningNetwork } from './running-network.ts';

const HEADER = 'Given name,family_name,birthdate,resident_id,label';

/** What operators do at a desk: offers to a list of people, and the keys of those who may. */
export function describeDesk(network: () => RunningNetwork): void {
  const run = (...args: readonly string[]) => holdfast(...args, '--url', network().url, '--data', network().data);
  const at = (name: string) => join(network().data, name);
  const people = async (name: string, rows: readonly string[]) => {
    await writeFile(at(name), [HEADER, ...rows, ''].join('\r\n'));
    return at(name);
  };

  describe('issuing to a list', () => {
    test('says what is wrong with each row before anything is sent, and offers nobody twice', async () => {
      const good = ['Ana,Example,1990-01-01,D-1,desk-1', 'Bo,Example,1990-01-02,D-2,desk-2'];
      const file = await people('desk.csv', [...good, ',Example,1990-01-03,D-3,desk-3']);
      const list = ['issue', 'residence', '--file', file];
      const refused = await run(...list);
      expect(refused).toMatchObject({ code: 1, stderr: '' });
      expect(refused.stdout).toMatch(/row 4, given_name\n.*Fill it in, or take the row out\./);
      expect(refused.stdout).toContain('Nothing was sent. 2 good rows');
      const out = at('links.csv');
      const partial = JSON.parse((await run(...list, '--partial', '--out', out, '--json')).stdout);
      expect(partial).toMatchObject({ offered: 2, before: 0, refused: 0, faulty: 1, faults: [{ row: 4 }] });
      const links = await readFile(out, 'utf8');
      expect(links).toMatch(/^row,label,state,offer,code,page,why\n2,desk-1,offered,openid-credential-offer:/);
      // Put right and sent whole: those who were offered are shown the offer that they have.
      const whole = await people('whole.csv', [...good, 'Cy,Example,1990-01-03,D-3,desk-3']);
      const again = await run('issue', 'residence', '--file', whole);
      expect(again).toMatchObject({ code: 0, stderr: '' });
      expect(again.stdout).toContain('3 rows: 1 offered, 2 had their offer before, 0 refused.');
      expect(again.stdout).toContain(links.split('\n')[1]?.split(',')[3] ?? 'no link');
    });

    test('refuses in a sentence what no list is for', async () => {
      const place = ['--url', network().url, '--data', network().data];
      const latin = holdfastWith({ input: Buffer.from([0xe9, 0x0a]) }, 'issue', 'residence', '--file', '-', ...place);
      const [both, neither, type, broken] = await Promise.all([
        run('issue', 'residence', '--file', '-', '--label', 'x'),
        run('issue', 'residence'),
        run('issue', 'licence', '--file', '-'),
        latin,
      ]);
      expect(both).toMatchObject({ code: 64, stderr: expect.stringContaining('--label is for one person') });
      expect(neither).toMatchObject({ code: 64, stderr: expect.stringContaining('--file CSV') });
      expect(type).toMatchObject({ code: 1, stderr: 'civic has no type licence; it has: residence, visitor-pass.\n' });
      expect(broken).toMatchObject({ code: 64, stderr: expect.stringContaining('is not UTF-8') });
    });
  });

  test('keys of operators are made once, shown once, open what their role may, and nothing once revoked', async () => {
    const added = JSON.parse((await run('keys', 'add', 'desk-4', '--role', 'viewer', '--json')).stdout);
    const asked = (path: string, method = 'GET') =>
      fetch(`${network().url}${path}`, { method, headers: { authorization: `Bearer ${added.key}` } });
    expect([(await asked('/handoffs')).status, (await asked('/operator-keys')).status]).toEqual([200, 403]);
    const [listed, twice, odd] = await Promise.all([
      run('keys', 'list'),
      run('keys', 'add', 'desk-4', '--role', 'clerk'),
      run('keys', 'revoke', '../x'),
    ]);
    expect(listed.stdout).toMatch(/desk-4 +viewer, since \d{4}-/);
    expect(listed.stdout).not.toContain(added.key);
    expect(twice).toMatchObject({ code: 1, stderr: expect.stringContaining('There is a key named desk-4') });
    expect(odd).toMatchObject({ code: 1, stderr: 'No key has such a name.\n' });
    expect(await run('keys', 'revoke', 'desk-4')).toMatchObject({ code: 0, stderr: '' });
    expect((await asked('/handoffs')).status).toBe(401);
  });
}
