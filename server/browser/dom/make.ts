type Tags = HTMLElementTagNameMap;

/** Makes an element with text or children in it. Text is never markup. */
export function make<Tag extends keyof Tags>(
  tag: Tag,
  properties: Partial<Tags[Tag]> = {},
  ...children: readonly (Node | string)[]
): Tags[Tag] {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

/** A small square in the colour of a class. */
export function makeSwatch(colour: string): HTMLSpanElement {
  const swatch = make('span', { className: 'swatch' });
  swatch.style.background = colour;
  return swatch;
}
