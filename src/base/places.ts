import { AsyncLocalStorage } from 'node:async_hooks';

/** What may be opened. */
export interface Places {
  /** Absolute paths of folders; what lies in them may be opened. */
  readonly folders: readonly string[];
  /** @throws UserError for a path or address that may not be opened */
  check(place: string): Promise<void>;
}

const current = new AsyncLocalStorage<Places>();

/**
 * Does something that opens nothing but what lies in certain places: neither the file that is asked for, nor files that it names
 * or that lie beside it, nor where a server sends on to. Everything that opens files for people asks `checkPlace`.
 */
export function openOnlyIn<Value>(places: Places, work: () => Promise<Value>): Promise<Value> {
  return current.run(places, work);
}

/** The places that what is running now may open; undefined where it may open all. */
export function allowedPlaces(): Places | undefined {
  return current.getStore();
}

/** @throws UserError for a path or address that may not be opened here */
export async function checkPlace(place: string): Promise<void> {
  await current.getStore()?.check(place);
}
