/**
 * Puts generated text into a document between `<!-- begin:name -->` and `<!-- end:name -->`, which stay.
 * @param textOf the text of a block; undefined where there is none of that name
 * @throws Error naming a block that nothing is known about
 */
export function fillBlocks(document: string, textOf: (name: string) => string | undefined): string {
  return document.replaceAll(
    /(<!-- begin:(\S+) -->\n)[\s\S]*?(<!-- end:\2 -->)/g,
    (_, begin: string, name: string, end: string) => {
      const text = textOf(name);
      if (text === undefined) throw new Error(`nothing is known about the block ${name}`);
      return `${begin}\n${text}\n\n${end}`;
    },
  );
}
