/** A figure over a size, from small to large. */
export interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly points: readonly Point[];
  /** A cost has both axes in powers of ten, with the line of exact proportion; else y begins at 0. */
  readonly kind: 'cost' | 'level';
}

export interface Point {
  readonly size: number;
  readonly figure: number;
}

const width = 420;
const height = 280;
const margin = { left: 64, right: 20, top: 36, bottom: 40 };
const inner = {
  width: width - margin.left - margin.right,
  height: height - margin.top - margin.bottom,
};

/** A drawing in SVG, two panels a row. */
export function toPlot(panels: readonly Panel[]): string {
  const rows = Math.ceil(panels.length / 2);
  const drawn = panels.map((panel, place) => {
    const [x, y] = [(place % 2) * width, Math.floor(place / 2) * height];
    return `<g transform="translate(${x + margin.left},${y + margin.top})">${toPanel(panel)}</g>`;
  });
  const box = `0 0 ${2 * width} ${rows * height}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box}" font-family="sans-serif" font-size="11">`,
    `<title>${panels.map(({ title }) => title).join(', ')}</title>`,
    `<rect width="100%" height="100%" fill="white"/>`,
    ...drawn,
    '</svg>\n',
  ].join('\n');
}

function toPanel({ title, unit, points, kind }: Panel): string {
  const figures = points.map(({ figure }) => figure);
  const most = Math.max(...figures);
  const toX = toScale(Math.min(...points.map(({ size }) => size)), sizeOf(points.at(-1)), true);
  const low = kind === 'cost' ? powerBelow(Math.min(...figures)) : 0;
  const high = kind === 'cost' ? 1 / powerBelow(1 / most) : most * 1.2;
  const toY = (figure: number) => inner.height * (1 - toScale(low, high, kind === 'cost')(figure));
  const place = ({ size, figure }: Point) =>
    `${(inner.width * toX(size)).toFixed(1)},${toY(figure).toFixed(1)}`;

  const lines = (kind === 'cost' ? powers(low, high) : [0, most]).map((figure) => {
    const y = toY(figure).toFixed(1);
    return `<path d="M0 ${y}H${inner.width}" stroke="#ddd"/><text x="-6" y="${y}" dy="4" text-anchor="end">${toLabel(figure)}</text>`;
  });
  const sizes = points.map(({ size }) => {
    const x = (inner.width * toX(size)).toFixed(1);
    return `<text x="${x}" y="${inner.height + 16}" text-anchor="middle">${toLabel(size)}</text>`;
  });
  return [
    `<text y="-14" font-weight="bold">${title}</text>`,
    `<text x="${inner.width}" y="-14" text-anchor="end">${unit}</text>`,
    ...lines,
    ...sizes,
    kind === 'cost' ? toProportion(points, low, place) : '',
    `<polyline points="${points.map(place).join(' ')}" fill="none" stroke="#1f5fbf" stroke-width="2"/>`,
    ...points.map(
      (point) => `<circle r="3" fill="#1f5fbf" transform="translate(${place(point)})"/>`,
    ),
  ].join('\n');
}

/** The line on which twice the size costs twice as much, through the largest. */
function toProportion(
  points: readonly Point[],
  low: number,
  place: (point: Point) => string,
): string {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return '';
  const size = Math.max(first.size, (last.size * low) / last.figure);
  const begin = { size, figure: (last.figure * size) / last.size };
  return `<polyline points="${place(begin)} ${place(last)}" fill="none" stroke="#999" stroke-dasharray="4 4"/>`;
}

/** Where a value lies between two others, 0 to 1. */
function toScale(low: number, high: number, isLog: boolean): (value: number) => number {
  if (!isLog) return (value) => (value - low) / (high - low);
  return (value) => Math.log(value / low) / Math.log(high / low);
}

function sizeOf(point: Point | undefined): number {
  return point?.size ?? 1;
}

function powerBelow(value: number): number {
  return 10 ** Math.floor(Math.log10(value));
}

function powers(low: number, high: number): number[] {
  const count = Math.round(Math.log10(high / low)) + 1;
  return Array.from({ length: count }, (_, step) => low * 10 ** step);
}

function toLabel(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US');
}
