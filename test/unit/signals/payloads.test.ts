import { describe, expect, it } from 'vitest';

import { decodeBody, decodeEvents } from '../../../shared/signals/decode.ts';
import type { Decoded } from '../../../shared/signals/signal.ts';
import { expectations, parsedPayload, payload, payloadFiles } from './payloads.ts';

function summary(decoded: Decoded): object {
  if (decoded.outcome === 'known') {
    const { family, type } = decoded.signal;
    return { outcome: decoded.outcome, family, type };
  }
  return { family: undefined, type: undefined, ...decoded };
}

describe('every sample payload', () => {
  it('has an expectation', () => {
    expect(Object.keys(expectations).sort()).toEqual([...payloadFiles].sort());
  });

  it.each(payloadFiles)('%s is decoded as expected', (file) => {
    const decoded = decodeBody(payload(file)).map(summary);
    const expected = expectations[file]!;
    expect(decoded).toHaveLength(expected.length);
    expected.forEach((one, at) => {
      expect(decoded[at]).toMatchObject({ family: undefined, ...one });
    });
  });

  it.each(payloadFiles)('%s means the same as bytes, as text and parsed', (file) => {
    const decoded = decodeBody(payload(file));
    expect(decodeBody(Buffer.from(payload(file)).toString())).toEqual(decoded);
    expect(decodeEvents(parsedPayload(file))).toEqual(decoded);
  });

  it('gives a reason for everything that is not known', () => {
    for (const file of payloadFiles) {
      for (const decoded of decodeBody(payload(file))) {
        expect(decoded.outcome === 'known' || decoded.reason.length > 10).toBe(true);
      }
    }
  });
});
