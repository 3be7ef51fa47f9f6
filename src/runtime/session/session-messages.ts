import type { Feeds } from '../../tensor/plain-tensor.js';
import type { Device } from './device.js';

/** What the thread of a session is asked first. */
export interface LoadRequest {
  readonly kind: 'load';
  /** The bytes of an .onnx file, or its path. */
  readonly model: Uint8Array | string;
  /** Files that the model's weights lie in, by the names the model uses. Shared memory is not copied. */
  readonly externalData: Readonly<Record<string, Uint8Array>>;
  readonly device: Device;
  readonly threads: number;
  readonly spin: boolean;
}

export type SessionRequest =
  | LoadRequest
  | { readonly kind: 'run'; readonly feeds: Feeds }
  | { readonly kind: 'release' };
