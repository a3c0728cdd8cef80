import { countryLawOf } from '@commerce/contracts/country-laws';
import { countryOf } from '@commerce/contracts/countries';
import { distanceKm } from '@commerce/contracts/distance';
import { jurisdictionOfCountry } from '@commerce/contracts/jurisdictions';
import type { RoutingTable } from '../routing-table.ts';
import { chooseCell, type IsHealthy } from './choose-cell.ts';

/**
 * Tells where new shoppers of a country are put, and by which law: the document of the admin port's
 * `/router/placement`. Undefined where the code is no country.
 */
export function explainPlacement(
  table: RoutingTable,
  wish: { readonly country: string; readonly host: string | undefined },
  isHealthy: IsHealthy,
): Record<string, unknown> | undefined {
  const place = countryOf(wish.country);
  const home = jurisdictionOfCountry(wish.country);
  if (place === undefined || home === undefined) return undefined;
  const group = home.countries.find(({ codes }) => codes.includes(place.code));
  const cells = [...table.cells.values()].map(({ cell }) => ({
    id: cell.id,
    jurisdiction: cell.jurisdiction,
    kilometres: Math.round(distanceKm(place, cell)),
    state: cell.state,
    weight: cell.weight,
    hosts: cell.hosts ?? [],
    answers: isHealthy(cell.id),
  }));
  return {
    country: place.code,
    law: countryLawOf(place.code) ?? null,
    home: {
      jurisdiction: home.key,
      name: home.name,
      reason: group?.reason ?? null,
      laws: home.laws,
    },
    fallbacks: home.fallbacks,
    fallbacksEndBecause: home.fallbacksNote,
    chosen: chooseCell(table, wish, isHealthy)?.id ?? null,
    cells: cells.sort((a, b) => a.kilometres - b.kilometres),
  };
}
