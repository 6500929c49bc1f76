const NAME = '[A-Za-z][A-Za-z0-9:-]*';
const TAG = new RegExp(`^<(/?)(${NAME})((?: ${NAME}="[^"<]*")*)(/?)>`);
const TEXT = /^(?:[^<&]|&(?:amp|lt|gt|quot|#39);)+/;

/** The first fault of a text as XML, without declarations, comments and CDATA; undefined if it is well-formed. */
export function xmlFault(text: string): string | undefined {
  const open: string[] = [];
  let rest = text.trim();
  let count = 0;
  while (rest !== '') {
    const plain = TEXT.exec(rest)?.[0];
    const [tag, end, name = '', attributes = '', empty] = TAG.exec(rest) ?? [];
    if (plain === undefined && tag === undefined) {
      return `neither text nor tag: ${rest.slice(0, 60)}`;
    }
    rest = rest.slice((plain ?? tag ?? '').length);
    if (tag === undefined) {
      if (open.length === 0) {
        return 'text outside of the root';
      }
      continue;
    }
    if (/&(?!amp;|lt;|gt;|quot;|#39;)/.test(attributes)) {
      return `a bare & in ${tag}`;
    }
    if (open.length === 0 && count > 0 && end === '') {
      return 'a second root';
    }
    count += 1;
    if (end === '/') {
      if (open.pop() !== name) {
        return `</${name}> ends nothing`;
      }
    } else if (empty === '') {
      open.push(name);
    }
  }
  return open.length === 0 ? undefined : `<${open.join('><')}> is not ended`;
}
