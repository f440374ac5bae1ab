import type { Obstacle } from '@tsbuild/isolate'
import type { PlaceName } from './place.ts'

/** A change that lifts a restriction, in the words of each system. */
export interface Remedy {
  /** Rights given away by it, for choosing the smallest change. */
  readonly weight: number
  readonly words: Readonly<Partial<Record<PlaceName, string>>>
  /** For systems without words of their own. */
  readonly otherwise: string
}

const sysctl = (name: string, value: number): Pick<Remedy, 'words' | 'otherwise'> => {
  const command = `sysctl -w ${name}=${value}`
  return {
    words: {
      machine: `as root: ${command}`,
      github: `in a step before: sudo ${command}`,
      docker: `on the machine of the engine: ${command}`,
    },
    otherwise: `on the node, as its administrator: ${command}`,
  }
}

/** Needed by root of the rung chroot; FSETID, KILL and SETFCAP by programs of the image. */
const rootCapabilities = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]

/** Every restriction that a probe can name. docs/isolation.md says what each change gives away. */
export const remedies: Readonly<Record<Obstacle, Remedy>> = {
  'masked-proc': {
    weight: 1,
    words: {
      docker: '--security-opt systempaths=unconfined',
      kubernetes: 'pod: hostUsers: false; container: securityContext.procMount: Unmasked',
      openshift: 'pod: hostUsers: false; container: securityContext.procMount: Unmasked',
      gitlab:
        'config.toml, Kubernetes executor: [runners.kubernetes.build_container_security_context] proc_mount = "Unmasked"; the Docker executor has only privileged = true',
      github: 'container: options: --security-opt systempaths=unconfined',
    },
    otherwise: 'unmount what covers files of /proc',
  },
  'no-new-privileges': {
    weight: 1,
    words: {
      docker: 'leave out --security-opt no-new-privileges',
      kubernetes: 'container: securityContext.allowPrivilegeEscalation: true',
      openshift:
        'an SCC with allowPrivilegeEscalation: true; container: securityContext.allowPrivilegeEscalation: true',
      gitlab:
        'config.toml: [runners.kubernetes] allow_privilege_escalation = true; Docker executor: no "no-new-privileges" in security_opt',
      github: 'container: options without --security-opt no-new-privileges',
    },
    otherwise: 'start it without no_new_privs (systemd: NoNewPrivileges=no)',
  },
  newuidmap: { weight: 1, words: {}, otherwise: 'install the package uidmap (Debian) or shadow-utils' },
  'subordinate-ids': {
    weight: 1,
    words: {},
    otherwise:
      'as root, or in the Dockerfile of this image: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER',
  },
  'mapper-capabilities': {
    weight: 1,
    words: {},
    otherwise:
      'as root, or in the Dockerfile of this image: chmod u-s /usr/bin/new?idmap && setcap cap_setuid+ep /usr/bin/newuidmap && setcap cap_setgid+ep /usr/bin/newgidmap (setcap: package libcap2-bin)',
  },
  'id-capabilities': {
    weight: 1,
    words: {
      docker: '--cap-add SETUID --cap-add SETGID',
      kubernetes: 'container: securityContext.capabilities.add: [SETUID, SETGID]',
      openshift: 'an SCC with allowedCapabilities; container: securityContext.capabilities.add: [SETUID, SETGID]',
      gitlab:
        'config.toml: cap_add = ["SETUID", "SETGID"] in [runners.docker], or capabilities.add of the build container',
      github: 'container: options: --cap-add SETUID --cap-add SETGID',
    },
    otherwise: 'start it with SETUID and SETGID in its bounding set of capabilities',
  },
  setfcap: { weight: 1, words: {}, otherwise: 'bwrap --cap-add CAP_SETFCAP, or a user other than root in the sandbox' },
  'default-capabilities': {
    weight: 2,
    words: {
      docker: `run as root with the default capabilities, without -u and --cap-drop; at least ${rootCapabilities.map((name) => `--cap-add ${name}`).join(' ')}`,
      kubernetes: `Pod Security "baseline"; container: securityContext.runAsUser: 0, capabilities.add: [${rootCapabilities.join(', ')}]`,
      openshift: `an SCC with runAsUser.type: RunAsAny and allowedCapabilities; container: securityContext.runAsUser: 0, capabilities.add: [${rootCapabilities.join(', ')}]`,
      gitlab:
        'config.toml: [runners.docker] user = "root", no cap_drop; or [runners.kubernetes.build_container_security_context] run_as_user = 0',
      github: 'container: options: --user root',
    },
    otherwise: 'run as root',
  },
  apparmor: { weight: 2, ...sysctl('kernel.apparmor_restrict_unprivileged_userns', 0) },
  'ptrace-scope': { weight: 1, ...sysctl('kernel.yama.ptrace_scope', 1) },
  'namespace-sysctl': { weight: 2, ...sysctl('kernel.unprivileged_userns_clone', 1) },
  'namespace-limit': { weight: 2, ...sysctl('user.max_user_namespaces', 10000) },
  seccomp: {
    weight: 3,
    words: {
      docker: '--security-opt seccomp=unconfined',
      kubernetes: 'container: securityContext.seccompProfile: { type: Unconfined }',
      openshift:
        "an SCC with seccompProfiles: ['unconfined']; container: securityContext.seccompProfile: { type: Unconfined }",
      gitlab: 'config.toml: [runners.docker] security_opt = ["seccomp:unconfined"]',
      github: 'container: options: --security-opt seccomp=unconfined',
    },
    otherwise: 'start it without the filter (systemd: RestrictNamespaces=no and no SystemCallFilter=)',
  },
  'few-ids': {
    weight: 4,
    words: {},
    otherwise: 'start it outside of this user namespace, or in one with 65536 ids',
  },
  'sys-admin': {
    weight: 8,
    words: {
      docker:
        '--cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined, or --privileged',
      kubernetes: 'pod: hostUsers: false; container: securityContext.privileged: true',
      openshift:
        'oc adm policy add-scc-to-user privileged -z SERVICEACCOUNT; container: securityContext.privileged: true',
      gitlab: 'config.toml: privileged = true in [runners.docker] or [runners.kubernetes]',
      github: 'container: options: --privileged',
    },
    otherwise: 'run as root',
  },
  kernel: {
    weight: 16,
    words: {
      docker: 'Linux 5.14 or newer; in gVisor: --runtime runc',
      kubernetes: 'Linux 5.14 or newer on the node; in gVisor: another runtimeClassName',
    },
    otherwise: 'Linux 5.14 or newer, without a sandbox that imitates an older one',
  },
}
