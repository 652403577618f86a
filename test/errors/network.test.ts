import { raises } from '../support/raises.ts';
import { NETWORK } from './provocations/network.ts';

raises(NETWORK);
