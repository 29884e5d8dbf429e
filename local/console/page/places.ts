/** An element of index.html. @throws {Error} when it is not there: page and script do not belong together */
export function place(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`index.html has no element "${id}"`);
  return element;
}

/** The same for a dialog. */
export function dialog(id: string): HTMLDialogElement {
  const element = place(id);
  if (!(element instanceof HTMLDialogElement)) throw new Error(`"${id}" in index.html is not a dialog`);
  return element;
}
