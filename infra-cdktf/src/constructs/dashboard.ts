import type { AlertRule } from '../slo/objectives.ts';

/**
 * A board of the portal with one chart for each alert: what is looked at first is what woke somebody up.
 * @returns JSON, as the portal keeps it
 */
export function dashboard(unit: string, metricsId: string, alerts: readonly AlertRule[]): string {
  const columns = 2;
  const [width, height] = [9, 5];
  const parts = alerts.map((alert, index) => ({
    position: {
      x: (index % columns) * width,
      y: Math.floor(index / columns) * height,
      colSpan: width,
      rowSpan: height,
    },
    metadata: {
      type: 'Extension/Microsoft_Azure_Monitoring/PartType/PrometheusChartPart',
      inputs: [{ name: 'resourceId', value: metricsId }],
      settings: {
        title: `${unit}: ${alert.summary}`,
        query: withoutBound(alert.expression),
      },
    },
  }));
  return JSON.stringify({
    lenses: [{ order: 0, parts }],
    metadata: {
      model: {
        timeRange: {
          type: 'MsPortalFx.Composition.Configuration.ValueTypes.TimeRange',
          value: { relative: { duration: 24, timeUnit: 1 } },
        },
      },
    },
  });
}

/** The figure itself, without the comparison that makes an alert of it. */
function withoutBound(expression: string): string {
  const first = expression.split(/ (?:and|or) /)[0] ?? expression;
  return first.replace(/^\(/, '').replace(/ (?:>|<|==) [\d.]+\)?$/, '');
}
