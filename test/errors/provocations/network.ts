import type { CodesOf } from '../../../src/error-help/entry.ts';
import type { Provocations } from '../../support/provocation.ts';
import { PushRegistry, told } from '../../support/push-registry.ts';

const SHA256 = '0'.repeat(64);

export const NETWORK: Provocations<CodesOf<3>> = {
  RB_APT_FAILED(stage) {
    const failing = 'echo E: no such mirror >&2; exit 100';
    return {
      args: stage.cook({ base: { dir: './root' }, contents: [{ deb: 'hello' }] }),
      env: stage.programs({ 'apt-get': failing, 'apt-cache': failing, 'apt-config': failing, apt: failing }),
      says: ['exit code 100', 'no such mirror'],
      hint: 'apt sources',
    };
  },
  RB_NETWORK(stage) {
    stage.serve(new Map());
    return {
      args: stage.cook({ base: { tar: stage.server.url('/root.tar'), sha256: SHA256 } }),
      says: [stage.server.url('/root.tar'), '404'],
      hint: 'check the URL',
    };
  },
  RB_OFFLINE(stage) {
    return {
      args: stage.cook({ base: { tar: stage.server.url('/root.tar'), sha256: SHA256 } }, '--offline'),
      says: [stage.server.url('/root.tar')],
      hint: 'without --offline',
    };
  },
  RB_PUSH_REFUSED(stage) {
    const registry = new PushRegistry();
    registry.before = ({ method }, response) => {
      if (method !== 'PUT') return false;
      response.writeHead(413).end(told('SIZE_INVALID', 'too large for us'));
      return true;
    };
    stage.server.answer = registry.answer;
    stage.recipe({ cook: { base: { dir: './root' } } });
    return {
      args: ['push', 'cake.json', `${stage.server.host}/a/b:one`],
      says: ['413', 'too large for us'],
      hint: 'raise its limit',
    };
  },
  RB_UNAUTHORIZED(stage) {
    stage.server.answer = (_, response) => response.writeHead(401).end();
    return {
      args: stage.cook({ base: { tar: stage.server.url('/root.tar'), sha256: SHA256 } }),
      says: [stage.server.url('/root.tar'), '401'],
      hint: 'credentials',
    };
  },
};
