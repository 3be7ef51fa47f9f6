import { cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

// Model folders are served as they are: /land-use/config.json and so on.
const { resolve } = createRequire(import.meta.url);
for (const name of ['land-use', 'aerial-vehicles']) {
  const folder = dirname(resolve(`@vision-longformer/${name}/package.json`));
  cpSync(folder, join(import.meta.dirname, 'public', name), { recursive: true });
}

export default {};
