// Prints "<passed> <failed> <skipped>" of a JSON report of Vitest, and to standard error the name and first lines of each
// failure, so that they can be read at the end of a long log, those of tests that passed at another try too. A file that could
// not be run counts as a failure.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const brokenFiles = report.testResults.filter(
  ({ status, assertionResults }) =>
    status === 'failed' && assertionResults.every(({ status }) => status !== 'failed'),
);
const tests = report.testResults.flatMap(({ name, assertionResults }) =>
  assertionResults.map((result) => ({ file: name, ...result })),
);

function tell(verdict, file, name, message) {
  const excerpt = message.split('\n').slice(0, 30).join('\n  ');
  console.error(`${verdict}: ${relative(process.cwd(), file)} > ${name}\n  ${excerpt}`);
}

for (const { file, status, fullName, failureMessages } of tests) {
  if (failureMessages.length === 0) continue;
  const verdict = status === 'passed' ? 'FLAKY, passed at another try' : 'FAILED';
  tell(verdict, file, fullName, failureMessages.join('\n'));
}
for (const { name, message } of brokenFiles) tell('FAILED', name, '(the file itself)', message);

const skipped = report.numPendingTests + report.numTodoTests;
console.log(report.numPassedTests, report.numFailedTests + brokenFiles.length, skipped);
