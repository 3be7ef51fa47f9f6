// Prints "<passed> <failed> <skipped>" of a JSON report of Vitest; a file that could not be run counts as a failure.
import { readFileSync } from 'node:fs';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const brokenFiles = report.testResults.filter(
  ({ status, assertionResults }) =>
    status === 'failed' && assertionResults.every(({ status }) => status !== 'failed'),
);
const skipped = report.numPendingTests + report.numTodoTests;
console.log(report.numPassedTests, report.numFailedTests + brokenFiles.length, skipped);
