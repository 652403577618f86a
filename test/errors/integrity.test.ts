import { ALPINE } from '../support/alpine-root.ts';
import { oracle } from '../support/oracle.ts';
import { raises } from '../support/raises.ts';
import { INTEGRITY } from './provocations/integrity.ts';

const { RB_APK_UNTRUSTED, RB_ELF_TRUNCATED, RB_RELEASE_INVALID, ...plain } = INTEGRITY;

raises(plain);
oracle({ tools: ['extlinux'] })('programs', () => raises({ RB_ELF_TRUNCATED }));
oracle({ tools: ['gpg', 'gpgconf'] })('releases of Debian', () => raises({ RB_RELEASE_INVALID }));
oracle({ tools: ['proot'], files: [ALPINE] })('packages under PRoot', () => raises({ RB_APK_UNTRUSTED }));
