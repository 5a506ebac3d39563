import { connect, type Socket } from 'node:net';

export type RawAnswer = { readonly status: number; readonly headers: string; readonly body: string };

/** Sockets to one port, each with one request under way: a tenth of what `node:http` costs per request. */
export type RawClient = {
  /**
   * Sends a whole request as it stands. Rejects when the connection breaks, when `signal` aborts, or when there is no answer within
   * `patienceMs`: that ends the connection.
   */
  readonly send: (
    request: string,
    until?: { readonly signal?: AbortSignal; readonly patienceMs?: number },
  ) => Promise<RawAnswer>;
  readonly close: () => void;
};

/** More at once are refused: a generator out of sockets measures itself. */
const MAX_SOCKETS = 8000;

type Line = {
  readonly socket: Socket;
  /** What has come of the answer that is waited for. */
  text: string;
  /** Whose answer it is, while a request is under way. */
  end: ((answer: RawAnswer | undefined) => void) | undefined;
};

export function createRawClient(port: number): RawClient {
  const idle: Line[] = [];
  const all = new Set<Line>();

  /** Listened to once, and not anew for each request: that is a good part of what one costs. */
  function open(): Line {
    if (all.size >= MAX_SOCKETS) throw new Error(`more than ${MAX_SOCKETS} requests are under way`);
    const socket = connect(port, '127.0.0.1');
    const line: Line = { socket, text: '', end: undefined };
    all.add(line);
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      line.text += chunk;
      const answer = parseAnswer(line.text);
      if (answer !== undefined) line.end?.(answer);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      all.delete(line);
      const at = idle.indexOf(line);
      if (at !== -1) idle.splice(at, 1);
      line.end?.(undefined);
    });
    return line;
  }

  return {
    send: (request, { signal, patienceMs } = {}) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const line = idle.pop() ?? open();
        const aborted = () => {
          line.end = undefined;
          line.socket.destroy();
          reject(signal?.reason ?? new TypeError('no answer in time'));
        };
        const timer = patienceMs === undefined ? undefined : setTimeout(aborted, patienceMs);
        line.text = '';
        line.end = (answer) => {
          line.end = undefined;
          clearTimeout(timer);
          signal?.removeEventListener('abort', aborted);
          if (answer === undefined) return reject(new TypeError('the connection broke'));
          if (/connection: close/i.test(answer.headers)) line.socket.destroy();
          else idle.push(line);
          resolve(answer);
        };
        signal?.addEventListener('abort', aborted);
        line.socket.write(request);
      }),
    close: () => {
      for (const { socket } of all) socket.destroy();
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
