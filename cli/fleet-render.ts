import { Command } from 'commander';

import { policyInWords } from '../shared/domain/image/policy-words.ts';
import { nameIn } from '../shared/domain/traffic/twin.ts';
import type { FleetCluster, FleetImage, LoadedFleet } from '../shared/fleet/model.ts';
import { formatFinding } from '../shared/fleet/findings.ts';
import { isSelected } from '../shared/fleet/selectors.ts';
import { originRows, settingRows } from './edge-tables.ts';
import { guarded, readFleet, type FleetOptions } from './fleet-files.ts';
import { table, terminal, type Output } from './output.ts';
import { isValid, withFleetOptions } from './validate.ts';

/** `reflex fleet render FILE` */
export function fleetRenderCommand(output: Output = terminal): Command {
  return withFleetOptions(new Command('render'))
    .summary('show what a fleet file means')
    .description(
      'Shows what a fleet file and its includes expand to: clusters, registries, repositories, for every image and stage\n' +
        'the branch and paths that may be written, for every edge its origins and the settings that are in force.\n' +
        'Exit code 0: rendered; 1: errors (listed on stderr).',
    )
    .addHelpText('after', '\nExample:\n  reflex fleet render fleet.yaml --ceiling ceiling.json')
    .action(async (file: string, options: FleetOptions) => {
      await guarded(output, async () => {
        const built = await readFleet(file, options);
        built.findings.forEach((finding) => output.err(formatFinding(finding)));
        if (built.fleet !== undefined) {
          print(output, built.fleet, options);
        }
        return isValid(built) ? 0 : 1;
      });
    });
}

function print(output: Output, fleet: LoadedFleet, { json }: FleetOptions): void {
  if (json === true) {
    output.out(JSON.stringify(fleet, null, 2));
    return;
  }
  output.out(`fleet ${fleet.name}, revision ${fleet.revision}`);
  for (const [title, rows] of tables(fleet)) {
    if (rows.length > 1) {
      output.out(`\n${title}`);
      table(rows).forEach((line) => output.out(`  ${line}`));
    }
  }
}

type Rows = readonly (readonly string[])[];

function tables(fleet: LoadedFleet): readonly (readonly [string, Rows])[] {
  return [
    [
      'clusters',
      [
        ['NAME', 'LABELS', 'RESOURCE'],
        ...fleet.clusters.map((cluster) => [cluster.name, labels(cluster.labels), cluster.resourceId.key]),
      ],
    ],
    ['may scale up', [['CLUSTER', 'POOL', 'AT MOST', 'MODE'], ...fleet.clusters.flatMap(scaleUpRows)]],
    [
      'registries',
      [
        ['NAME', 'LOGIN SERVER', 'RESOURCE'],
        ...fleet.registries.map((registry) => [registry.name, registry.loginServer, registry.resourceId.key]),
      ],
    ],
    ['key vaults', [['NAME', 'RESOURCE'], ...fleet.keyVaults.map(({ name, resourceId }) => [name, resourceId.key])]],
    [
      'repositories',
      [
        ['NAME', 'REPOSITORY', 'BRANCH'],
        ...fleet.repositories.map((each) => [each.name, `${each.owner}/${each.repo}`, each.branch]),
      ],
    ],
    [
      'images',
      [['RULE', 'IMAGE', 'POLICY', 'MODE', 'STAGE', 'REPOSITORY', 'PATHS'], ...fleet.images.flatMap(imageRows)],
    ],
    [
      'edges',
      [
        ['EDGE', 'SERVICE', 'PRIORITY', 'ORIGIN', 'REGION', 'CLUSTER', 'DRAIN', 'RESTORE', 'RESOURCE'],
        ...originRows(fleet.edges),
      ],
    ],
    ['edge settings', [['EDGE', 'GROUP', 'IN FORCE'], ...settingRows(fleet)]],
    ['schedules', [['NAME', 'UP', 'CLUSTERS', 'MODE'], ...scheduleRows(fleet)]],
    [
      'never written',
      [['REPOSITORY', 'FILES'], ...Object.entries(fleet.fleetFiles).map(([repo, paths]) => [repo, paths.join(' ')])],
    ],
  ];
}

function labels(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([label, value]) => `${label}=${value}`)
    .sort()
    .join(' ');
}

function scaleUpRows({ name, scaleUp }: FleetCluster): Rows {
  const { pool = '', maxNodes, mode = '' } = scaleUp ?? {};
  const most = maxNodes === undefined ? 'as its autoscaler' : `${maxNodes} nodes`;
  return scaleUp === undefined ? [] : [[name, nameIn(pool), most, mode]];
}

function imageRows({ name, registry, repository, policy, mode, stages, gitops }: FleetImage): Rows {
  const rule = [name, `${registry}/${repository}`, policyInWords(policy), mode];
  const place = `${gitops.owner}/${gitops.repo}#${gitops.branch}`;
  return stages.flatMap(({ name: stage, after, paths, write }, stageIndex) =>
    paths.map((path, index) => [
      ...(stageIndex + index === 0 ? rule : ['', '', '', '']),
      index === 0 ? `${stage}${after === undefined ? '' : ` (after ${after})`}` : '',
      index === 0 ? `${place}${write === 'commit' ? '' : ` (${write})`}` : '',
      path,
    ]),
  );
}

function scheduleRows({ sections, clusters }: LoadedFleet): Rows {
  return Object.entries(sections.schedules).map(([name, { select, up, mode }]) => [
    name,
    up.join('; '),
    clusters
      .filter((cluster) => isSelected(select, cluster))
      .map((cluster) => cluster.name)
      .join(' '),
    mode ?? '',
  ]);
}
