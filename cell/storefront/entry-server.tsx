export { createStorefront } from './site.tsx';
