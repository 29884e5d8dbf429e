import { decodeEntry } from '../../../shared/entry/entry.ts';
import { decodeGeneration, decodePage, type Page } from '../../../shared/entry/generation.ts';
import type { Payload } from '../../../shared/entry/payload.ts';
import { keyParts, labelOf } from '../labels.ts';
import type { EntryLine } from '../protocol.ts';
import type { StoredBytes } from './browse.ts';

/** What stored bytes are: a line for the list, and the payload where there is one. */
export interface Described {
  readonly line: EntryLine;
  readonly payload: Payload | undefined;
  /** What a page hangs on. */
  readonly page: Pick<Page, 'generation' | 'epoch'> | undefined;
}

/** Reads what is stored as readers and the synchronizer read it. */
export function describe({ key, bytes, ttl }: StoredBytes): Described {
  const parts = keyParts(key);
  const known = { key, of: parts?.name, label: labelOf(key), bytes: bytes.byteLength, ttl };
  const { payload, page, ...read } = parts?.kind === 'plain' ? readPlain(bytes, parts.rest[0]) : readEntry(bytes);
  return { line: { ...known, ...read }, payload, page };
}

type Read = Pick<EntryLine, 'kind' | 'by' | 'at'> & Omit<Described, 'line'>;

function readEntry(bytes: Uint8Array): Read {
  const entry = decodeEntry(bytes);
  if (entry.kind === 'foreign') return FOREIGN;
  const { kind, at } = entry;
  if (kind === 'tombstone') return { ...NOTHING, kind, at };
  return { ...NOTHING, kind, at, by: entry.origin.by, payload: kind === 'value' ? entry.payload : undefined };
}

/** @param form what stands first behind the collection's name: `page`, `generation`, `epoch` */
function readPlain(bytes: Uint8Array, form: string | undefined): Read {
  if (form === 'page') {
    const page = decodePage(bytes);
    if (!('kind' in page)) return { ...NOTHING, kind: 'page', at: page.at, payload: page.payload, page };
  } else {
    const generation = decodeGeneration(bytes);
    if (!('kind' in generation)) return { ...NOTHING, kind: 'generation', at: generation.at };
  }
  return FOREIGN;
}

const NOTHING = { at: undefined, by: undefined, payload: undefined, page: undefined };
const FOREIGN: Read = { ...NOTHING, kind: 'foreign' };
