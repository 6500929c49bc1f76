import type { ImageName } from '../reference.ts';

/** A form in which a file names an image. */
export type EditMode =
  'kustomize-images' | 'flux-marker' | 'helm-values' | 'raw-manifest' | 'argocd-app' | 'helmrelease-or-flux';

/** Every form. @public */
export const EDIT_MODES: readonly EditMode[] = [
  'kustomize-images',
  'flux-marker',
  'helm-values',
  'raw-manifest',
  'argocd-app',
  'helmrelease-or-flux',
];

/** What to look for in a file. */
export interface PlaceQuery {
  readonly image: ImageName;
  /** Absent: told from each document. */
  readonly mode?: EditMode;
  /** Exact values at exact paths, such as `image.tag`; nothing else is looked for. */
  readonly keys?: readonly KeyValue[];
  /** By `namespace:name`, what Flux markers stand for; absent, markers beside the image itself count. */
  readonly policies?: Readonly<Record<string, MarkerPolicy>>;
}

export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

export interface MarkerPolicy {
  readonly name: string;
  readonly tag: string;
  readonly digest?: string;
}

/** A file as Git holds it; `path` tells a Kustomization or an Argo CD source by its name. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** What a scalar holds: `[tag][@digest]`, a digest, a whole reference, or a name alone. */
export type PlaceKind = 'tag' | 'digest' | 'image' | 'name';

/** One scalar that says which version of the image a file uses. Lines and columns count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly mode: EditMode;
  readonly kind: PlaceKind;
  /** Tag and digest in this scalar; empty text counts as none. */
  readonly current: { readonly tag?: string; readonly digest?: string };
  /** What must be written, where the query says so exactly. */
  readonly value?: string;
  readonly scalar: ScalarText;
}

/** A scalar's characters. Offsets are UTF-16 units into the file's text. */
export interface ScalarText {
  readonly start: number;
  readonly end: number;
  /** `block`: the one line of content of a block scalar. `absent`: nothing stands there yet; `lead` comes first. */
  readonly style: 'plain' | 'single' | 'double' | 'block' | 'absent';
  readonly text: string;
  /** Line end that a block scalar keeps after its content. */
  readonly tail: string;
  /** Text to put before the value: the key and indentation of an entry that is missing. */
  readonly lead: string;
}

export interface FoundPlaces {
  /** In the order of the text. */
  readonly places: readonly Place[];
  readonly warnings: readonly string[];
  /** Why nothing in this file may be written. */
  readonly refused?: string;
}
