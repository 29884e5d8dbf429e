import * as v from 'valibot';
import { notFound, type Problem } from '../../shared/runtime/problem.ts';
import { bodyOf, Name, text, wholeNumber } from './fields.ts';

export const NewCategory = bodyOf({ category: Name, title: text(200) });

const PRICE_RULE = 'must be a number from 0 to 1000000000';
const TAGS_RULE = 'must be a list of 1 to 50 tags, each only once';

export const ProductPath = v.object({ productId: Name });
export const ProductDetails = bodyOf({
  title: text(200),
  description: v.exactOptional(text(10_000)),
  price: v.pipe(v.number(PRICE_RULE), v.minValue(0, PRICE_RULE), v.maxValue(1_000_000_000, PRICE_RULE)),
  stock: v.exactOptional(wholeNumber(0, 1_000_000_000)),
  tags: v.exactOptional(
    v.pipe(
      v.array(text(50), TAGS_RULE),
      v.minLength(1, TAGS_RULE),
      v.maxLength(50, TAGS_RULE),
      v.check((tags) => new Set(tags).size === tags.length, TAGS_RULE),
    ),
  ),
});

/** The attributes of a product. Its tags are a set. */
export const productAttributes = (productId: string, { tags, ...details }: v.InferOutput<typeof ProductDetails>) => ({
  productId,
  ...details,
  ...(tags && { tags: new Set(tags) }),
});

export const noSuchProduct = (): Problem => notFound('There is no such product.');
