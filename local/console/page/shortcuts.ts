/** What each key does; a key is one character. */
export type Shortcuts = ReadonlyMap<string, () => unknown>;

/** Listens to keys that stand alone: not those of the browser, and not those that are typed into a field. */
export function listenToKeys(shortcuts: Shortcuts): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target instanceof HTMLInputElement || document.querySelector('dialog[open]') !== null) return;
    const action = shortcuts.get(event.key);
    if (action === undefined) return;
    // The slash must not land in the field that it leads to.
    event.preventDefault();
    action();
  });
}
