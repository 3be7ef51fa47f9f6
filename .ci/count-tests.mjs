// Prints "<passed> <failed> <skipped>" of a JSON report of Vitest, and to standard error the name and first lines of each
// failure, so that they can be read at the end of a long log. A file that could not be run counts as a failure.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const brokenFiles = report.testResults.filter(
  ({ status, assertionResults }) =>
    status === 'failed' && assertionResults.every(({ status }) => status !== 'failed'),
);
const failedTests = report.testResults.flatMap(({ name, assertionResults }) =>
  assertionResults
    .filter(({ status }) => status === 'failed')
    .map(({ fullName, failureMessages }) => ({ file: name, fullName, message: failureMessages.join('\n') })),
);
const failures = [
  ...failedTests,
  ...brokenFiles.map(({ name, message }) => ({ file: name, fullName: '(the file itself)', message })),
];
for (const { file, fullName, message } of failures) {
  const excerpt = message.split('\n').slice(0, 30).join('\n  ');
  console.error(`FAILED: ${relative(process.cwd(), file)} > ${fullName}\n  ${excerpt}`);
}
const skipped = report.numPendingTests + report.numTodoTests;
console.log(report.numPassedTests, report.numFailedTests + brokenFiles.length, skipped);
