/** An axis: how values become places, and what is written along it. */
export interface Axis {
  readonly scale: 'linear' | 'log';
  /** What is beyond them is drawn at the edge. */
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
  readonly label: string;
}

export interface Line {
  /** Class of its colour. */
  readonly id: string;
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** A stretch of the horizontal axis with a meaning of its own. */
export interface Band {
  readonly from: number;
  readonly to: number;
  readonly name: string;
}

export interface LineChart {
  /** For who cannot see it. */
  readonly label: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
  readonly bands?: readonly Band[];
}

export interface Bar {
  readonly name: string;
  /** Written behind it. */
  readonly text: string;
  readonly isEmphasized: boolean;
  readonly parts: readonly { readonly id: string; readonly name: string; readonly value: number }[];
}

/** Lines in a frame, as SVG without a script. */
export function lineChart({ label, x, y, lines, bands = [] }: LineChart): string {
  const across = placesOf(x, LEFT, WIDTH - RIGHT);
  const up = placesOf(y, HEIGHT - BOTTOM, TOP);
  const [top, bottom] = [TOP, HEIGHT - BOTTOM];
  const parts = [
    ...bands.map(
      ({ from, to, name }) =>
        `<rect class="band" x="${across(from)}" y="${top}" width="${fixed(across(to) - across(from))}" height="${bottom - top}"><title>${escapeHtml(name)}</title></rect>`,
    ),
    ...y.ticks.map(
      ({ at, text }) =>
        `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${up(at)}" y2="${up(at)}"/><text x="${LEFT - 8}" y="${up(at)}" dy="0.32em" text-anchor="end">${escapeHtml(text)}</text>`,
    ),
    ...x.ticks.map(
      ({ at, text }) =>
        `<line class="tick" x1="${across(at)}" x2="${across(at)}" y1="${bottom}" y2="${bottom + 4}"/><text x="${across(at)}" y="${bottom + 18}" text-anchor="middle">${escapeHtml(text)}</text>`,
    ),
    `<line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${bottom}" y2="${bottom}"/>`,
    `<text class="label" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 4}" text-anchor="middle">${escapeHtml(x.label)}</text>`,
    `<text class="label" x="${LEFT - 44}" y="${TOP - 12}">${escapeHtml(y.label)}</text>`,
    ...lines.map(
      ({ id, name, points }) =>
        `<polyline class="line ${id}" points="${points.map(([h, v]) => `${across(h)},${up(v)}`).join(' ')}"><title>${escapeHtml(name)}</title></polyline>`,
    ),
  ];
  return svg(label, HEIGHT, parts);
}

/** Stacked horizontal bars on one scale. */
export function barChart(label: string, bars: readonly Bar[]): string {
  const longest = Math.max(...bars.map(({ parts }) => sumOf(parts)), Number.MIN_VALUE);
  const across = (value: number): number => (value / longest) * (BARS_WIDTH - BARS_LEFT - BARS_RIGHT);
  const parts = bars.flatMap(({ name, text, isEmphasized, parts: pieces }, i) => {
    const middle = BAR * (i + 0.5);
    let left = BARS_LEFT;
    const rects = pieces.map((piece) => {
      const width = across(piece.value);
      const rect = `<rect class="${piece.id}" x="${fixed(left)}" y="${middle - 9}" width="${fixed(width)}" height="18"><title>${escapeHtml(piece.name)}</title></rect>`;
      left += width;
      return rect;
    });
    const emphasis = isEmphasized ? ' class="ours"' : '';
    return [
      `<text${emphasis} x="${BARS_LEFT - 10}" y="${middle}" dy="0.32em" text-anchor="end">${escapeHtml(name)}</text>`,
      ...rects,
      `<text${emphasis} x="${fixed(left + 8)}" y="${middle}" dy="0.32em">${escapeHtml(text)}</text>`,
    ];
  });
  return svg(label, BAR * bars.length, parts, BARS_WIDTH);
}

/** Makes a text harmless in HTML and in its attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** In the units of the drawing, which is scaled to where it stands. */
const WIDTH = 560;
const HEIGHT = 300;
const LEFT = 58;
const RIGHT = 14;
const TOP = 28;
const BOTTOM = 44;
const BARS_WIDTH = 1_140;
const BARS_LEFT = 170;
const BARS_RIGHT = 70;
const BAR = 30;

function placesOf({ scale, min, max }: Axis, from: number, to: number): (value: number) => number {
  const measure = scale === 'log' ? Math.log : (value: number): number => value;
  const [low, high] = [measure(min), measure(max)];
  return (value) => {
    const share = (measure(Math.min(Math.max(value, min), max)) - low) / (high - low);
    return fixed(from + share * (to - from));
  };
}

/** A tenth of a unit is less than a pixel; more digits would only make the file larger. */
const fixed = (place: number): number => Math.round(place * 10) / 10;

const sumOf = (parts: readonly { readonly value: number }[]): number =>
  parts.reduce((sum, { value }) => sum + value, 0);

function svg(label: string, height: number, parts: readonly string[], width = WIDTH): string {
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(label)}">${parts.join('\n')}</svg>`;
}
