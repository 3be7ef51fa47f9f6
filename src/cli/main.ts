#!/usr/bin/env node
import { Command } from 'commander';
import { UserError } from '../errors.js';
import { benchmarkCommand } from './benchmark.js';
import { checkReferenceCommand } from './check-reference.js';
import { classifyCommand } from './classify.js';
import { convertCommand } from './convert.js';
import { describeCommand } from './describe.js';
import { detectCommand } from './detect.js';
import { evaluateCommand } from './evaluate.js';
import { exportCommand } from './export.js';
import { serveCommand } from './serve.js';
import { serveKeyCommand } from './serve-key.js';
import { startCommand } from './start.js';
import { trainCommand } from './train.js';
import { workerCommand } from './worker.js';

/** The program with all its commands; one file a command. */
export function program(): Command {
  const commands: Command[] = [
    benchmarkCommand(),
    checkReferenceCommand(),
    classifyCommand(),
    convertCommand(),
    describeCommand(),
    detectCommand(),
    evaluateCommand(),
    exportCommand(),
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
    .showHelpAfterError();
  for (const command of commands) root.addCommand(command);
  return root;
}

program()
  .parseAsync()
  .catch((error: unknown) => {
    const message =
      error instanceof UserError ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`error: ${message}\n`);
    process.exitCode = 1;
  });
