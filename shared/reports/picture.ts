import { cut } from '../notify/page-text.ts';
import type { Shares, Span } from './shares.ts';

/** Okabe and Ito's colours, which people with any colour vision can tell apart, and what is legible on each. */
const COLOURS = [
  { fill: '#0072B2', text: '#fff' },
  { fill: '#E69F00', text: '#1b1b1b' },
  { fill: '#009E73', text: '#1b1b1b' },
  { fill: '#CC79A7', text: '#1b1b1b' },
  { fill: '#56B4E9', text: '#1b1b1b' },
  { fill: '#D55E00', text: '#1b1b1b' },
  { fill: '#F0E442', text: '#1b1b1b' },
  { fill: '#999999', text: '#1b1b1b' },
] as const;
const WHITE = { fill: '#fff', text: '#1b1b1b' } as const;
/** In the picture's own units. */
const PLOT = { left: 50, top: 10, width: 640, height: 220 } as const;
const WIDTH = 710;
const BOTTOM = PLOT.top + PLOT.height;
const LEGEND_TOP = BOTTOM + 44;
const LEGEND_ROW = 20;
const FONT = 12;
/** Room that a time (`08:01:00`) and a share (`33.3 %`) take. */
const TIME_WIDTH = 56;
const SHARE = { width: 46, height: 16 } as const;
/** What fits beside the legend's square, in wide letters. */
const MAX_NAME = 80;

/**
 * An edge's shares as stacked steps over time, as an inline SVG; the legend stands in the order of the stack. Pure.
 * @param escape - makes text safe between tags and in attributes.
 */
export function sharesPicture({ origins, spans }: Shares, escape: (text: string) => string): string {
  const from = spans[0]?.from ?? 0;
  const to = spans.at(-1)?.to ?? from + 1;
  const scale = { from, perMs: PLOT.width / Math.max(1, to - from) };
  const height = LEGEND_TOP + LEGEND_ROW * origins.length;
  const bars = spans.flatMap((span) => barsOf(span, scale, (index) => escape(origins[index] ?? '')));
  const label = 'aria-label="Share of each origin over time"';
  const font = `font-family="system-ui,sans-serif" font-size="${FONT}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" ${label} viewBox="0 0 ${WIDTH} ${height}" ${font}>`,
    ...bars,
    ...levels(),
    ...times(spans, scale, to),
    ...origins.map((name, index) => legend(escape(cut(name, MAX_NAME)), { index, row: origins.length - 1 - index })),
    '</svg>',
  ].join('');
}

interface Scale {
  readonly from: number;
  readonly perMs: number;
}

function barsOf({ from, to, shares }: Span, scale: Scale, nameOf: (index: number) => string): readonly string[] {
  const [x, end] = [placeOf(from, scale), placeOf(to, scale)];
  const width = round(end - x);
  let below = 0;
  return shares.flatMap((share, index) => {
    const bottom = below;
    below += share;
    if (share === 0) {
      return [];
    }
    const y = PLOT.top + PLOT.height * (1 - bottom - share);
    const high = PLOT.height * share;
    const place = `x="${x}" y="${round(y)}" width="${width}" height="${round(high)}"`;
    const title = `<title>${nameOf(index)}: ${round(share * 100)} % from ${new Date(from).toISOString()}</title>`;
    // Smooth edges would leave white seams between neighbours.
    const bar = `<rect shape-rendering="crispEdges"${faded(index)} ${place} fill="${colourOf(index).fill}">${title}</rect>`;
    const hasRoom = width >= SHARE.width && high >= SHARE.height;
    const middle = { x: x + width / 2, y: y + high / 2 + FONT / 3 };
    const words = `${Math.round(share * 1000) / 10} %`;
    return hasRoom ? [bar, text(middle, 'middle', words, inkOn(index))] : [bar];
  });
}

function levels(): readonly string[] {
  const marks = [0, 50, 100].map((percent) => {
    const y = BOTTOM + FONT / 3 - (PLOT.height * percent) / 100;
    return text({ x: PLOT.left - 6, y }, 'end', `${percent} %`);
  });
  const frame = `<rect x="${PLOT.left}" y="${PLOT.top}" width="${PLOT.width}" height="${PLOT.height}" fill="none" stroke="#555"/>`;
  return [frame, ...marks];
}

/** Where a time stands. Neighbours meet: it is rounded once. */
function placeOf(at: number, { from, perMs }: Scale): number {
  return round(PLOT.left + (at - from) * perMs);
}

/** When each change was, as far as there is room; the days below. */
function times(spans: readonly Span[], scale: Scale, to: number): readonly string[] {
  const { from } = scale;
  const end = PLOT.left + PLOT.width;
  let taken = PLOT.left + TIME_WIDTH;
  const changes = spans.slice(1).flatMap((span) => {
    const x = placeOf(span.from, scale);
    const tick = `<path d="M${x} ${BOTTOM}v5" stroke="#555"/>`;
    if (x - TIME_WIDTH / 2 < taken || x + TIME_WIDTH / 2 > end - TIME_WIDTH) {
      return [tick];
    }
    taken = x + TIME_WIDTH / 2;
    return [tick, text({ x, y: BOTTOM + 18 }, 'middle', timeOf(span.from))];
  });
  return [
    ...changes,
    text({ x: PLOT.left, y: BOTTOM + 18 }, 'start', timeOf(from)),
    text({ x: end, y: BOTTOM + 18 }, 'end', timeOf(to)),
    text({ x: PLOT.left, y: BOTTOM + 33 }, 'start', `${dayOf(from)} UTC`),
    ...(dayOf(to) === dayOf(from) ? [] : [text({ x: end, y: BOTTOM + 33 }, 'end', `${dayOf(to)} UTC`)]),
  ];
}

function legend(name: string, { index, row }: { readonly index: number; readonly row: number }): string {
  const y = LEGEND_TOP + LEGEND_ROW * row;
  return (
    `<rect${faded(index)} x="${PLOT.left}" y="${y}" width="12" height="12" fill="${colourOf(index).fill}"/>` +
    text({ x: PLOT.left + 18, y: y + 11 }, 'start', name)
  );
}

type Anchor = 'start' | 'middle' | 'end';

function text(
  { x, y }: { readonly x: number; readonly y: number },
  anchor: Anchor,
  words: string,
  ink?: string,
): string {
  const fill = ink === undefined ? '' : ` fill="${ink}"`;
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"${fill}>${words}</text>`;
}

function colourOf(index: number): (typeof COLOURS)[number] | typeof WHITE {
  return COLOURS[index % COLOURS.length] ?? WHITE;
}

/** The ninth origin has the colour of the first again, but lighter. */
function faded(index: number): string {
  const turn = Math.floor(index / COLOURS.length);
  return turn === 0 ? '' : ` fill-opacity="${round(0.6 ** turn)}"`;
}

function inkOn(index: number): string {
  return index < COLOURS.length ? colourOf(index).text : WHITE.text;
}

function timeOf(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
