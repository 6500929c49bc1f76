import type * as z from 'zod';

import { ImageView } from '../shared/api/people/image-schemas.ts';
import { printable, table } from './output.ts';
import { connected, type ConnectionOptions, type Surroundings } from './people/connection.ts';

export interface LiveOptions extends ConnectionOptions {
  readonly jsonl?: boolean;
  readonly repository?: string;
}

/** Prints what an image rule would choose now, as the app answers it. */
export async function explainLiveImage(rule: string, options: LiveOptions, surroundings: Surroundings): Promise<void> {
  const { repository } = options;
  const query = repository === undefined ? '' : `?repository=${encodeURIComponent(repository)}`;
  await connected(surroundings, options, async (client) => {
    const view = await client.get(`images/${encodeURIComponent(rule)}${query}`, ImageView);
    const lines = options.json === true ? [JSON.stringify(view, null, 2)] : inWords(view);
    lines.forEach((line) => surroundings.output.out(line));
    return view.held.length === 0 ? 0 : 1;
  });
}

function inWords({ image, policy, asOf, choices, held }: z.infer<typeof ImageView>): readonly string[] {
  return [
    `${printable(image)}  ${printable(policy)}  (read ${asOf})`,
    ...held.map(({ reason, detail = '' }) => `held: ${printable(reason)} ${printable(detail)}`.trimEnd()),
    ...choices.flatMap(({ stage, tag = 'none', digest = '', standing, warnings, considered, more }) => [
      '',
      `${printable(stage)}: ${[tag, digest]
        .filter((part) => part !== '')
        .map(printable)
        .join('  ')}`,
      ...(standing.length === 0 ? [] : [`  in Git: ${standing.map((one) => printable(one.tag ?? '')).join(', ')}`]),
      ...warnings.map((warning) => `  warning: ${printable(warning)}`),
      ...table(considered.map((one) => [`  ${printable(one.tag)}`, one.verdict, printable(one.reason)])),
      ...(more === 0 ? [] : [`  and ${more} more`]),
    ]),
  ];
}
