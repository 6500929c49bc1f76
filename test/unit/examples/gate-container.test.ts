import { readFile } from 'node:fs/promises';

import { expect, it } from 'vitest';

import { gateBlobName } from '../../../shared/adapters/gate-documents/blob-gate-documents.ts';
import { GATE_CONTAINER } from '../../../shared/composition/gate-opener.ts';

it('the gates read the documents where the app writes them', async () => {
  const manifest = await readFile(new URL('../../../examples/gate/gate.yaml', import.meta.url), 'utf8');
  const edge = /GATE_EDGE: (\S+)/.exec(manifest)?.[1] ?? 'none';
  const urls = manifest.match(/https:\/\/\w+\.blob\.core\.windows\.net\S+/g);
  expect(urls?.map((url) => new URL(url).pathname)).toEqual(
    Array.from({ length: 2 }, () => `/${GATE_CONTAINER}/${gateBlobName(edge)}`),
  );
});
