import type { InferenceSession } from 'onnxruntime-node';
import { listSupportedBackends } from 'onnxruntime-node';
import { UserError } from '../../base/errors.js';
import type { Device } from './device.js';
import { DEVICES } from './device.js';

/** @throws UserError when ONNX Runtime for this platform does not have the device at all */
export function checkDevice(device: Device): void {
  const available = listSupportedBackends().map(({ name }) => name);
  if (available.includes(device)) return;
  const usable = DEVICES.filter((name) => available.includes(name));
  throw new UserError(
    `The device ${device} is not available on this platform (${process.platform}, ${process.arch}). ` +
      `ONNX Runtime offers here: ${usable.join(', ')}.`,
  );
}

/** Execution providers in order of preference. What a device cannot compute runs on the CPU. */
export function executionProviders(device: Device): InferenceSession.ExecutionProviderConfig[] {
  return device === 'cpu' ? ['cpu'] : [device, 'cpu'];
}

/** The error of a session that did not open on a device other than the CPU, for the person who chose the device. */
export function deviceError(device: Device, cause: unknown): UserError {
  const reason = (cause instanceof Error ? cause.message : String(cause)).trim().replace(/\.?$/, '.');
  return new UserError(
    `The device ${device} does not work here: ${reason} Use the device cpu, or install what ONNX Runtime ` +
      `needs for ${device}.`,
    { cause },
  );
}
