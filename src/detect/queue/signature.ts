import { createHmac, timingSafeEqual } from 'node:crypto';
import type { TileRecord } from '../scene/tile-record.js';
import type { TileAnswer, TileJob } from './tile-job.js';

/** Environment variable with the secret that submitters and workers of a queue share. */
export const secretVariable = 'VIL_QUEUE_SECRET';

/**
 * HMAC-SHA-256 of what a job makes a worker do. Without the secret nobody who can write to the queue can make workers open
 * files. How often the job was refused, which workers write into it, is not part of it.
 */
export function signJob(job: TileJob, secret: string): string {
  const { refusals: _refusals, refusal: _refusal, signature: _signature, ...order } = job;
  return createHmac('sha256', secret).update(canonical(order)).digest('hex');
}

/** JSON whose keys are in order, as a server of a queue need not keep theirs. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (typeof each !== 'object' || each === null || Array.isArray(each)) return each;
    return Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

export function isSigned(job: TileJob, secret: string): boolean {
  return isSame(job.signature, signJob(job, secret));
}

/**
 * HMAC-SHA-256 of what was found for a job, of which it takes in the signature: the answer to one job is none to another.
 * Without the secret nobody who can write to the queue can put objects into a result.
 */
export function signAnswer(record: TileRecord, job: TileJob, secret: string): string {
  const { empty, boxes, angles, scores, classes } = record;
  const answer = canonical({ answer: { empty, boxes, angles, scores, classes }, job: signJob(job, secret) });
  return createHmac('sha256', secret).update(answer).digest('hex');
}

export function isSignedAnswer(answer: TileAnswer, job: TileJob, secret: string): boolean {
  return isSame(answer.signature, signAnswer(answer, job, secret));
}

function isSame(signature: string | undefined, expected: string): boolean {
  const [found, wanted] = [Buffer.from(signature ?? ''), Buffer.from(expected)];
  return found.length === wanted.length && timingSafeEqual(found, wanted);
}
