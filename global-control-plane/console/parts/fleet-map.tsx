import { geoNaturalEarth1, geoPath } from 'd3-geo';
import { useId } from 'react';
import { Link } from 'react-router';
import { feature } from 'topojson-client';
import world from 'world-atlas/land-110m.json' with { type: 'json' };
import type { Fleet, FleetCell } from '../api/fleet-types.ts';
import { useText } from '../i18n/language.tsx';
import { healthOf } from './cell-health.ts';

const WIDTH = 960;
const HEIGHT = 440;
/** Cells of one region stand closer than their names are long: names go to the sides in turn. */
const NAME_GAP = 14;

// The file is plain JSON, whose types are wider than those of the format.
const topology = world as unknown as Parameters<typeof feature>[0];
const land = feature(topology, topology.objects['land'] as Parameters<typeof feature>[1]);
const projection = geoNaturalEarth1().fitSize([WIDTH, HEIGHT + 60], { type: 'Sphere' });
const outline = geoPath(projection)(land) ?? '';

function placeOf(cell: FleetCell): readonly [number, number] {
  return projection([cell.longitude, cell.latitude]) ?? [0, 0];
}

/** A bow from a primary to the standby of its partitions. */
function bow([x1, y1]: readonly [number, number], [x2, y2]: readonly [number, number]): string {
  const rise = Math.max(14, Math.hypot(x2 - x1, y2 - y1) / 4);
  return `M${x1} ${y1}Q${(x1 + x2) / 2} ${(y1 + y2) / 2 - rise} ${x2} ${y2}`;
}

/** Where the cells stand, how they are, and which of them stand by for which. */
export function FleetMap({ fleet }: { readonly fleet: Fleet }) {
  const text = useText();
  const title = useId();
  const placed = new Map(fleet.cells.map((cell) => [cell.id, placeOf(cell)]));
  const eastwards = fleet.cells.toSorted((a, b) => a.longitude - b.longitude);
  const isLeft = new Set(
    eastwards.filter((cell, index) => {
      const next = eastwards[index + 1];
      return next !== undefined && next.longitude - cell.longitude < 25;
    }),
  );
  return (
    <svg className="c-map" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="group" aria-labelledby={title}>
      <title id={title}>{text('fleet.map')}</title>
      <path className="c-map__land" d={outline} aria-hidden="true" />
      <g aria-hidden="true">
        {fleet.standbys.map(({ from, to }) => {
          const [start, end] = [placed.get(from), placed.get(to)];
          if (start === undefined || end === undefined) return null;
          return <path key={`${from} ${to}`} className="c-map__bow" d={bow(start, end)} />;
        })}
      </g>
      {fleet.cells.map((cell) => {
        const [x, y] = placed.get(cell.id) ?? [0, 0];
        const [tone, label] = healthOf(cell);
        const left = isLeft.has(cell);
        return (
          <Link key={cell.id} to={`/cells/${cell.id}`} aria-label={`${cell.id}: ${text(label)}`}>
            <circle className="c-map__halo" data-tone={tone} cx={x} cy={y} r="11" />
            <circle className="c-map__cell" data-tone={tone} cx={x} cy={y} r="5.5" />
            <text
              x={left ? x - NAME_GAP : x + NAME_GAP}
              y={y + 4}
              textAnchor={left ? 'end' : 'start'}
            >
              {cell.id}
            </text>
          </Link>
        );
      })}
    </svg>
  );
}
