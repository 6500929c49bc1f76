import { Command } from 'commander';

import type { BuiltFleet } from '../shared/fleet/build.ts';
import { formatFinding, type Finding } from '../shared/fleet/findings.ts';
import { collectRepository, guarded, readFleet, type FleetOptions } from './fleet-files.ts';
import { terminal, type Output } from './output.ts';

/** `reflex validate FILE` */
export function validateCommand(output: Output = terminal): Command {
  return withFleetOptions(new Command('validate'))
    .summary('check a fleet file and what it includes')
    .description(
      'Checks a fleet file and every file that it includes: YAML, keys, values, references, teams and the ceiling.\n' +
        'Prints every finding with its line. Exit code 0: no errors; 1: errors.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  reflex validate fleet.yaml\n  reflex validate fleet.yaml --repo contoso/shop-gitops=../shop-gitops --ceiling ceiling.json',
    )
    .action(async (file: string, options: FleetOptions) => {
      await guarded(output, async () => {
        const built = await readFleet(file, options);
        print(output, built, options);
        return isValid(built) ? 0 : 1;
      });
    });
}

/** The argument and options that every command on fleet files takes. */
export function withFleetOptions(command: Command): Command {
  return command
    .argument('<file>', 'the root fleet file')
    .option(
      '--repo <owner/name=dir>',
      'local directory of a repository that the file includes from (repeatable)',
      collectRepository,
      {},
    )
    .option('--ceiling <file>', 'JSON file with the value of the setting REFLEX_CEILING')
    .option('--json', 'print JSON instead of text');
}

/** True if nothing keeps any part of the files out of force. */
export function isValid({ fleet, findings }: BuiltFleet): boolean {
  return fleet !== undefined && findings.every(({ severity }) => severity !== 'error');
}

function print(output: Output, built: BuiltFleet, { json }: FleetOptions): void {
  const { fleet, findings, parts } = built;
  if (json === true) {
    const revision = fleet?.revision ?? null;
    output.out(JSON.stringify({ valid: isValid(built), revision, findings, parts }, null, 2));
    return;
  }
  findings.forEach((finding) => output.out(formatFinding(finding)));
  const files = `${parts.length} ${parts.length === 1 ? 'file' : 'files'}`;
  output.out(
    isValid(built)
      ? `valid: ${files}${summary(findings)}, revision ${fleet?.revision.slice(0, 12) ?? ''}`
      : `not valid: ${files}${summary(findings)}`,
  );
}

function summary(findings: readonly Finding[]): string {
  return (['error', 'warning', 'note'] as const)
    .map((severity) => ({ severity, count: findings.filter((finding) => finding.severity === severity).length }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => `, ${count} ${severity}${count === 1 ? '' : 's'}`)
    .join('');
}
