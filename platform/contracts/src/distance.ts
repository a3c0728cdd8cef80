/** A place on the globe in degrees (WGS 84): north and east are positive. */
export interface Coordinates {
  readonly latitude: number;
  readonly longitude: number;
}

/** Mean radius of the Earth (IUGG), in kilometres. */
const EARTH_RADIUS_KM = 6371.0088;
const RADIANS_PER_DEGREE = Math.PI / 180;

/**
 * Great-circle distance between two places, in kilometres, by the haversine formula. Within 0.6 % of
 * the way over the ellipsoid, far less than the detours that cables make.
 */
export function distanceKm(from: Coordinates, to: Coordinates): number {
  const fromLatitude = from.latitude * RADIANS_PER_DEGREE;
  const toLatitude = to.latitude * RADIANS_PER_DEGREE;
  const halfLatitude = Math.sin((toLatitude - fromLatitude) / 2);
  const halfLongitude = Math.sin(((to.longitude - from.longitude) * RADIANS_PER_DEGREE) / 2);
  const haversine =
    halfLatitude * halfLatitude +
    Math.cos(fromLatitude) * Math.cos(toLatitude) * halfLongitude * halfLongitude;
  // Rounding may lift antipodes a hair above one, where the arcsine is not a number.
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(haversine)));
}

/**
 * The place nearest to another, or undefined where there are none. Of places at the same distance
 * the earlier one is taken, so the answer depends on the order given and on nothing else.
 */
export function nearest<Place extends Coordinates>(
  from: Coordinates,
  places: Iterable<Place>,
): Place | undefined {
  let best: Place | undefined;
  let bestKm = Number.POSITIVE_INFINITY;
  for (const place of places) {
    const km = distanceKm(from, place);
    if (km < bestKm) {
      best = place;
      bestKm = km;
    }
  }
  return best;
}
