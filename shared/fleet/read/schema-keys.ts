import type { FleetPath } from '../findings.ts';

/** A JSON Schema as `z.toJSONSchema` writes it: no references, everything in place. */
export interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

/** Keys that the schema knows for the map at `path`; of all alternatives where there are several. */
export function keysAt(schema: SchemaNode, path: FleetPath): readonly string[] {
  const nodes = path.reduce<readonly SchemaNode[]>(
    (level, step) => level.flatMap((node) => below(node, step)),
    [schema],
  );
  return nodes.flatMap(alternatives).flatMap(({ properties = {} }) => Object.keys(properties));
}

function below(node: SchemaNode, step: string | number): readonly SchemaNode[] {
  return alternatives(node).flatMap((each) => {
    const child = typeof step === 'number' ? each.items : (each.properties?.[step] ?? each.additionalProperties);
    return typeof child === 'object' ? [child] : [];
  });
}

function alternatives(node: SchemaNode): readonly SchemaNode[] {
  return node.anyOf === undefined ? [node] : node.anyOf.flatMap(alternatives);
}
