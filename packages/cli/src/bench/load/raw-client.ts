import { connect, type Socket } from 'node:net';

export type RawAnswer = { readonly status: number; readonly headers: string; readonly body: string };

/** Sockets to one port, each with one request under way: a tenth of what `node:http` costs per request. */
export type RawClient = {
  /** Sends a whole request as it stands. Rejects when the connection breaks or `signal` aborts: that ends the connection. */
  readonly send: (request: string, signal?: AbortSignal) => Promise<RawAnswer>;
  readonly close: () => void;
};

/** More at once are refused: a generator out of sockets measures itself. */
const MAX_SOCKETS = 8000;

export function createRawClient(port: number): RawClient {
  const idle: Socket[] = [];
  const all = new Set<Socket>();
  function open(): Socket {
    if (all.size >= MAX_SOCKETS) throw new Error(`more than ${MAX_SOCKETS} requests are under way`);
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    all.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      all.delete(socket);
      const at = idle.indexOf(socket);
      if (at !== -1) idle.splice(at, 1);
    });
    return socket;
  }
  return {
    send: (request, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const socket = idle.pop() ?? open();
        let text = '';
        const end = (finish: () => void) => {
          socket.off('data', read);
          socket.off('close', broken);
          signal?.removeEventListener('abort', aborted);
          finish();
        };
        const read = (chunk: string) => {
          text += chunk;
          const answer = parseAnswer(text);
          if (answer === undefined) return;
          end(() => {
            if (/connection: close/i.test(answer.headers)) socket.destroy();
            else idle.push(socket);
            resolve(answer);
          });
        };
        const broken = () => end(() => reject(new TypeError('the connection broke')));
        const aborted = () =>
          end(() => {
            socket.destroy();
            reject(signal?.reason);
          });
        socket.on('data', read);
        socket.on('close', broken);
        signal?.addEventListener('abort', aborted);
        socket.write(request);
      }),
    close: () => {
      for (const socket of all) socket.destroy();
    },
  };
}

/** An answer with `content-length`, as ours all are here; undefined while it has not arrived. */
function parseAnswer(text: string): RawAnswer | undefined {
  const at = text.indexOf('\r\n\r\n');
  if (at === -1) return undefined;
  const headers = text.slice(0, at);
  const length = Number(/content-length: *([0-9]+)/i.exec(headers)?.[1] ?? 0);
  if (text.length < at + 4 + length) return undefined;
  return { status: Number(headers.slice(9, 12)), headers, body: text.slice(at + 4, at + 4 + length) };
}
