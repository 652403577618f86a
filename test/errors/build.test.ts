import { oracle } from '../support/oracle.ts';
import { raises } from '../support/raises.ts';
import { BUILD, INTERRUPTION, VERIFICATION } from './provocations/build.ts';

const { RB_DEBIAN_UNSATISFIABLE, RB_MODULE_CYCLE, RB_MODULE_NOT_FOUND, RB_SYSLINUX_EXTENTS, ...plain } =
  BUILD;

raises({ ...plain, ...INTERRUPTION, ...VERIFICATION });
oracle({ tools: ['gpg', 'gpgconf'] })('releases of Debian', () => raises({ RB_DEBIAN_UNSATISFIABLE }));
oracle({ tools: ['extlinux'] })('bakes', () =>
  raises({ RB_MODULE_CYCLE, RB_MODULE_NOT_FOUND, RB_SYSLINUX_EXTENTS }),
);
