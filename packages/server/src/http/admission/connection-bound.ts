import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export type ConnectionView = {
  readonly open: number;
  readonly idle: number;
  readonly max: number;
  readonly dropped: number;
};

/**
 * At most `max` connections. For one more, the one that was idle longest is closed; only where none is idle is the newcomer
 * turned away. A thousand that do nothing keep nobody out.
 */
export function boundConnections(server: Server, max: number): () => ConnectionView {
  const open = new Set<Socket>();
  /** Those without a request under way, the one that was idle longest first. */
  const idle = new Set<Socket>();
  let dropped = 0;

  server.on('connection', (socket: Socket) => {
    if (open.size >= max) {
      const [longest = socket] = idle;
      longest.destroy();
      forget(longest);
      dropped += 1;
      if (longest === socket) return;
    }
    open.add(socket);
    idle.add(socket);
    socket.once('close', () => forget(socket));
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    idle.delete(socket);
    response.once('close', () => {
      if (open.has(socket)) idle.add(socket);
    });
  });

  function forget(socket: Socket): void {
    open.delete(socket);
    idle.delete(socket);
  }

  return () => ({ open: open.size, idle: idle.size, max, dropped });
}
