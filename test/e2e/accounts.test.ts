import { describeAccounts } from './suites/accounts.ts';

describeAccounts('momento');
