import { useId } from 'react';

export interface Bar {
  /** Told to those who hear the page, and shown on hovering. */
  readonly label: string;
  readonly value: number;
}

const WIDTH = 720;
const HEIGHT = 180;
const GAP = 0.3;

/**
 * Bars of a figure over time. The drawing says its values in words as well, in a list that is read
 * out; on the screen each bar shows its own.
 */
export function Bars({
  title,
  bars,
  from,
  to,
  top,
}: {
  readonly title: string;
  readonly bars: readonly Bar[];
  /** Names of the first and last bar, below them. */
  readonly from: string;
  readonly to: string;
  /** The highest value, written out. */
  readonly top: string;
}) {
  const id = useId();
  const highest = Math.max(1, ...bars.map(({ value }) => value));
  const step = WIDTH / Math.max(1, bars.length);
  return (
    <figure className="c-bars">
      <span className="c-bars__top c-muted" aria-hidden="true">
        {top}
      </span>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-labelledby={id}
      >
        <title id={id}>{title}</title>
        {bars.map(({ label, value }, index) => {
          const height = value === 0 ? 2 : Math.max(4, (value / highest) * (HEIGHT - 8));
          return (
            <rect
              key={label}
              className={value === 0 ? 'c-bars__none' : 'c-bars__bar'}
              x={index * step + (step * GAP) / 2}
              y={HEIGHT - height}
              width={step * (1 - GAP)}
              height={height}
              rx="2"
            >
              <title>{label}</title>
            </rect>
          );
        })}
      </svg>
      <figcaption className="c-bars__ends c-muted">
        <span>{from}</span>
        <span>{to}</span>
      </figcaption>
      <ul className="ui-visually-hidden">
        {bars
          .filter(({ value }) => value > 0)
          .map(({ label }) => (
            <li key={label}>{label}</li>
          ))}
      </ul>
    </figure>
  );
}
