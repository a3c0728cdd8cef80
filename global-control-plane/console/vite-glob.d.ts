/** What the build adds to modules: files of a pattern, each loaded when it is wanted. */
interface ImportMeta {
  glob<Module>(
    pattern: string,
    options: { readonly import: 'default' },
  ): Readonly<Record<string, () => Promise<Module>>>;
}
