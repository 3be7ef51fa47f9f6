import type { Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';

/** Passes connections on to a port of this machine, until it is told to cut them. */
export class TcpProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  readonly #state: { isCut: boolean };

  private constructor(server: Server, port: number, sockets: Set<Socket>, state: { isCut: boolean }) {
    this.#server = server;
    this.port = port;
    this.#sockets = sockets;
    this.#state = state;
  }

  /** @param to port on this machine that is passed on to @param port to listen on; any free one by default */
  static async start(to: number, port = 0): Promise<TcpProxy> {
    const sockets = new Set<Socket>();
    const state = { isCut: false };
    const server = createServer((client) => {
      if (state.isCut) return void client.destroy();
      const target = connect(to, '127.0.0.1');
      for (const [one, other] of [
        [client, target],
        [target, client],
      ] as const) {
        sockets.add(one);
        one.on('error', () => one.destroy());
        one.on('close', () => {
          sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
    await new Promise<void>((resolve, reject) => {
      server.on('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    return new TcpProxy(server, (server.address() as { port: number }).port, sockets, state);
  }

  /** Ends all connections, and lets none through for a while. */
  async cut(milliseconds: number): Promise<void> {
    this.#state.isCut = true;
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    this.#state.isCut = false;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
