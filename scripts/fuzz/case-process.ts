// Runs damaged inputs in a process of its own, which may crash; started by scripts/fuzz/case-host.ts.
import { tmpdir } from 'node:os';
import sharp from 'sharp';
import { CaseRunner, type FuzzCase } from './run-case.js';

// It would keep files open that have been read.
sharp.cache(false);
const runner = new CaseRunner(tmpdir());
process.on('message', (message: FuzzCase | 'close') => {
  if (message === 'close') {
    void runner.close().then(() => process.exit(0));
    return;
  }
  runner.run(message).then(
    (report) => process.send!(report),
    (error: unknown) => {
      console.error(error);
      process.exit(70);
    },
  );
});
process.send!('ready');
