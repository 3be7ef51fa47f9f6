import type { Command } from 'commander';

/**
 * Makes a command and those below it answer wrong arguments with one line: what is wrong, and where the help is.
 * @param path the command with those above it, as typed
 */
export function sayUsageErrorsInOneLine(command: Command, path = command.name()): void {
  command.configureOutput({ outputError: (text, write) => write(`${usageError(text, path)}\n`) });
  for (const child of command.commands) sayUsageErrorsInOneLine(child, `${path} ${child.name()}`);
}

function usageError(text: string, path: string): string {
  const line = text.trim().replace(/\s*\n\s*/g, ' ');
  return `${line}${line.endsWith('.') ? '' : '.'} See ${path} --help`;
}
