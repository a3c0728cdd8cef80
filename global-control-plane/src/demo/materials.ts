import { MATERIAL_TEXTS } from './material-texts.ts';
import { capitalize, type DemoText, mapText } from './texts.ts';

/** What things are made of: a name that fits into titles, and a sentence for descriptions. */
export interface Material {
  readonly code: string;
  /** As titles use it after "in", "aus", "en", "de": so the German one is in the dative. */
  readonly names: DemoText;
  /** As filters show it. */
  readonly labels: DemoText;
  readonly about: DemoText;
}

/** German names whose dative differs from the form that a filter shows. */
const GERMAN_LABELS: ReadonlyMap<string, string> = new Map([
  ['recycled-polyester', 'Recyceltes Polyester'],
  ['leather', 'Pflanzlich gegerbtes Leder'],
  ['canvas', 'Gewachster Canvas'],
  ['gold', 'Recyceltes Gold'],
  ['glass', 'Mundgeblasenes Glas'],
  ['oak', 'Massive Eiche'],
  ['resin', 'Biobasiertes Harz'],
]);

const byCode: ReadonlyMap<string, Material> = new Map(
  MATERIAL_TEXTS.map(([code, names, about]) => {
    const labels = mapText((language) => capitalize(names[language]));
    const german = GERMAN_LABELS.get(code);
    if (german !== undefined) labels.de = german;
    return [code, { code, names, labels, about }];
  }),
);

/**
 * The material of a code.
 * @throws RangeError where the demo has none of that code.
 */
export function materialOf(code: string): Material {
  const material = byCode.get(code);
  if (material === undefined) throw new RangeError(`the demo knows no material ${code}`);
  return material;
}
