import type { Shares, Span } from './shares.ts';

/** Okabe and Ito's colours, which people with any colour vision can tell apart; more origins begin again. */
const COLOURS = ['#0072B2', '#E69F00', '#009E73', '#CC79A7', '#56B4E9', '#D55E00', '#F0E442', '#999999'];
/** In the picture's own units. */
const PLOT = { left: 50, top: 10, width: 640, height: 220 } as const;
const LEGEND_ROW = 20;

/**
 * An edge's shares as stacked steps over time, as an inline SVG. Pure.
 * @param escape - makes text safe between tags and in attributes.
 */
export function sharesPicture({ origins, spans }: Shares, escape: (text: string) => string): string {
  const from = spans[0]?.from ?? 0;
  const to = spans.at(-1)?.to ?? from + 1;
  const scale = { from, perMs: PLOT.width / Math.max(1, to - from) };
  const height = PLOT.top + PLOT.height + 30 + LEGEND_ROW * origins.length;
  const bars = spans.flatMap((span) => barsOf(span, scale, (index) => escape(origins[index] ?? '')));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="Share of each origin over time" viewBox="0 0 710 ${height}">`,
    ...bars,
    ...axes(from, to),
    ...origins.map((name, index) => legend(escape(name), index)),
    '</svg>',
  ].join('');
}

interface Scale {
  readonly from: number;
  readonly perMs: number;
}

function barsOf({ from, to, shares }: Span, scale: Scale, nameOf: (index: number) => string): readonly string[] {
  const x = PLOT.left + (from - scale.from) * scale.perMs;
  const width = (to - from) * scale.perMs;
  let below = 0;
  return shares.flatMap((share, index) => {
    const bottom = below;
    below += share;
    if (share === 0) {
      return [];
    }
    const y = PLOT.top + PLOT.height * (1 - bottom - share);
    const place = `x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(PLOT.height * share)}"`;
    const since = new Date(from).toISOString();
    const title = `<title>${nameOf(index)}: ${round(share * 100)} % from ${since}</title>`;
    return [`<rect ${place} fill="${colourOf(index)}">${title}</rect>`];
  });
}

function axes(from: number, to: number): readonly string[] {
  const text = (x: number, y: number, anchor: string, words: string): string =>
    `<text x="${x}" y="${y}" font-size="12" text-anchor="${anchor}">${words}</text>`;
  const bottom = PLOT.top + PLOT.height;
  const levels = [0, 50, 100].map((percent) =>
    text(PLOT.left - 6, bottom + 4 - (PLOT.height * percent) / 100, 'end', `${percent} %`),
  );
  const frame = `<rect x="${PLOT.left}" y="${PLOT.top}" width="${PLOT.width}" height="${PLOT.height}" fill="none" stroke="#555"/>`;
  return [
    frame,
    ...levels,
    text(PLOT.left, bottom + 18, 'start', new Date(from).toISOString()),
    text(PLOT.left + PLOT.width, bottom + 18, 'end', new Date(to).toISOString()),
  ];
}

function legend(name: string, index: number): string {
  const y = PLOT.top + PLOT.height + 30 + LEGEND_ROW * index;
  return (
    `<rect x="${PLOT.left}" y="${y}" width="12" height="12" fill="${colourOf(index)}"/>` +
    `<text x="${PLOT.left + 18}" y="${y + 11}" font-size="12">${name}</text>`
  );
}

function colourOf(index: number): string {
  return COLOURS[index % COLOURS.length] ?? '#000';
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
