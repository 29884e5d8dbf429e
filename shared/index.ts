/**
 * What `cache.config.ts` is written with: the cache map and its durations. The Lambdas take the rest of the library
 * from its own folders; the map is all that a user edits.
 */
export { type Item, type ItemValue, type KeyValue, NumberValue, type PrimaryKey } from './entry/item.ts';
export { type CacheMap, defineCacheMap, type EntityMatch } from './map/cache-map.ts';
export {
  type AnyCollection,
  type Collection,
  type CollectionOptions,
  type CollectionParams,
  collection,
  type QueryRequest,
} from './map/collection.ts';
export { type AnyEntity, type Entity, type EntityOptions, entity } from './map/entity.ts';
export { InvalidKeyError, MapDefinitionError } from './map/errors.ts';
export { pick, textOf } from './map/item-attributes.ts';
export { keyOf } from './map/key-function.ts';
export type { KeyFunction, KeyParams, NoParams, ParamsOf } from './map/key-scheme.ts';
export { binary, number } from './map/key-template.ts';
export { type Duration, hours, milliseconds, minutes, seconds } from './time.ts';
