import { beforeEach, describe, expect, it } from 'vitest';

import {
  closeGate,
  firstGates,
  openGate,
  type GateChange,
  type GateDocument,
} from '../../shared/domain/traffic/gate.ts';
import { BlobConflictError } from '../../shared/errors.ts';
import type { GateDocuments } from '../../shared/ports/gate-documents.ts';

const EDGE =
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourcegroups/rg/providers/microsoft.network/trafficmanagerprofiles/shop';
const AT = '2026-11-21T08:00:00.000Z';
const ORIGINS = ['neu', 'sea', 'weu'];
const FIRST = firstGates(EDGE, ORIGINS, AT);

/** Every GateDocuments must pass this; `open` answers with one that holds nothing. */
export function describeGateDocuments(name: string, open: () => GateDocuments): void {
  describe(`GateDocuments contract: ${name}`, () => {
    let gates: GateDocuments;

    beforeEach(() => {
      gates = open();
    });

    it('has nothing at first, and then what was written', async () => {
      expect(await gates.read(EDGE)).toBeUndefined();
      const etag = await gates.write(FIRST, 'new');
      expect(await gates.read(EDGE)).toEqual({ document: FIRST, etag, isComplete: true });
    });

    it('has one document for each edge', async () => {
      await gates.write(FIRST, 'new');
      const other = { ...FIRST, edge: EDGE.replace('shop', 'admin') };
      expect(await gates.read(other.edge)).toBeUndefined();
      await gates.write(other, 'new');
      expect((await gates.read(EDGE))?.document).toEqual(FIRST);
      expect((await gates.read(other.edge))?.document).toEqual(other);
    });

    it('goes on from the etag of the write and from that of the read', async () => {
      const closed = changed(closeGate(FIRST, 'weu', AT));
      await gates.write(closed, { etag: await gates.write(FIRST, 'new') });
      const { document, etag } = (await gates.read(EDGE))!;
      const opened = changed(openGate(document, 'weu', AT));
      await gates.write(opened, { etag });
      expect((await gates.read(EDGE))?.document).toEqual(opened);
    });

    it('lets one of two writers through', async () => {
      const etag = await gates.write(FIRST, 'new');
      await gates.write(changed(closeGate(FIRST, 'weu', AT)), { etag });
      const late = changed(closeGate(FIRST, 'neu', AT));
      await expect(gates.write(late, { etag })).rejects.toThrow(BlobConflictError);
      await expect(gates.write(late, 'new')).rejects.toThrow(BlobConflictError);
      expect((await gates.read(EDGE))?.document.closed).toEqual(['weu']);
    });

    it('writes no document that does not outrank the one in force', async () => {
      const closed = changed(closeGate(FIRST, 'weu', AT));
      await gates.write(FIRST, 'new');
      const { etag } = (await gates.read(EDGE))!;
      await expect(gates.write({ ...closed, sequence: FIRST.sequence - 1 }, { etag })).rejects.toThrow(RangeError);
      expect((await gates.read(EDGE))?.document).toEqual(FIRST);
    });

    it.each<[string, Partial<GateDocument>]>([
      ['that closes every gate', { closed: ORIGINS }],
      ['that closes what it does not know', { closed: ['mars'] }],
      ['of an edge that is no ARM id', { edge: 'shop' }],
      ['that was never issued', { issued: 'yesterday' }],
    ])('writes no document %s', async (_, wrong) => {
      await expect(gates.write({ ...FIRST, ...wrong }, 'new')).rejects.toThrow(RangeError);
      expect(await gates.read(EDGE)).toBeUndefined();
    });
  });
}

function changed(change: GateChange): GateDocument {
  if (change.outcome !== 'changed') {
    throw new Error(change.outcome);
  }
  return change.document;
}
