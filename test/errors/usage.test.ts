import { raises } from '../support/raises.ts';
import { USAGE } from './provocations/usage.ts';

raises(USAGE);
