import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describeNotifier } from '../../ports/notifier.contract.ts';
import type { NoticeMessage } from '../../ports/notifier.ts';
import { createWebhookNotifier } from './notifier.ts';

describeNotifier('notifier by webhook', async () => {
  const taken: NoticeMessage[] = [];
  let status = 204;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    if (status < 300) taken.push(JSON.parse(body) as NoticeMessage);
    response.writeHead(status).end(status < 300 ? '' : `no: ${body}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return {
    notifier: createWebhookNotifier({ url: `http://127.0.0.1:${port}/`, token: 't', timeoutMs: 2000 }),
    taken: () => taken,
    behave: async (how) => {
      status = { well: 204, fails: 503, refuses: 422, away: 204 }[how];
      if (how === 'away') await close();
    },
    close,
  };
});
