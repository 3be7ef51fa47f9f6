import type { SceneOrder } from './scene-order.js';

/** The id of the key that has a name now, if one has. */
export type FindKeyId = (name: string) => string | undefined;

/** Belongs to no key: only operators see it. No key's id, which has 16 hexadecimal digits. */
export const nobody = 'nobody';

/**
 * An order with the id of the key that it belongs to. Version 0.1.0 wrote down the name alone, which may be given to somebody
 * else: its orders go to the key that has the name when they are first read, and to nobody where none has. A key of the name
 * that is made later does not get them.
 */
export function withOwnerId(order: SceneOrder, idOf: FindKeyId): SceneOrder {
  if (order.owner === undefined || order.ownerId !== undefined) return order;
  return { ...order, ownerId: idOf(order.owner) ?? nobody };
}
