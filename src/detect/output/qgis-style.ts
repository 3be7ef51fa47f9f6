/** Colours of classes, told apart also by people who see red and green alike (Okabe and Ito, 2008), on any ground. */
export const classColours = [
  '#e69f00',
  '#56b4e9',
  '#009e73',
  '#f0e442',
  '#0072b2',
  '#d55e00',
  '#cc79a7',
] as const;

/** A style of QGIS (QML): outlines without filling, a colour for each class, and a legend of the classes. */
export function qgisStyle(labels: readonly string[]): string {
  const categories = labels.map(
    (label, index) =>
      `<category render="true" symbol="${index}" value="${escaped(label)}" label="${escaped(label)}" type="string"/>`,
  );
  const symbols = labels.map((_, index) => symbol(index));
  return [
    "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>",
    '<qgis version="3.28.0" styleCategories="Symbology">',
    '<renderer-v2 type="categorizedSymbol" attr="label" symbollevels="0" enableorderby="0" forceraster="0">',
    `<categories>${categories.join('')}</categories>`,
    `<symbols>${symbols.join('')}</symbols>`,
    '</renderer-v2>',
    '<blendMode>0</blendMode>',
    '<layerGeometryType>2</layerGeometryType>',
    '</qgis>',
  ].join('\n');
}

function symbol(index: number): string {
  const colour = classColours[index % classColours.length]!;
  const channels = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  const properties: [name: string, value: string][] = [
    ['style', 'no'],
    ['outline_color', [...channels, 255].join(',')],
    ['outline_style', 'solid'],
    ['outline_width', '0.5'],
    ['outline_width_unit', 'MM'],
    ['joinstyle', 'miter'],
  ];
  const options = properties.map(
    ([name, value]) => `<Option type="QString" name="${name}" value="${value}"/>`,
  );
  // Before 3.18, QGIS read these.
  const older = properties.map(([name, value]) => `<prop k="${name}" v="${value}"/>`);
  return (
    `<symbol type="fill" name="${index}" alpha="1" clip_to_extent="1" force_rhr="0">` +
    '<layer class="SimpleFill" enabled="1" pass="0" locked="0">' +
    `<Option type="Map">${options.join('')}</Option>${older.join('')}</layer></symbol>`
  );
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
