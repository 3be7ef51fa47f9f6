import { answerWith } from './answer-with.js';
import { benchmarkRow } from './rows.js';

// The process of one row: measures it and sends the figures to `measureRow`, which started it.
await answerWith(async (name) => benchmarkRow(name));
