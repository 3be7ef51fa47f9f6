#!/usr/bin/env node
import { Command } from 'commander';
import { packageVersion } from '../base/package-root.js';
import { benchmarkCommand } from './benchmark/command.js';
import { checkReferenceCommand } from './check-reference/command.js';
import { classifyCommand } from './classify/command.js';
import { compareCommand } from './compare/command.js';
import { convertCommand } from './convert/command.js';
import { describeCommand } from './describe/command.js';
import { detectCommand } from './detect/command.js';
import { embedCommand } from './embed/command.js';
import { evaluateCommand } from './evaluate/command.js';
import { exportCommand } from './export/command.js';
import { modelsCommand } from './models/command.js';
import { nearestCommand } from './nearest/command.js';
import { runProgram } from './run-program.js';
import { serveCommand } from './serve/command.js';
import { serveKeyCommand } from './serve-key/command.js';
import { startCommand } from './start/command.js';
import { trainCommand } from './train/command.js';
import { sayUsageErrorsInOneLine } from './usage-errors.js';
import { workerCommand } from './worker/command.js';

/** The program with all its commands; one file a command. */
export function program(): Command {
  const commands: Command[] = [
    benchmarkCommand(),
    checkReferenceCommand(),
    classifyCommand(),
    compareCommand(),
    convertCommand(),
    describeCommand(),
    detectCommand(),
    embedCommand(),
    evaluateCommand(),
    exportCommand(),
    modelsCommand(),
    nearestCommand(),
    serveCommand(),
    serveKeyCommand(),
    startCommand(),
    trainCommand(),
    workerCommand(),
  ];
  const root = new Command('vil')
    .description(
      'Vision Longformer: classify large images at full resolution, detect in scenes, train, convert, serve.',
    )
    .version(packageVersion());
  for (const command of commands) root.addCommand(command);
  sayUsageErrorsInOneLine(root);
  return root;
}

await runProgram(program());
