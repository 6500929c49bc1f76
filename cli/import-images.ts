import { Command, InvalidArgumentError } from 'commander';

import { assemble, type FleetDraft } from './import/assemble.ts';
import type { Remark } from './import/draft.ts';
import { readFlux } from './import/flux.ts';
import { readImageUpdater } from './import/image-updater.ts';
import { printFleet } from './import/print.ts';
import { readObjects } from './import/read-objects.ts';
import { walk } from './import/walk.ts';
import { printable, table, terminal, type Output } from './output.ts';

interface ImportOptions {
  readonly github?: string;
  readonly branch?: string;
  readonly json?: boolean;
}

/** `reflex import DIR` */
export function importCommand(output: Output = terminal): Command {
  return new Command('import')
    .summary('make a fleet file of what Flux or Argo CD Image Updater read')
    .description(
      'Reads Flux image policies, repositories, automations and markers, annotations of Argo CD Image Updater and its\n' +
        'ImageUpdater resources from the YAML files below a directory, and prints the images, policies and stages of a\n' +
        'fleet file. Give it the root of the repository: paths count from there. What was read is told on stderr.\n' +
        'Exit code 0: all of it was translated; 1: something has no equal (a comment says what); 2: no such directory.',
    )
    .argument('<dir>', 'the checked out repository')
    .option('--github <owner/name>', 'its name on GitHub, where the files do not say it', toRepository)
    .option('--branch <name>', 'its branch, where the files do not say it')
    .option('--json', 'print JSON instead of text')
    .addHelpText('after', '\nExample:\n  reflex import ../gitops --github contoso/gitops > reflex.yaml')
    .action(async (directory: string, options: ImportOptions) => {
      const imported = await importImages(directory, options);
      if (imported === undefined) {
        throw new InvalidArgumentError(`no directory: ${directory}`);
      }
      print(output, imported, options);
      output.exit(imported.remarks.some(({ severity }) => severity === 'unequal') ? 1 : 0);
    });
}

/** What was made of a directory. */
export interface Imported {
  /** Text of a fleet file. */
  readonly fleet: string;
  readonly images: FleetDraft['images'];
  readonly origins: FleetDraft['origins'];
  readonly remarks: readonly Remark[];
}

/** Reads a directory. @returns undefined if there is none. */
export async function importImages(
  directory: string,
  { github, branch }: ImportOptions = {},
): Promise<Imported | undefined> {
  const walked = await walk(directory);
  if (walked === undefined) {
    return undefined;
  }
  const read = walked.files.map(readObjects);
  const objects = read.flatMap((one) => one.objects);
  const readings = [
    readFlux(
      objects,
      read.flatMap((one) => one.markers),
    ),
    readImageUpdater(objects),
  ];
  const draft = assemble(
    readings.flatMap(({ drafts }) => drafts),
    { github, branch },
  );
  const remarks = [walked, ...read, ...readings, draft].flatMap((one) => one.remarks);
  return { fleet: printFleet(draft, remarks), images: draft.images, origins: draft.origins, remarks };
}

function print(output: Output, { fleet, images, origins, remarks }: Imported, { json }: ImportOptions): void {
  if (json === true) {
    output.out(JSON.stringify({ fleet, images, origins, remarks }, null, 2));
    return;
  }
  output.out(fleet.trimEnd());
  const rows = [
    ...Object.entries(origins).flatMap(([rule, from]) => from.map((origin) => ({ ...origin, became: `rule ${rule}` }))),
    ...remarks.map((remark) => ({
      ...remark,
      became: `${remark.severity === 'note' ? 'note' : 'no equal'}: ${remark.text}`,
    })),
  ];
  const cells = rows.map(({ file, line, kind, name, became }) =>
    [`${file}:${line}`, kind, name, became].map(printable),
  );
  table([['READ', 'KIND', 'NAME', 'BECAME'], ...cells]).forEach((line) => output.err(line));
}

function toRepository(text: string): string {
  if (!/^[A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+$/.test(text)) {
    throw new InvalidArgumentError('expected OWNER/NAME');
  }
  return text;
}
