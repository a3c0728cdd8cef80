/**
 * Owns: the report on where a cell keeps personal data, judged by the policy of its jurisdiction.
 * Refuses: evidence of another format, and jurisdictions without a policy.
 * Invariants: the report is made of evidence alone, so the same evidence gives the same bytes; it
 * holds counts and no value of a row; what could not be seen is stated as a gap, never left out.
 */
export { fetchResidencyEvidence } from './fetch-evidence.ts';
export { renderResidencyHtml } from './render-html.ts';
export { makeResidencyReport, type ResidencyReport } from './report.ts';
export { registerResidencyRoutes } from './routes.ts';
