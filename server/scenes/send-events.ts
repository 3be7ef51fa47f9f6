import type { Response } from 'express';
import type { Caller } from '../access/caller.js';
import { callerOf } from '../access/caller.js';
import { ProblemError } from '../problem.js';
import type { sceneEventNames } from './scene-events.js';
import { eventText, heartbeatText } from './scene-events.js';
import type { SceneService } from './scene-service.js';

/** Milliseconds between signs of life: proxies close connections that are silent for a minute. */
const heartbeat = 15_000;

/**
 * Sends how a scene goes on as server-sent events, until it has ended, nobody listens, or the server stops.
 * @throws ProblemError 404 when there is no such scene
 */
export async function sendEvents(
  scenes: SceneService,
  id: string,
  response: Response,
  signal: AbortSignal,
): Promise<void> {
  const caller = callerOf(response);
  scenes.find(id, caller);
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  let told = '';
  const tell = () => {
    const { event, data } = stateOf(scenes, id, caller);
    const text = eventText(event, data);
    // What changed may be nothing that is told.
    if (text !== told) response.write(text);
    told = text;
    if (event !== 'progress') end();
  };
  const leave = scenes.watch(id, tell);
  response.set({
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  });
  response.flushHeaders();
  const beat = setInterval(() => response.write(heartbeatText), heartbeat);
  // One that has gone is known by what it does not receive.
  const { socket } = response;
  const probe = () => {
    for (const delay of [0, 100]) setTimeout(() => response.writable && response.write(heartbeatText), delay);
  };
  socket?.once('end', probe);
  for (const over of [signal, scenes.stopping]) over.addEventListener('abort', end);
  try {
    tell();
    await ended;
  } finally {
    clearInterval(beat);
    socket?.off('end', probe);
    leave();
    scenes.stopping.removeEventListener('abort', end);
    response.end();
  }
}

function stateOf(
  scenes: SceneService,
  id: string,
  caller: Caller,
): { event: (typeof sceneEventNames)[number]; data: unknown } {
  try {
    const data = scenes.status(id, caller);
    const { status } = data;
    return { event: status === 'queued' || status === 'running' ? 'progress' : status, data };
  } catch (error) {
    if (error instanceof ProblemError) return { event: 'removed', data: { id } };
    throw error;
  }
}
