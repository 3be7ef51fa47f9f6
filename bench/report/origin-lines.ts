import { describeMachine } from '../../src/benchmark/machine.js';
import type { ReportContent } from './report-content.js';

/** What was measured where, when and how, by name. */
export function originLines({
  machine,
  command,
  seeds,
  measured,
  writtenAt,
}: ReportContent): [string, string][] {
  const versions = `this package ${machine.package}, ONNX Runtime ${machine.onnxruntime}, tfjs ${machine.tfjs}`;
  const time = measured ? `measured ${measured.from} to ${measured.to}, ` : '';
  return [
    ['Machine', `${describeMachine(machine)}, ${machine.system}`],
    ['Versions', versions],
    ['Command', command],
    ['Seeds', seeds],
    ['Time', `${time}written ${writtenAt}`],
  ];
}
