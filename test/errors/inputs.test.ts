import { oracle } from '../support/oracle.ts';
import { raises } from '../support/raises.ts';
import { INPUTS } from './provocations/inputs.ts';

oracle({ tools: ['extlinux'] })('inputs', () => raises(INPUTS));
