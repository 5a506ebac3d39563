import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** At this many open connections a new one is refused: a relay is for one follower, not for the public. */
const MAX_CONNECTIONS = 256;

/**
 * A TCP relay on loopback between two processes, so that a network can really be cut: every connection is destroyed and
 * new ones are refused until it is opened again. For development and the tour.
 */
export class Relay implements AsyncDisposable {
  readonly #target: { readonly host: string; readonly port: number };
  /** At most two for each of `MAX_CONNECTIONS`. */
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #isCut = false;

  constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target;
    this.#server = createServer({ allowHalfOpen: false }, (socket) => this.#accept(socket));
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /** Starts to listen on a free loopback port and returns it. */
  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  open(): void {
    this.#isCut = false;
  }

  #accept(near: Socket): void {
    if (this.#isCut) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(this.#target);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    if (this.#server.listening) await once(this.#server, 'close');
  }
}
