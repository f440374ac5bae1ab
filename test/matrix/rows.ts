import { flagsOfDockerLine, flagsOfPod } from './examples.ts'

/** An environment in which tsbuild is started. */
export interface Row {
  readonly name: string
  /** The environment in the words of its documents. */
  readonly title: string
  /**
   * Started on this machine by root, an ordinary user, or in a container of its own from an image
   * with Node and the packed package.
   */
  readonly place: 'machine' | 'docker' | 'containerd'
  /** On the machine: an ordinary user instead of root. */
  readonly user?: { readonly subordinateIds: boolean }
  /** On the machine: a program and arguments that root starts before it becomes the user. */
  readonly prepare?: readonly string[]
  /**
   * On the machine: the program and arguments that start tsbuild with fewer rights. Else: flags of
   * `docker run` or `ctr run`.
   */
  readonly args: readonly string[]
}

/**
 * Starts the rest in a user namespace that maps every id, so that the limit does not concern the
 * machine.
 */
const forbidNamespaces = `
  unshare --user sh -c '
    until [ "$(id -u)" = 0 ]; do sleep 0.01; done
    # Executed by root of the namespace, a program has its capabilities.
    sh -c "echo 0 > /proc/sys/user/max_user_namespaces" && exec "$@"' sh "$@" &
  until [ "$(readlink /proc/$!/ns/user)" != "$(readlink /proc/self/ns/user)" ]; do sleep 0.01; done
  echo 0 0 4294967295 > /proc/$!/uid_map
  echo 0 0 4294967295 > /proc/$!/gid_map
  wait $!`

/** Capabilities that containerd gives by default. */
const defaultCapabilities =
  'CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE'

const restricted = ['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges']
const unprivileged = ['-u', '1000', ...restricted, '-e', 'HOME=/tmp']

export const rows: readonly Row[] = [
  { name: 'root', title: 'root of the machine', place: 'machine', args: [] },
  {
    name: 'subids',
    title: 'ordinary user with subordinate ids',
    place: 'machine',
    user: { subordinateIds: true },
    args: [],
  },
  {
    name: 'no-subids',
    title: 'ordinary user without subordinate ids',
    place: 'machine',
    user: { subordinateIds: false },
    args: [],
  },
  {
    name: 'unshare',
    title: 'root of one id: `unshare -Ur`',
    place: 'machine',
    user: { subordinateIds: false },
    args: ['unshare', '-Ur'],
  },
  {
    name: 'bwrap',
    title: 'root of one id: `bwrap --uid 0`',
    place: 'machine',
    user: { subordinateIds: false },
    args: ['bwrap', '--dev-bind', '/', '/', '--unshare-user', '--uid', '0', '--gid', '0'],
  },
  {
    name: 'no-userns',
    title: 'ordinary user, `user.max_user_namespaces=0`',
    place: 'machine',
    user: { subordinateIds: false },
    prepare: ['sh', '-c', forbidNamespaces, 'sh'],
    args: [],
  },
  { name: 'docker-root', title: '`docker run` as root, default profile', place: 'docker', args: [] },
  {
    name: 'docker-line-user',
    title: 'examples/locked-down/docker-run-user.sh',
    place: 'docker',
    args: flagsOfDockerLine('docker-run-user.sh'),
  },
  {
    name: 'pod-restricted',
    title: 'examples/locked-down/pod-restricted.yaml, as flags of `docker run`',
    place: 'docker',
    args: flagsOfPod('pod-restricted.yaml'),
  },
  {
    name: 'docker-least',
    title: 'examples/locked-down/docker-run.sh',
    place: 'docker',
    args: flagsOfDockerLine('docker-run.sh'),
  },
  {
    name: 'pod',
    title: 'examples/locked-down/pod.yaml, as flags of `docker run`',
    place: 'docker',
    args: flagsOfPod('pod.yaml'),
  },
  {
    name: 'docker-user',
    title: '`docker run -u 1000 --cap-drop ALL --security-opt no-new-privileges`',
    place: 'docker',
    args: unprivileged,
  },
  {
    name: 'arbitrary-uid',
    title: 'uid 1001110000, gid 0, read-only root, one tmpfs (OpenShift `restricted-v2`)',
    place: 'docker',
    args: ['-u', '1001110000:0', ...restricted, '--read-only', '--tmpfs', '/tmp:exec,size=12g', '-e', 'HOME=/tmp'],
  },
  {
    name: 'containerd',
    title: 'uid 1000 without capabilities, crun, seccomp profile of containerd',
    place: 'containerd',
    args: [
      '--user',
      '1000:1000',
      '--seccomp',
      ...defaultCapabilities.split(' ').flatMap((name) => ['--cap-drop', `CAP_${name}`]),
      '--env',
      'HOME=/tmp',
    ],
  },
  { name: 'gvisor', title: 'root in gVisor (`runsc`)', place: 'docker', args: ['--runtime', 'runsc'] },
  {
    name: 'gvisor-user',
    title: 'uid 1000 without capabilities in gVisor',
    place: 'docker',
    args: ['--runtime', 'runsc', ...unprivileged],
  },
  {
    name: 'gvisor-sys-admin',
    title: 'root in gVisor with SYS_ADMIN',
    place: 'docker',
    // The overlay that gVisor makes of the root directory has no devices.
    args: ['--runtime', 'runsc', '--cap-add', 'SYS_ADMIN', '--tmpfs', '/var/lib/tsbuild:exec,dev'],
  },
  {
    name: 'docker-unmasked',
    title: 'as `docker-user`, with `seccomp=unconfined`, `systempaths=unconfined`',
    place: 'docker',
    args: [...unprivileged, '--security-opt', 'seccomp=unconfined', '--security-opt', 'systempaths=unconfined'],
  },
  { name: 'docker-privileged', title: '`docker run --privileged`', place: 'docker', args: ['--privileged'] },
]
