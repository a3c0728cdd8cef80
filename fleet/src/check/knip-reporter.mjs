// The tool asks for a default export. Its own JSON says nothing of how many files it read.

/** What a type of finding means to the person who reads it. */
const MEANINGS = {
  files: 'nothing imports this file',
  dependencies: 'is declared and not used',
  devDependencies: 'is declared and not used',
  optionalPeerDependencies: 'is used and not declared',
  unlisted: 'is used and not declared',
  binaries: 'is called and not declared',
  unresolved: 'is imported and does not exist',
  exports: 'is exported and not used',
  types: 'is exported and not used',
  nsExports: 'is exported and not used',
  nsTypes: 'is exported and not used',
  enumMembers: 'is not used',
  namespaceMembers: 'is not used',
  duplicates: 'is exported twice',
  catalog: 'is not used',
  catalogReferences: 'does not exist',
};

function line(type, issue) {
  const where = issue.line === undefined ? issue.filePath : `${issue.filePath}:${issue.line}`;
  const what = type === 'files' ? '' : `${issue.symbol} `;
  return `${where} ${what}${MEANINGS[type] ?? type}`;
}

/** Writes `{ looked, findings }` as JSON, as every step of the check answers. */
export default function report({ report: reported, issues, counters, cwd, write = console.log }) {
  const findings = Object.entries(reported)
    .filter(([, isReported]) => isReported)
    .flatMap(([type]) =>
      Object.values(issues[type] ?? {}).flatMap((byName) =>
        Object.values(byName).map((issue) => line(type, issue).replace(`${cwd}/`, '')),
      ),
    );
  write(JSON.stringify({ looked: counters.processed, findings: findings.sort().join('\n') }));
}
