/**
 * A server in a process of its own, to be killed: `server-process.ts <data folder> <detector folder>`.
 * Tells its address in a line.
 */
import { pino } from 'pino';
import { startSceneServer } from './scene-server.js';

const [folder, detector] = process.argv.slice(2) as [string, string];
const server = await startSceneServer({
  folder,
  detector,
  logger: pino({ level: 'warn' }, pino.destination(2)),
});
await server.ready;
process.stdout.write(`${server.url}\n`);
