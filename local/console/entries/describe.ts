import { decodeEntry } from '../../../shared/entry/entry.ts';
import { decodeGeneration, decodePage } from '../../../shared/entry/generation.ts';
import type { Payload } from '../../../shared/entry/payload.ts';
import { keyParts, labelOf } from '../labels.ts';
import type { EntryLine } from '../protocol.ts';
import type { StoredBytes } from './browse.ts';

/** What stored bytes are: a line for the list, and the payload where there is one. */
export interface Described {
  readonly line: EntryLine;
  readonly payload: Payload | undefined;
}

/** Reads what is stored as readers and the synchronizer read it. */
export function describe({ key, bytes, ttl }: StoredBytes): Described {
  const parts = keyParts(key);
  const known = { key, of: parts?.name, label: labelOf(key), bytes: bytes.byteLength, ttl };
  const { payload, ...read } = parts?.kind === 'plain' ? readPlain(bytes, parts.rest[0]) : readEntry(bytes);
  return { line: { ...known, ...read }, payload };
}

type Read = Pick<EntryLine, 'kind' | 'by' | 'at'> & { readonly payload: Payload | undefined };

function readEntry(bytes: Uint8Array): Read {
  const entry = decodeEntry(bytes);
  if (entry.kind === 'foreign') return FOREIGN;
  const { kind, at } = entry;
  if (kind === 'tombstone') return { kind, at, by: undefined, payload: undefined };
  return { kind, at, by: entry.origin.by, payload: kind === 'value' ? entry.payload : undefined };
}

/** @param form what stands first behind the collection's name: `page`, `generation`, `epoch` */
function readPlain(bytes: Uint8Array, form: string | undefined): Read {
  if (form === 'page') {
    const page = decodePage(bytes);
    if (!('kind' in page)) return { kind: 'page', at: page.at, by: undefined, payload: page.payload };
  } else {
    const generation = decodeGeneration(bytes);
    if (!('kind' in generation)) return { kind: 'generation', at: generation.at, by: undefined, payload: undefined };
  }
  return FOREIGN;
}

const FOREIGN: Read = { kind: 'foreign', at: undefined, by: undefined, payload: undefined };
