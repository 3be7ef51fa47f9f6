import type * as Tfjs from '@tensorflow/tfjs-core';

let provided: typeof Tfjs | undefined;

/** Sets what `tensor.ts` takes where there is no `require`; to be called before that file is evaluated. */
export function provideTfjs(tfjs: typeof Tfjs): void {
  provided = tfjs;
}

/** @throws Error when none was set */
export function providedTfjs(): typeof Tfjs {
  if (provided) return provided;
  throw new Error(
    'Outside Node.js, import vision-longformer/browser, /kernels or /models, not single files of it.',
  );
}
