import type { Command } from 'commander';
import { UserError } from '../base/errors.js';

/**
 * Runs a program with the arguments of this process. What a person can set right is said in one line, anything else with its
 * stack; both end with exit code 1.
 */
export async function runProgram(command: Command): Promise<void> {
  try {
    await command.parseAsync();
  } catch (error) {
    const message =
      error instanceof UserError ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`error: ${message}\n`);
    process.exitCode = 1;
  }
}
