import { describeCatalog } from './suites/catalog.ts';

describeCatalog('momento');
