import { afterEach, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/base/errors.js';
import type { SessionOptions } from '../../../src/runtime/session/session.js';
import { Session } from '../../../src/runtime/session/session.js';
import { doublingModel, slowModel } from './doubling-model.js';

const sessions: Session[] = [];

async function open(options: SessionOptions): Promise<Session> {
  const session = await Session.open({ threads: 1, ...options });
  sessions.push(session);
  return session;
}

afterEach(async () => {
  for (const session of sessions.splice(0)) await session.close();
});

describe('Session', () => {
  it('answers overlapping runs, each with its own result', async () => {
    const session = await open({ model: doublingModel() });
    const inputs = Array.from({ length: 20 }, (_, index) => Float32Array.of(index, index + 0.5));
    const outputs = await Promise.all(inputs.map((data) => session.run({ x: { data, shape: [2] } })));
    for (const [index, { y }] of outputs.entries()) {
      expect(y).toEqual({ data: Float32Array.of(2 * index, 2 * index + 1), shape: [2] });
    }
  });

  it('copies inputs, or takes them where they are given away', async () => {
    const session = await open({ model: doublingModel() });
    const [copied, given] = [Float32Array.of(1), Float32Array.of(2)];
    await session.run({ x: { data: copied, shape: [1] } });
    await session.run({ x: { data: given, shape: [1] } }, [given.buffer]);
    expect(copied).toHaveLength(1);
    expect(given).toHaveLength(0);
  });

  it('leaves the event loop free while it computes', async () => {
    const session = await open({ model: slowModel(60) });
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    const side = 512;
    await session.run({ x: { data: new Float32Array(side * side), shape: [side, side] } });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(5);
  });

  it('passes on what ONNX Runtime says of wrong models and inputs, and goes on', async () => {
    await expect(open({ model: Uint8Array.of(1, 2, 3) })).rejects.toThrow(/protobuf/i);
    await expect(open({ model: '/nowhere/model.onnx' })).rejects.toThrow('/nowhere/model.onnx');
    const session = await open({ model: doublingModel() });
    const data = Float32Array.of(1, 2);
    await expect(session.run({ z: { data, shape: [2] } })).rejects.toThrow("'x'");
    await expect(session.run({ x: { data, shape: [2, 1] } })).rejects.toThrow(/rank/i);
    expect((await session.run({ x: { data, shape: [2] } })).y!.data).toEqual(Float32Array.of(2, 4));
  });

  it('names the devices there are when asked for one of another platform', async () => {
    const device = process.platform === 'win32' ? 'coreml' : 'dml';
    const opening = open({ model: doublingModel(), device });
    await expect(opening).rejects.toThrow(UserError);
    await expect(opening).rejects.toThrow(/not available on this platform.*cpu/);
  });

  it('refuses runs after it is closed', async () => {
    const session = await Session.open({ model: doublingModel() });
    await session.close();
    expect(session.hasEnded).toBe(true);
    await expect(session.run({})).rejects.toThrow('the session is closed');
  });
});
