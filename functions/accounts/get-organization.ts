import * as v from 'valibot';
import { organization } from '../../cache.config.ts';
import { itemAnswer, readFunction } from '../../shared/runtime/read-function.ts';
import { OrganizationPath } from '../model/organization.ts';

const Input = v.object({ path: OrganizationPath });

/** `GET /organizations/{organization}` */
export const handler = await readFunction(Input, async (reader, { path }) =>
  itemAnswer(await reader.getJson(organization, path), 'organization'),
);
