/** Draws latencies at several loads as an SVG that stands alone. */

export interface LatencySeries {
  readonly name: string;
  readonly points: readonly {
    readonly percent: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
  }[];
}

const WIDTH = 720;
const HEIGHT = 380;
const FRAME = { left: 64, right: 20, top: 56, bottom: 56 } as const;
const COLOURS = ['#6b7280', '#0f766e', '#b45309', '#7c3aed'] as const;
const DECADES_MS = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1_000] as const;

/** Time in a logarithmic scale upwards, load to the right; p50 is drawn through, p99 is dashed. */
export function drawLatencies(series: readonly LatencySeries[]): string {
  const values = series.flatMap(({ points }) =>
    points.flatMap(({ p50Ms, p99Ms }) => [p50Ms, p99Ms]),
  );
  const low = Math.max(0.05, Math.min(...values) / 1.5);
  const high = Math.max(...values) * 1.5;
  const x = (percent: number): number =>
    FRAME.left + ((WIDTH - FRAME.left - FRAME.right) * percent) / 100;
  const y = (ms: number): number => {
    const part = Math.log(Math.max(ms, low) / low) / Math.log(high / low);
    return HEIGHT - FRAME.bottom - (HEIGHT - FRAME.top - FRAME.bottom) * part;
  };
  const grid = DECADES_MS.filter((ms) => ms >= low && ms <= high).map(
    (ms) =>
      `<line x1="${FRAME.left}" x2="${WIDTH - FRAME.right}" y1="${y(ms).toFixed(1)}" y2="${y(ms).toFixed(1)}" stroke="#d1d5db"/>` +
      `<text x="${FRAME.left - 8}" y="${(y(ms) + 4).toFixed(1)}" text-anchor="end">${ms} ms</text>`,
  );
  const loads = [
    ...new Set(series.flatMap(({ points }) => points.map(({ percent }) => percent))),
  ].map(
    (percent) =>
      `<text x="${x(percent).toFixed(1)}" y="${HEIGHT - FRAME.bottom + 20}" text-anchor="middle">${percent} %</text>`,
  );
  const lines = series.flatMap(({ points }, index) => {
    const colour = COLOURS[index % COLOURS.length];
    const path = (read: (point: LatencySeries['points'][number]) => number): string =>
      points
        .map((point) => `${x(point.percent).toFixed(1)},${y(read(point)).toFixed(1)}`)
        .join(' ');
    return [
      `<polyline points="${path(({ p50Ms }) => p50Ms)}" fill="none" stroke="${colour}" stroke-width="2.5"/>`,
      `<polyline points="${path(({ p99Ms }) => p99Ms)}" fill="none" stroke="${colour}" stroke-width="1.5" stroke-dasharray="5 4"/>`,
    ];
  });
  const legend = series.map(
    ({ name }, index) =>
      `<rect x="${FRAME.left + index * 215}" y="30" width="12" height="12" fill="${COLOURS[index % COLOURS.length]}"/>` +
      `<text x="${FRAME.left + index * 215 + 18}" y="40">${name}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title">
<title id="title">Latency of a product page at parts of the highest rate: p50 drawn through, p99 dashed</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>
<g font-family="system-ui, sans-serif" font-size="12" fill="#374151">
<text x="${FRAME.left}" y="18" font-size="14">Latency by load: p50 (drawn through), p99 (dashed)</text>
${[...legend, ...grid, ...loads, ...lines].join('\n')}
<text x="${(FRAME.left + WIDTH - FRAME.right) / 2}" y="${HEIGHT - 12}" text-anchor="middle">part of the highest rate of each</text>
</g>
</svg>
`;
}
