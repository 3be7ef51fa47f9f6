// The stair: one floor a room, lowest first. A file imports from its own room and from rooms below it, types included,
// and no files import each other in a circle. docs/architecture.md says what each room is for.
const floors = [
  'src/base',
  'src/tensor',
  'src/boxes',
  'src/geo',
  'src/image',
  'src/onnx',
  'kernels',
  'models',
  'src/checkpoint',
  'src/runtime',
  'datasets',
  'src/classify',
  'src/detect',
  'src/browser',
  'src/evaluate',
  'src/charts',
  'src/report',
  'src/train',
  'src/export',
  'src/benchmark',
  'src/check-reference',
  'src/compare',
  'server',
  'src/cli',
  'bench',
];

/** Not in the package: nothing that is may import it. */
const unpublished = ['bench', 'scripts', 'test'];

const above = (floor) => [...floors.slice(floor + 1), 'src/index\\.ts', 'test', 'scripts'].join('|');

module.exports = {
  forbidden: [
    {
      name: 'a circle',
      comment: 'Move what both files need into a file of its own.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'a room that is not on the stair',
      comment: 'Add the folder to the floors in .dependency-cruiser.cjs.',
      severity: 'error',
      from: {
        path: '^(src|kernels|models|datasets|server|bench)/',
        pathNot: `^(${floors.join('|')})/|^src/index\\.ts$`,
      },
      to: {},
    },
    {
      name: 'the page takes more than types from the server',
      comment:
        'A page with a value of the server has its libraries in its bundle. Import the type, or move the value down.',
      severity: 'error',
      from: { path: '^server/browser/' },
      to: { path: '^server/', pathNot: '^server/browser/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'a published file that imports an unpublished one',
      comment: 'Move what the package needs into one of its rooms.',
      severity: 'error',
      from: { path: '^(src|kernels|models|datasets|server)/' },
      to: { path: `^(${unpublished.join('|')})/` },
    },
    ...floors.map((room, floor) => ({
      name: `${room} looks up`,
      comment: 'Move what is needed down to the room that both may import.',
      severity: 'error',
      from: { path: `^${room}/` },
      to: { path: `^(${above(floor)})(/|$)` },
    })),
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|node_modules)' },
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
