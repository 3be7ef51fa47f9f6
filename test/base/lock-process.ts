// Takes the lock of a folder, says so, and keeps it until it is told to let go or is killed.
import { UserError } from '../../src/base/errors.js';
import { lockFolder } from '../../src/base/lock-folder.js';

const [folder, mode] = process.argv.slice(2) as [string, string | undefined];
try {
  const lock = await lockFolder(folder, 'Use another.', { beat: 50, silence: 600 });
  process.stdout.write('locked\n');
  if (mode === 'brief') {
    await lock.release();
    process.exit(0);
  }
  lock.lost.addEventListener('abort', () => process.stdout.write('lost\n'));
  setInterval(() => undefined, 1000);
} catch (error) {
  process.stdout.write(error instanceof UserError ? `refused: ${error.message}\n` : `failed: ${error}\n`);
}
