import * as z from 'zod';

import { parseFleetDocument, type FleetDocument } from './document.ts';
import type { Finding } from '../findings.ts';
import { explainIssues } from './issues.ts';
import type { SchemaNode } from './schema-keys.ts';
import { IncludedFile, OWNED_SECTIONS, RootFile } from '../schema.ts';

/** What the root file lets an included file do. */
export interface Grant {
  readonly owns: '*' | readonly string[];
  readonly team?: string;
}

/** One fleet file's text and where it came from. */
export interface PartText {
  /** What findings call it: a local path, or `owner/repo/path`. */
  readonly file: string;
  /** `owner/repo` and path there, where it lies in a Git repository: it may never be written. */
  readonly stored?: { readonly repo: string; readonly path: string };
  readonly text: string;
  readonly version: string;
  /** Absent for the root file. */
  readonly grant?: Grant;
  /** The include entry that named it, as `repo branch path`; absent for the root file. */
  readonly via?: string;
}

/** A fleet file that is valid by itself. */
export interface FleetPart {
  readonly source: PartText;
  readonly document: FleetDocument;
  readonly data: IncludedFile;
}

export interface ParsedPart {
  /** Absent if there is an error. */
  readonly part?: FleetPart;
  /** The root file's, where the text has that shape. */
  readonly root?: RootFile;
  readonly findings: readonly Finding[];
}

/** Parses and checks one file by itself. Never throws for what the text holds. */
export function parsePart(source: PartText): ParsedPart {
  const document = parseFleetDocument(source.file, source.text);
  if (document.findings.length > 0) {
    return { findings: document.findings };
  }
  return source.grant === undefined ? parseRoot(source, document) : parseIncluded(source, document, source.grant);
}

function parseRoot(source: PartText, document: FleetDocument): ParsedPart {
  const parsed = RootFile.safeParse(document.value);
  return parsed.success
    ? { part: { source, document, data: parsed.data }, root: parsed.data, findings: [] }
    : { findings: explainIssues(parsed.error.issues, { document, schema: jsonSchemaOf(RootFile) }) };
}

function parseIncluded(source: PartText, document: FleetDocument, grant: Grant): ParsedPart {
  const parsed = IncludedFile.safeParse(document.value);
  if (!parsed.success) {
    return { findings: explainIssues(parsed.error.issues, { document, schema: jsonSchemaOf(IncludedFile) }) };
  }
  const findings = checkOwned(document, parsed.data, grant);
  return findings.length > 0 ? { findings } : { part: { source, document, data: parsed.data }, findings };
}

function jsonSchemaOf(schema: z.ZodType): SchemaNode {
  return z.toJSONSchema(schema, { io: 'input' }) as SchemaNode;
}

function checkOwned(document: FleetDocument, data: IncludedFile, { owns }: Grant): readonly Finding[] {
  return OWNED_SECTIONS.filter((section) => data[section] !== undefined && owns !== '*' && !owns.includes(section)).map(
    (section) =>
      document.remark([section], {
        code: 'not-owned',
        message: `the root file lets this file define ${[owns].flat().join(', ')} and nothing else`,
        atKey: true,
      }),
  );
}
