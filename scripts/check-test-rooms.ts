// Fails where a folder of test/ mirrors no folder of the code: test/X holds the tests of src/X, or of X at the top.
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
/** Folders of test/ that hold no tests of a room: inputs, helpers, and tests of the notebook and the whole package. */
const ownRooms = ['fixtures', 'helpers', 'notebooks', 'package'];

const strangers = readdirSync(new URL('test/', root), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => `${entry.parentPath}/${entry.name}`.slice(fileURLToPath(new URL('test/', root)).length))
  .map((folder) => folder.replace(/^\//, ''))
  .filter((folder) => !ownRooms.includes(folder.split('/')[0]!))
  .filter((folder) => !existsSync(new URL(`src/${folder}`, root)) && !existsSync(new URL(folder, root)));

if (strangers.length > 0) {
  console.error(`No folder of the code goes with ${strangers.map((folder) => `test/${folder}`).join(', ')}.`);
  process.exitCode = 1;
}
