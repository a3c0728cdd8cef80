// The house's rules, on sources that the root's run can't read: their packages are installed here alone.
import root from '../eslint.config.js';

export default [
  ...root.map(adapt),
  // References of Terraform look like slips of a quotation mark.
  { files: ['**/*.ts'], rules: { 'no-template-curly-in-string': 'off' } },
];

function adapt(part) {
  if (part.languageOptions?.parserOptions !== undefined) {
    const parserOptions = {
      ...part.languageOptions.parserOptions,
      project: ['./tsconfig.json'],
      tsconfigRootDir: import.meta.dirname,
    };
    return { ...part, languageOptions: { ...part.languageOptions, parserOptions } };
  }
  if (part.ignores !== undefined && part.files === undefined) {
    return { ignores: part.ignores.filter((pattern) => pattern !== 'infra-cdktf/**') };
  }
  return part;
}
