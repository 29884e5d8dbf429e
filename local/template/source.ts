import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TemplateError } from './document.ts';

/**
 * The module that a bundle is made of: `functions/accounts/get-user.ts` for `accounts-get-user`, `functions/sync.ts`
 * for `sync`. Bundles lie flat under `dist/`, modules in a folder per area, whose name has no hyphen.
 *
 * @returns an absolute path
 * @throws {TemplateError} when there is no such module
 */
export function sourceOf(bundle: string): string {
  const relative = `functions/${bundle.replace('-', '/')}.ts`;
  const path = fileURLToPath(new URL(`../../${relative}`, import.meta.url));
  if (existsSync(path)) return path;
  throw new TemplateError(
    `template.yaml has a function with "CodeUri: dist/${bundle}", but there is no module ${relative} to build it of`,
  );
}
