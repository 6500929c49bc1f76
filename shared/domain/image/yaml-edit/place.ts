import type { Document } from 'yaml';

import type { ImageName } from '../reference.ts';
import type { Position } from './line-index.ts';

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
  /** Absent: the version that is wanted, in the form that stands there: tag, digest or reference. */
  readonly value?: string;
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

/** A file with what is told from its whole text. */
export interface IndexedFile extends TextFile {
  /** JSON has no plain text: what is written gets double quotes. */
  readonly isJson: boolean;
  readonly positionOf: (offset: number) => Position;
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
  /**
   * How the value is written. `typed`: plain, and a tag says that it is text. `block`: the one line of content of a
   * block scalar. `absent`: plain, but nothing stands there yet.
   */
  readonly style: 'plain' | 'typed' | 'single' | 'double' | 'block' | 'absent';
  readonly text: string;
  /** Line end that a block scalar keeps after its content. */
  readonly tail: string;
  /** Text to put before the value: white space, or the key and indentation of an entry that is missing. */
  readonly lead: string;
  /** Text to put after it: white space before a comment. */
  readonly trail: string;
}

export interface FoundPlaces {
  /** In the order of the text. */
  readonly places: readonly Place[];
  readonly warnings: readonly string[];
  /** Why nothing in this file may be written. */
  readonly refused?: string;
  /** The file as it was parsed; none where that was refused. */
  readonly documents: readonly Document.Parsed[];
}
