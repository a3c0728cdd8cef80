import {
  type Jurisdiction,
  jurisdiction as jurisdictionOf,
  jurisdictionsServing,
} from '@commerce/contracts/jurisdictions';

/** A cell of the fleet, as far as legality needs it. */
export interface FleetCell {
  readonly id: string;
  readonly jurisdiction: string;
  readonly state: string;
}

/** Countries in which the jurisdiction's laws apply: the first group of its policy. */
export function isInside(law: Jurisdiction, country: string): boolean {
  return law.countries[0]?.codes.includes(country) === true;
}

/**
 * By what right a cell of a jurisdiction has people of a country.
 * @param cells the fleet's cells; undefined where the directory could not be asked
 */
export function basisFor(
  country: string | null,
  jurisdiction: string,
  cells: readonly FleetCell[] | undefined,
): { readonly isHome: boolean; readonly isLegal: boolean; readonly text: string } {
  if (country === null) return { isHome: true, isLegal: true, text: 'country not known' };
  const [home, ...others] = jurisdictionsServing(country);
  if (home === jurisdiction) return { isHome: true, isLegal: true, text: 'home jurisdiction' };
  const fallback = jurisdictionOf(home ?? '')?.fallbacks.find(
    (entry) => entry.jurisdiction === jurisdiction,
  );
  if (home === undefined || fallback === undefined || !others.includes(jurisdiction)) {
    return { isHome: false, isLegal: false, text: `none: its home is ${home ?? 'unknown'}` };
  }
  const atHome = cells?.find((cell) => cell.jurisdiction === home && cell.state === 'accepting');
  if (atHome !== undefined) {
    return { isHome: false, isLegal: false, text: `none while ${atHome.id} accepts at home` };
  }
  return { isHome: false, isLegal: true, text: `no cell at home; ${fallback.basis}` };
}
