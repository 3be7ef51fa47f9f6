import { type XMLParser, XMLValidator } from 'fast-xml-parser';
import { UserError } from './errors.js';

/**
 * Parses XML of others. The parser takes some texts that are no XML, and has plain errors for the rest.
 * @param name what messages call it: a file
 * @throws UserError naming it and its line
 */
export function parseXml(parser: XMLParser, text: string, name: string): unknown {
  const valid = XMLValidator.validate(text);
  if (valid !== true) throw new UserError(`${name}, line ${valid.err.line}: not XML: ${valid.err.msg}`);
  try {
    return parser.parse(text);
  } catch (cause) {
    throw new UserError(`${name}: not XML: ${(cause as Error).message}`, { cause });
  }
}
