/** Files of reactions and targets that read or write something. Every other file of theirs is pure. */
const EFFECTS = [
  '^shared/(reactions|targets)/[^/]+/(pull-requests/)?(index|react|gather|observe|write)[.]ts$',
  '^shared/reactions/image-rollout/(candidates|gated-choice|roll-out|signature-gate|signatures|vulnerability-gate)[.]ts$',
  '^shared/targets/edge/(removal/follow|gates|proven|writer)[.]ts$',
  '^shared/targets/git-branch/(blob-texts|earlier|index-file|read-past|tree-index)[.]ts$',
  '^shared/targets/git-branch/pull-requests/branch[.]ts$',
];
const PURE = '^shared/(domain|intents|commands|reactions|targets)/|^shared/reconcile/plan(-effect)?[.]ts$';
/** What pure code may name; of ports, effects and the loop types alone. */
const PURE_MAY =
  '^(shared/(domain/|intents/|commands/|reactions/|targets/|errors[.]ts$|fleet/(model|asked-of)[.]ts$|ports/|records/audit[.]ts$|reconcile/(plan|plan-effect|target-kind)[.]ts$)|node_modules/(yaml|re2js|zod)/)';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'not-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^@azure/functions-core$' },
    },
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-circular-types',
      comment: 'Outside of tests no two files need each other to be read.',
      severity: 'error',
      from: { path: '^(shared|functions|local|cli)/' },
      to: { circular: true },
    },
    {
      name: 'pure-stays-pure',
      comment:
        'domain/, intents/, commands/, the plan model, and what reactions and targets decide: no SDK, no Node built-in but crypto in domain/digest.ts.',
      severity: 'error',
      from: { path: PURE, pathNot: ['^shared/domain/digest[.]ts$', ...EFFECTS] },
      to: { pathNot: PURE_MAY },
    },
    {
      name: 'pure-imports-no-effects',
      comment: 'What pure code takes from effects, the loop or ports/ is a type.',
      severity: 'error',
      from: { path: PURE, pathNot: EFFECTS },
      to: {
        path: [...EFFECTS, '^shared/(ports/|reconcile/target-kind[.]ts$)'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'reactions-stand-alone',
      comment: 'A reaction imports no other reaction, no target, no adapter.',
      severity: 'error',
      from: { path: '^shared/reactions/([^/]+)/' },
      to: { path: '^shared/(reactions|targets|adapters)/', pathNot: '^shared/reactions/$1/' },
    },
    {
      name: 'targets-know-no-reaction',
      severity: 'error',
      from: { path: '^shared/targets/([^/]+)/' },
      to: { path: '^shared/(reactions|targets|adapters)/', pathNot: '^shared/targets/$1/' },
    },
    {
      name: 'reconcile-knows-target-kinds-only',
      severity: 'error',
      from: { path: '^shared/reconcile/' },
      to: { path: '^shared/(reactions|targets|adapters|pipeline|api)/' },
    },
    {
      name: 'sdk-only-in-adapters',
      severity: 'error',
      from: { path: '^shared/', pathNot: '^shared/(adapters/|composition/credential[.]ts$)' },
      to: { path: '(^|/)(@octokit|@azure|@sigstore)/' },
    },
    {
      name: 'adapters-implement-ports',
      comment: 'An adapter sees ports, domain, errors and itself; limits that two adapters share lie beside them.',
      severity: 'error',
      from: { path: '^shared/adapters/([^/]+)/' },
      to: { path: '^shared/', pathNot: '^shared/(ports/|domain/|errors[.]ts$|adapters/$1/|adapters/[^/]+[.]ts$)' },
    },
    {
      name: 'composition-alone-wires',
      severity: 'error',
      from: { path: '^shared/', pathNot: '^shared/(adapters/|composition[.]ts$|composition/)' },
      to: { path: '^shared/adapters/' },
    },
    {
      name: 'ports-are-types',
      severity: 'error',
      from: { path: '^shared/ports/' },
      to: { pathNot: '^shared/(ports/|domain/|errors[.]ts$)' },
    },
    {
      name: 'functions-are-thin',
      severity: 'error',
      from: { path: '^functions/' },
      to: { pathNot: '^(shared/(composition[.]ts|api/|pipeline/)|node_modules/(@azure/functions|durable-functions)/)' },
    },
    {
      name: 'intake-neither-plans-nor-writes',
      severity: 'error',
      from: { path: '^functions/intake/' },
      to: { path: '^shared/(reconcile|reactions|targets)/' },
    },
    {
      name: 'nothing-imports-the-outside',
      severity: 'error',
      from: { path: '^(shared|functions)/' },
      to: { path: '^(functions|local|cli|bench|scripts|test)/' },
    },
    {
      name: 'local-stays-local',
      severity: 'error',
      from: { path: '^local/' },
      to: { path: '^(test|bench|scripts|functions)/' },
    },
    {
      name: 'no-dev-dependency',
      severity: 'error',
      from: { path: '^(shared|functions)/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^test/fixtures/' },
  },
};
