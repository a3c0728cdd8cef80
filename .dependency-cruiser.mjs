/**
 * The direction of imports. Each layer may use those below it and none above:
 *
 *   main → app → storefront → graphql → flows → modules → partitions → platform/service → platform/engines →
 *   platform/contracts
 *
 * What browsers are sent stands apart: cell/storefront, global-control-plane/console → platform/ui →
 * platform/contracts. Servers load its bundle, and know its types at most.
 *
 * Deployables never import each other: they share `platform/contracts`, and stand on the platform.
 */
const DEPLOYABLES = ['cell', 'global-control-plane', 'router', 'fleet', 'load-tests', 'chaos'];
/** Experiments stand on the harness of the load tests; nobody stands on them. */
const MAY_IMPORT = { chaos: ['load-tests'] };
/** What is built for browsers. */
const SITES = ['cell/storefront', 'global-control-plane/console'];
const anyOf = (names) => `^(?:${names.join('|')})/`;

/** Layers inside the cell and the control plane, top first: [name, path pattern below src]. */
const LAYERS = [
  ['main', 'main\\.ts$'],
  ['app', 'app\\.ts$'],
  // Serves pages from what the flows offer, by the shop's own API.
  ['storefront', 'storefront/'],
  // Translates the shop's own API for clients that speak GraphQL.
  ['graphql', 'graphql/'],
  ['flows', 'flows/'],
  ['modules', 'modules/'],
  ['partitions', 'partitions/'],
];

const DEPLOYABLES_WITH_LAYERS = ['cell', 'global-control-plane'];

const layerRules = DEPLOYABLES_WITH_LAYERS.flatMap((deployable) =>
  LAYERS.slice(1).map(([name, pattern], index) => ({
    name: `${deployable}: ${name} knows nothing above it`,
    severity: 'error',
    comment: `What is above ${name} composes it; move what is shared down.`,
    from: { path: `^${deployable}/src/${pattern}`, pathNot: '\\.test\\.ts$' },
    to: {
      path: LAYERS.slice(0, index + 1).map(([, above]) => `^${deployable}/src/${above}`),
    },
  })),
);

const moduleRules = DEPLOYABLES_WITH_LAYERS.flatMap((deployable) => [
  {
    name: `${deployable}: modules know nothing of each other`,
    severity: 'error',
    comment: 'They meet in a flow, through events, or by an injected function.',
    from: { path: `^${deployable}/src/modules/([^/]+)/`, pathNot: '\\.test\\.ts$' },
    to: { path: `^${deployable}/src/modules/`, pathNot: `^${deployable}/src/modules/$1/` },
  },
  {
    name: `${deployable}: a module is entered by its index.ts`,
    severity: 'error',
    comment: 'Everything else in a module is its own business.',
    from: {
      path: `^${deployable}/src/`,
      pathNot: [`^${deployable}/src/modules/`, '\\.test\\.ts$'],
    },
    to: { path: `^${deployable}/src/modules/[^/]+/`, pathNot: '/modules/[^/]+/index\\.ts$' },
  },
]);

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no circles',
      severity: 'error',
      comment: 'Types belong lower than what uses them.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'contracts stand on nothing of ours',
      severity: 'error',
      from: { path: '^platform/contracts/' },
      to: { path: anyOf(['platform/engines', 'platform/service', ...DEPLOYABLES]) },
    },
    {
      name: 'engines stand on contracts only',
      severity: 'error',
      from: { path: '^platform/engines/' },
      to: { path: anyOf(['platform/service', ...DEPLOYABLES]) },
    },
    {
      name: 'service stands on engines and contracts only',
      severity: 'error',
      from: { path: '^platform/service/' },
      to: { path: anyOf(DEPLOYABLES) },
    },
    ...DEPLOYABLES.map((deployable) => ({
      name: `${deployable} imports no other deployable`,
      severity: 'error',
      comment: 'Share a contract, or talk over HTTP.',
      from: { path: `^${deployable}/` },
      to: {
        path: anyOf(
          DEPLOYABLES.filter(
            (other) => other !== deployable && MAY_IMPORT[deployable]?.includes(other) !== true,
          ),
        ),
      },
    })),
    ...layerRules,
    ...moduleRules,
    {
      name: 'ui stands on contracts only',
      severity: 'error',
      from: { path: '^platform/ui/' },
      to: { path: anyOf(['platform/engines', 'platform/service', ...DEPLOYABLES]) },
    },
    ...SITES.map((site) => ({
      name: `${site} stands on ui and contracts only`,
      severity: 'error',
      comment: 'A page gets its data from the API that every client has.',
      from: { path: `^${site}/`, pathNot: '\\.test\\.tsx?$' },
      to: {
        path: anyOf(['platform/engines', 'platform/service', ...DEPLOYABLES]),
        pathNot: `^${site}/`,
      },
    })),
    {
      name: 'servers load bundles, not the sources of pages',
      severity: 'error',
      comment: 'A type may be taken from a site; code comes from its bundle.',
      from: { path: '^(?:cell|global-control-plane)/src/', pathNot: '\\.test\\.ts$' },
      to: {
        path: [...SITES.map((site) => `^${site}/`), '^platform/ui/'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'nobody imports a test',
      severity: 'error',
      from: {},
      to: { path: '\\.test\\.tsx?$' },
    },
    {
      name: 'everything imported exists and is declared',
      severity: 'error',
      from: {},
      // k6 brings its own modules along; only their types come from a package.
      to: { couldNotResolve: true, pathNot: '^k6(?:/|$)' },
    },
    {
      name: 'what runs needs no development dependency',
      severity: 'error',
      from: {
        path: '/src/',
        pathNot: [
          '\\.test\\.ts$',
          '/test/',
          '-contract\\.ts$',
          'test-run\\.ts$',
          '^fleet/src/check/',
          // Nobody builds pages but on a machine that has the whole repository.
          '^fleet/src/web-build/',
          // Runs with the tests only.
          '^fleet/src/e2e/',
        ],
      },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['npm', 'npm-optional', 'type-only'],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['/\\.data/', '/dist/'] },
    // The compiler that the cruiser knows is older than ours; swc reads the same syntax.
    parser: 'swc',
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json', '.d.ts'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
