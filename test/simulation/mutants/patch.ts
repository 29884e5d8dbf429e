import { registerHooks } from 'node:module';

/** A change to one source file, by exact text. */
export interface Patch {
  /** Path from the root of the repository. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** A patch does not fit the code any more: it would test something else, or nothing. */
export class PatchFailure extends Error {
  override readonly name = 'PatchFailure';
}

/**
 * Makes every module that is loaded from now on in this process carry its patches. The files stay as they are, and the
 * code needs no switch for it.
 *
 * @throws {PatchFailure} while a module is loaded, when a patch does not match it exactly once
 */
export function patchModules(patches: readonly Patch[]): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const own = patches.filter(({ file }) => url.endsWith(`/${file}`));
      if (own.length === 0) return loaded;
      const source = own.reduce(applyPatch, sourceText(loaded.source, url));
      return { ...loaded, source };
    },
  });
}

/** @throws {PatchFailure} */
export function applyPatch(source: string, { file, find, replace }: Patch): string {
  const matches = source.split(find).length - 1;
  if (matches !== 1) throw new PatchFailure(`${file}: found ${matches} times, not once: ${find}`);
  return source.replace(find, () => replace);
}

function sourceText(source: unknown, url: string): string {
  if (typeof source === 'string') return source;
  if (source instanceof Uint8Array) return Buffer.from(source).toString();
  throw new PatchFailure(`${url} has no source that could be patched`);
}
