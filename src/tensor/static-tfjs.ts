/**
 * Makes tfjs-core a static import, which a bundler sees: entry points that are for pages too import this file before
 * any other. (A top-level `await import` in tensor.ts would do without, but then `require` could not load the package.)
 */
import * as tfjs from '@tensorflow/tfjs-core';
import { provideTfjs } from './provided-tfjs.js';

provideTfjs(tfjs);
