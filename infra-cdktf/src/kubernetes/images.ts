import type { Environment } from '../fleet/environments.ts';
import { globalNames } from '../fleet/names.ts';

/** Our images, each named by its target in the Dockerfile. */
export const IMAGES = Object.freeze({
  cell: 'commerce/cell',
  router: 'commerce/router',
  'control-plane': 'commerce/global-control-plane',
  'sandbox-gateway': 'commerce/sandbox-gateway',
});
export type ImageName = keyof typeof IMAGES;

/** Images of others, mirrored into our registry so that a pod never waits for somebody else's. */
export const MIRRORED = Object.freeze({
  database: 'mirror/cockroach:v25.2.6',
  search: 'mirror/opensearch:2.19.3',
  pause: 'mirror/pause:3.10',
});

function host(environment: Environment): string {
  return `${globalNames(environment).registry}.azurecr.io`;
}

/** @param version tag of the release */
export function ownImage(environment: Environment, name: ImageName, version: string): string {
  return `${host(environment)}/${IMAGES[name]}:${version}`;
}

export function mirroredImage(environment: Environment, name: keyof typeof MIRRORED): string {
  return `${host(environment)}/${MIRRORED[name]}`;
}
