import { answerWith } from '../src/benchmark/answer-with.js';
import { findRow } from './rows.js';

// The process of a row that the build does not have: one of an experiment's model.
await answerWith(findRow);
