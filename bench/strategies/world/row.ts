/** An item of the simulated table. */
export interface Row {
  readonly PK: string;
  readonly SK: string;
  readonly id: string;
  readonly list: string;
  /** Number of the write that made it, counted over the whole table: no two states of an item have the same. */
  readonly write: number;
  readonly title: string;
  readonly body: string;
  readonly [attribute: string]: string | number;
}

/** What readers see of an item, in every design. */
export interface ItemView {
  readonly id: string;
  readonly write: number;
  readonly body: string;
}

/** What readers see of a list, in every design: each member without its body. */
export interface MemberView {
  readonly id: string;
  readonly write: number;
  readonly title: string;
}

/** Where an item lives; a type, not an interface, because parameters of an entity are. */
export type ItemKey = {
  readonly list: string;
  readonly id: string;
};

export const viewItem = ({ id, write, body }: Row): ItemView => ({ id, write, body });

export const viewMember = ({ id, write, title }: Row): MemberView => ({ id, write, title });

/** One state of an item; absent or a certain write of it. */
export const itemSignature = (item: Pick<ItemView, 'write'> | undefined): string =>
  item === undefined ? 'absent' : String(item.write);

/** One state of a list: every change of it changes the write of a member, or takes one away. */
export const listSignature = (members: readonly Pick<MemberView, 'write'>[]): string =>
  members.map(({ write }) => write).join();

export const partitionOf = (list: string): string => `LIST#${list}`;

/** @param bytes of the whole item, roughly: as much as it takes is put into the body */
export function makeRow({ list, id }: ItemKey, write: number, bytes: number): Row {
  const title = `Title of item ${id}`.padEnd(TITLE_BYTES, '.');
  return { PK: partitionOf(list), SK: `ITEM#${id}`, id, list, write, title, body: '.'.repeat(bytes - OTHER_BYTES) };
}

const TITLE_BYTES = 60;

/** Names and values of everything but the body. */
const OTHER_BYTES = TITLE_BYTES + 60;

/** A row as Lambda delivers it. */
export const imageOf = (row: Row): object =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'number' ? { N: String(value) } : { S: value }]),
  );
