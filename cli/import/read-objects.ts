import type { Document } from 'yaml';

import { indexLines } from '../../shared/domain/image/yaml-edit/line-index.ts';
import { MARKER, NEAR, parseMarker } from '../../shared/domain/image/yaml-edit/flux-marker.ts';
import { readMarkedComments } from '../../shared/domain/image/yaml-edit/marker-comments.ts';
import { kindOf } from '../../shared/domain/image/yaml-edit/nodes.ts';
import { parseFile, startOf } from '../../shared/domain/image/yaml-edit/parse.ts';
import type { PlaceKind, TextFile } from '../../shared/domain/image/yaml-edit/place.ts';
import type { Origin, Remark } from './draft.ts';
import { field, textField } from './fields.ts';

/** A Kubernetes object as plain values. */
export interface KubeObject {
  readonly origin: Origin;
  readonly apiVersion: string;
  /** Empty where the object leaves it to whoever applies it. */
  readonly namespace: string;
  readonly body: unknown;
}

/** A Flux setter marker. */
export interface Marker {
  readonly origin: Origin;
  /** `namespace:name` */
  readonly policy: string;
  readonly kind: PlaceKind;
}

export interface ReadObjects {
  readonly objects: readonly KubeObject[];
  readonly markers: readonly Marker[];
  readonly remarks: readonly Remark[];
}

const TELLING = /fluxcd\.io\/|argoproj\.io\/|\$image[-_]?policy/i;
/** Aliases that an object may expand to; more are an attack. */
const MAX_ALIASES = 100;

/** Reads the objects and markers of one file. Pure; a file that cannot be read is a remark, never an error. */
export function readObjects(file: TextFile): ReadObjects {
  if (!TELLING.test(file.text)) {
    return { objects: [], markers: [], remarks: [] };
  }
  const origin: Origin = { file: file.path, line: 1, kind: 'file', name: '' };
  const parsed = parseFile(file.text);
  if ('refused' in parsed) {
    return { objects: [], markers: [], remarks: [{ ...origin, severity: 'unequal', text: parsed.refused }] };
  }
  const positionOf = indexLines(file.text);
  const read = parsed.documents.map((document, index) => {
    const { line } = positionOf(document.contents?.range[0] ?? 0);
    const markers = readMarkers(file, document, { from: startOf(parsed.documents, index), positionOf });
    return { ...readDocument(document, { ...origin, line }), ...markers };
  });
  return {
    objects: read.flatMap(({ objects }) => objects),
    markers: read.flatMap(({ markers }) => markers),
    remarks: read.flatMap(({ remarks, misses }) => [...remarks, ...misses]),
  };
}

function readDocument(document: Document.Parsed, origin: Origin): Pick<ReadObjects, 'objects' | 'remarks'> {
  if (kindOf(document.contents) === '') {
    return { objects: [], remarks: [] };
  }
  try {
    const body: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    return { objects: objectsIn(body, origin), remarks: [] };
  } catch {
    const text = 'its aliases cannot be expanded';
    return { objects: [], remarks: [{ ...origin, severity: 'unequal', text }] };
  }
}

/** `kubectl get -o yaml` prints a List. */
function objectsIn(body: unknown, origin: Origin): readonly KubeObject[] {
  const kind = textField(body, 'kind') ?? '';
  const items = field(body, 'items');
  if (kind === 'List' && Array.isArray(items)) {
    return items.flatMap((item) => (textField(item, 'kind') === 'List' ? [] : objectsIn(item, origin)));
  }
  return [
    {
      origin: { ...origin, kind, name: textField(body, 'metadata', 'name') ?? '' },
      apiVersion: textField(body, 'apiVersion') ?? '',
      namespace: textField(body, 'metadata', 'namespace') ?? '',
      body,
    },
  ];
}

function readMarkers(
  { path, text }: TextFile,
  document: Document.Parsed,
  { from, positionOf }: { readonly from: number; readonly positionOf: ReturnType<typeof indexLines> },
): { readonly markers: readonly Marker[]; readonly misses: readonly Remark[] } {
  const markers: Marker[] = [];
  const misses: Remark[] = [];
  for (const comment of readMarkedComments(text, document, { words: NEAR, from })) {
    const marker = parseMarker(comment.text);
    const origin = { file: path, line: positionOf(comment.start).line, kind: 'marker', name: marker?.policy ?? '' };
    if (marker === undefined || comment.value === undefined) {
      const why = marker === undefined ? `is not written as {"${MARKER}": "namespace:name"}` : 'belongs to no scalar';
      misses.push({ ...origin, severity: 'unequal', text: `this marker ${why}; Flux passes it over` });
    } else {
      markers.push({ origin, ...marker });
    }
  }
  return { markers, misses };
}
