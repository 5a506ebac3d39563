import { gzipSync } from 'node:zlib';
import { isCodedError } from '@holdfast/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LoopbackServer, redirect, send, startServer } from '../../test/loopback-server.ts';
import { createGuardedFetch, type GuardedFetch, type Transport, type TransportRequest } from './guarded-fetch.ts';
import { createNodeTransport, nodeLookup } from './node-transport.ts';
import { createWebTransport } from './web-transport.ts';

const JSON_REQUEST = { accept: ['application/json'], maxBytes: 1000 };

/** Connects to nothing: notes where it would have gone and answers `{}`. */
function createRecorder(headers: Record<string, string> = {}, status = 200) {
  const opened: TransportRequest[] = [];
  const transport: Transport = async (request) => {
    opened.push(request);
    return {
      status,
      header: (name) => ({ 'content-type': 'application/json', ...headers })[name],
      body: (async function* () {
        yield new TextEncoder().encode('{}');
      })(),
      close: () => {},
    };
  };
  return { opened, transport };
}

const codeOf = async (fetching: Promise<unknown>) => {
  const outcome = await fetching.then(undefined, (error: unknown) => error);
  return isCodedError(outcome) ? outcome.code : `gave ${JSON.stringify(outcome)}`;
};

describe('where a URL may lead', () => {
  const lookup = async (host: string) => {
    const known: Record<string, string[]> = {
      'issuer.example': ['1.1.1.1', '2606:4700:4700::1111'],
      'both.example': ['1.1.1.1', '10.0.0.7'],
      'inside.example': ['169.254.169.254'],
      'rebound.example': ['127.0.0.1'],
      'mapped.example': ['::ffff:10.0.0.7'],
      localhost: ['127.0.0.1'],
      'evil.localhost': ['10.0.0.7'],
      'empty.example': [],
    };
    const addresses = known[host];
    if (addresses === undefined) throw new Error('ENOTFOUND');
    return addresses;
  };
  const attempt = async (url: string, allowLoopback = false) => {
    const { opened, transport } = createRecorder();
    const outcome = await codeOf(createGuardedFetch({ transport, lookup, allowLoopback })({ url, ...JSON_REQUEST }));
    if (opened.length === 0) return outcome;
    return `${opened[0]?.url.host} at ${opened[0]?.address}`;
  };

  it('is a public host by https, and the connection goes to the address that was judged', async () => {
    expect(await attempt('https://issuer.example/a')).toBe('issuer.example at 1.1.1.1');
    expect(await attempt('https://1.1.1.1/a')).toBe('1.1.1.1 at 1.1.1.1');
    expect(await attempt('https://[2606:4700:4700::1111]/')).toBe('[2606:4700:4700::1111] at 2606:4700:4700::1111');
  });

  it('is never a private address, however it is written, nor a name with one among its addresses', async () => {
    const urls = [
      ...['https://10.0.0.1/', 'https://127.0.0.1/', 'https://0x7f.1/', 'https://2130706433/', 'https://0177.0.0.1/'],
      ...['https://[::1]/', 'https://[::ffff:10.0.0.1]/', 'https://[fd00:ec2::254]/', 'https://169.254.169.254/latest'],
      ...['https://inside.example/', 'https://both.example/', 'https://rebound.example/', 'https://mapped.example/'],
      ...['https://localhost/', 'https://localhost./', 'https://１２７.0.0.1/', 'https://[64:ff9b::a00:1]/'],
    ];
    for (const url of urls) expect([url, await attempt(url)]).toEqual([url, 'fetch.private-address']);
  });

  it('is this machine only for development, and then only by its own names', async () => {
    expect(await attempt('http://localhost:4600/i/civic', true)).toBe('localhost:4600 at 127.0.0.1');
    expect(await attempt('http://127.0.0.1:1/', true)).toBe('127.0.0.1:1 at 127.0.0.1');
    expect(await attempt('http://[::1]:1/', true)).toBe('[::1]:1 at ::1');
    expect(await attempt('https://rebound.example/', true)).toBe('fetch.private-address');
    expect(await attempt('http://rebound.example/', true)).toBe('fetch.scheme');
    expect(await attempt('http://evil.localhost/', true)).toBe('fetch.private-address');
    expect(await attempt('http://10.0.0.1/', true)).toBe('fetch.scheme');
  });

  it('has a scheme, a port and no password that we would use', async () => {
    expect(await attempt('http://issuer.example/')).toBe('fetch.scheme');
    expect(await attempt('http://localhost/')).toBe('fetch.scheme');
    expect(await attempt('file:///etc/passwd')).toBe('fetch.scheme');
    expect(await attempt('data:application/json,{}')).toBe('fetch.scheme');
    expect(await attempt('https://issuer.example:8443/')).toBe('fetch.port');
    expect(await attempt('https://issuer.example:22/')).toBe('fetch.port');
    expect(await attempt('https://user@issuer.example/')).toBe('fetch.credentials-in-url');
    expect(await attempt('https://:secret@issuer.example/')).toBe('fetch.credentials-in-url');
    expect(await attempt('/relative')).toBe('fetch.url-malformed');
    expect(await attempt(`https://issuer.example/${'a'.repeat(2048)}`)).toBe('fetch.url-malformed');
  });

  it('is a name that the DNS knows', async () => {
    expect(await attempt('https://nobody.example/')).toBe('fetch.name-unresolved');
    expect(await attempt('https://empty.example/')).toBe('fetch.name-unresolved');
  });

  it('asks the DNS once: a second, private answer changes nothing', async () => {
    const answers = [['1.1.1.1'], ['127.0.0.1']];
    const { opened, transport } = createRecorder();
    const fetchOnce = createGuardedFetch({ transport, lookup: async () => answers.shift() ?? [] });
    await fetchOnce({ url: 'https://issuer.example/', ...JSON_REQUEST });
    expect(opened.map(({ address }) => address)).toEqual(['1.1.1.1']);
    expect(answers).toHaveLength(1);
  });

  it('is judged again at every redirect', async () => {
    const targets = {
      'http://169.254.169.254/latest': 'fetch.scheme',
      'https://169.254.169.254/latest': 'fetch.private-address',
      'https://inside.example/': 'fetch.private-address',
      '//127.0.0.1/': 'fetch.private-address',
      'http://localhost:4600/admin': 'fetch.scheme',
      'http://issuer.example/': 'fetch.scheme',
      '': 'fetch.redirect-malformed',
      'https://': 'fetch.redirect-malformed',
      '/again': 'fetch.too-many-redirects',
    };
    for (const [location, code] of Object.entries(targets)) {
      const { opened, transport } = createRecorder({ location }, 302);
      const fetching = createGuardedFetch({ transport, lookup, allowLoopback: true });
      expect([location, await codeOf(fetching({ url: 'https://issuer.example/', ...JSON_REQUEST }))]).toEqual([
        location,
        code,
      ]);
      expect(opened).toHaveLength(location === '/again' ? 4 : 1);
    }
  });

  it('is not this machine where the platform resolves names out of our sight', async () => {
    const { opened, transport } = createRecorder();
    const blind = createGuardedFetch({ transport });
    for (const host of ['localhost', 'app.localhost', '127.0.0.1', '10.0.0.1', '[::1]']) {
      expect(await codeOf(blind({ url: `https://${host}/`, ...JSON_REQUEST }))).toBe('fetch.private-address');
    }
    expect(opened).toEqual([]);
  });

  it('is told nothing about us: no cookie, no authorisation, no fragment', async () => {
    const { opened, transport } = createRecorder();
    await createGuardedFetch({ transport, lookup })({ url: 'https://issuer.example/a?b#secret', ...JSON_REQUEST });
    expect(opened[0]?.url.href).toBe('https://issuer.example/a?b');
    expect(Object.keys(opened[0]?.headers ?? {})).toEqual(['accept', 'user-agent']);
  });
});

const transports = [
  ['node', createNodeTransport()],
  ['fetch', createWebTransport()],
] as const;

describe.each(transports)('a real server, reached by the %s transport', (_, transport) => {
  let server: LoopbackServer;
  let fetchIt: GuardedFetch;
  const get = (path: string) => fetchIt({ url: server.origin + path, ...JSON_REQUEST });

  beforeAll(async () => {
    server = await startServer();
    fetchIt = createGuardedFetch({ transport, lookup: nodeLookup, allowLoopback: true });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('is read, after a redirect too', async () => {
    server.on('/a', send('{"a":1}', 'Application/JSON; charset=utf-8', { 'cache-control': 'max-age=60' }));
    server.on('/to-a', redirect('/a', 308));
    const response = await get('/to-a');
    expect(new TextDecoder().decode(response.body)).toBe('{"a":1}');
    expect(response).toMatchObject({
      url: `${server.origin}/a`,
      contentType: 'application/json',
      cacheControl: 'max-age=60',
    });
  });

  it('may say no, or something else than was asked for', async () => {
    server.on('/503', (response) => void response.writeHead(503).end('later'));
    server.on('/204', (response) => void response.writeHead(204).end());
    server.on('/html', send('<html>', 'text/html'));
    server.on('/untyped', (response) => void response.writeHead(200).end('{}'));
    expect(await codeOf(get('/missing'))).toBe('fetch.status');
    expect(await codeOf(get('/503'))).toBe('fetch.status');
    expect(await codeOf(get('/204'))).toBe('fetch.status');
    expect(await codeOf(get('/html'))).toBe('fetch.content-type');
    expect(await codeOf(get('/untyped'))).toBe('fetch.content-type');
  });

  it('is not read past the bound, whether it says so, hides it, or never stops', async () => {
    server.on('/said', send('x'.repeat(1001)));
    server.on('/hidden', (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('x'.repeat(600));
      response.end('x'.repeat(600));
    });
    server.on('/endless', (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const write = () => response.destroyed || response.write('x'.repeat(100), () => setImmediate(write));
      write();
    });
    server.on('/exact', send('x'.repeat(1000)));
    expect(await codeOf(get('/said'))).toBe('fetch.too-large');
    expect(await codeOf(get('/hidden'))).toBe('fetch.too-large');
    expect(await codeOf(get('/endless'))).toBe('fetch.too-large');
    expect((await get('/exact')).body).toHaveLength(1000);
  });

  it('is read when it compresses, and not when that was a bomb or garbage', async () => {
    const gzip = { 'content-encoding': 'gzip' };
    server.on('/gzip', send(gzipSync('{"zipped":true}'), 'application/json', gzip));
    server.on('/bomb', send(gzipSync(Buffer.alloc(1_000_000)).subarray(0, 990), 'application/json', gzip));
    server.on('/garbage', send('not gzip at all', 'application/json', gzip));
    expect(new TextDecoder().decode((await get('/gzip')).body)).toBe('{"zipped":true}');
    expect(await codeOf(get('/bomb'))).toBe('fetch.too-large');
    expect(await codeOf(get('/garbage'))).toBe('fetch.broken-off');
  });

  it('may break off: less than it announced is not taken for the whole', async () => {
    server.on('/short', (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
      response.write('{}', () => response.socket?.destroy());
    });
    server.on('/cut', (response) => void response.socket?.destroy());
    expect(await codeOf(get('/short'))).toBe('fetch.broken-off');
    expect(await codeOf(get('/cut'))).toBe('fetch.unreachable');
  });

  it('may never answer, or never finish: then it was too slow', async () => {
    server.on('/silent', () => {});
    server.on('/drip', (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const drip = setInterval(() => response.write(' '), 50);
      response.on('close', () => clearInterval(drip));
    });
    const impatient = createGuardedFetch({ transport, lookup: nodeLookup, allowLoopback: true, totalMs: 150 });
    for (const path of ['/silent', '/drip']) {
      expect(await codeOf(impatient({ url: server.origin + path, ...JSON_REQUEST }))).toBe('fetch.timeout');
    }
  });

  it('may be gone', async () => {
    const gone = await startServer();
    await gone[Symbol.asyncDispose]();
    expect(await codeOf(fetchIt({ url: `${gone.origin}/`, ...JSON_REQUEST }))).toBe('fetch.unreachable');
  });
});
