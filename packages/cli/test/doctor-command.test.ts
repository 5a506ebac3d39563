import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createDataFolder, holdfast } from './running-network.ts';

test('the doctor says which part of a process is not ready, and takes it for no other program’s port', async () => {
  const folder = await createDataFolder();
  const server = createServer((request, response) => {
    const isReadiness = request.url === '/readyz';
    const problem = { status: 404, code: 'request.not-found', title: 'x', detail: 'There is nothing at this address.' };
    const ready = { ready: false, parts: { clinic: 'ready', issuer: 'The network accredits it under no key.' } };
    response.writeHead(isReadiness ? 503 : 404, {
      'content-type': isReadiness ? 'application/json' : 'application/problem+json',
    });
    response.end(JSON.stringify(isReadiness ? ready : problem));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.close();
    await folder.remove();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { code, stdout } = await holdfast('doctor', '--url', url, '--data', folder.path);
  expect(stdout).toMatch(/^ok {3}clinic {5}ready$/m);
  expect(stdout).toMatch(/^ILL {2}issuer {5}The network accredits it under no key\.$/m);
  expect(stdout).toContain('says the process with the role pages');
  expect(stdout).not.toContain('another program');
  expect(code).toBe(1);
});
