import { expect, test } from 'vitest'
import type { Call } from '../machine/call.ts'
import type { ProcessSpec } from '../model/process.ts'
import { planCapabilities, sandboxCapabilities } from './capabilities.ts'
import { planChroot } from './chroot.ts'
import { planExec } from './exec.ts'
import type { Host } from './host.ts'
import { planNamespaces } from './namespaces.ts'
import { planUlimits } from './ulimits.ts'

const host: Host = {
  capabilities: (1n << 41n) - 1n,
  inUserNamespace: false,
  hasTerminalGroup: true,
  hasSys: true,
  devices: ['/dev/null'],
  dangerousDevices: ['/dev/kmsg'],
  noNewPrivileges: false,
  landlockAbi: 0,
}
const spec: ProcessSpec = {
  rootfs: '/rootfs',
  args: ['/bin/true'],
  env: [],
  cwd: '/work',
  user: { uid: 5, gid: 6, groups: [7] },
  mounts: [{ type: 'bind', source: '/host/cache', target: '/cache', readonly: false, directory: true }],
  hostname: 'box',
  network: 'default',
  security: 'sandbox',
  extraHosts: [],
  ulimits: [],
}
const purposes = (changes: Partial<ProcessSpec> = {}, on: Host = host): readonly string[] =>
  planNamespaces({ ...spec, ...changes }, on).map(({ purpose }) => purpose)

test('sources are taken before the root changes, and everything is mounted after the old one is gone', () => {
  const plan = purposes()
  const order = [
    'open mount source /host/cache',
    'change the root',
    'detach the old root',
    'mount on /proc',
    'mount on /cache',
    'enter /work',
    'become user 5',
    'exec /bin/true',
  ]
  expect(order.map((purpose) => plan.indexOf(purpose))).toEqual(
    order.map((purpose) => plan.lastIndexOf(purpose)).toSorted((a, b) => a - b),
  )
  expect(plan.at(-1)).toBe('exec /bin/true')
})

test('user and group change only after capabilities and filter are set', () => {
  const plan = purposes()
  expect(plan.indexOf('filter system calls')).toBeLessThan(plan.indexOf('drop capability 21'))
  expect(plan.indexOf('drop capability 21')).toBeLessThan(plan.indexOf('become group 6'))
  expect(plan.indexOf('become group 6')).toBeLessThan(plan.indexOf('become user 5'))
})

test('insecure means no masks, no filter and every capability', () => {
  const plan = purposes({ security: 'insecure' })
  expect(plan.filter((purpose) => /^(mask|filter|drop|protect) /.test(purpose))).toEqual([])
  expect(purposes().filter((purpose) => /mask \/proc\/kcore|protect \/proc\/sys$/.test(purpose))).toHaveLength(2)
})

test('insecure processes are shown what can harm the machine, but not in a user namespace', () => {
  const dangerous = (plan: readonly string[]): readonly string[] =>
    plan.filter((purpose) => /allow devices|source .*kmsg/.test(purpose))
  expect(dangerous(purposes({ security: 'insecure' }))).toEqual([
    'open mount source /dev/kmsg',
    'allow devices in /rootfs',
  ])
  expect(dangerous(purposes({ security: 'insecure' }, { ...host, inUserNamespace: true }))).toEqual([])
  expect(dangerous(purposes())).toEqual([])
})

test('with nothing but another root directory, insecure processes cannot mount', () => {
  const plan = planChroot({ ...spec, security: 'insecure' }, host)
  const dropped = plan.flatMap(({ purpose }) => (purpose.startsWith('drop') ? [Number(purpose.split(' ').at(-1))] : []))
  expect(dropped.filter((number) => number <= 40)).toEqual([21])
})

test.each([
  ['root', 0, {}, ['set no_new_privs', 'restrict the process with Landlock']],
  ['another user', 5, {}, ['drop capability 18']],
  ['another user under no_new_privs', 5, { noNewPrivileges: true }, ['restrict the process with Landlock']],
  [
    'another user of a caller who may mount',
    5,
    { capabilities: host.capabilities },
    ['restrict the process with Landlock'],
  ],
  ['root before Linux 5.19', 0, { landlockAbi: 1 }, []],
  ['another user without Landlock', 5, { landlockAbi: 0 }, []],
] as const)('on the rung chroot, the wall of %s', (_, uid, changes, expected) => {
  const inContainer = { ...host, capabilities: 0xa80425fbn, landlockAbi: 6, ...changes }
  const plan = planChroot({ ...spec, user: { uid, gid: 0, groups: [] } }, inContainer)
  const wall = /no_new_privs|restrict|drop capability 18/
  expect(plan.map(({ purpose }) => purpose).filter((purpose) => wall.test(purpose))).toEqual(expected)
})

test.for([
  ['root behind its wall', 0, {}, 1],
  ['root without Landlock', 0, { landlockAbi: 0 }, 0],
  ['root without Landlock, under no_new_privs', 0, { landlockAbi: 0, noNewPrivileges: true }, 1],
  ['another user', 5, {}, 0],
  ['another user of a caller who may mount', 5, { capabilities: host.capabilities }, 1],
] as const)('on the rung chroot, the kernel allows a filter for %s', ([, uid, changes, filters]) => {
  const inContainer = { ...host, capabilities: 0xa80425fbn, landlockAbi: 6, ...changes }
  const plan = planChroot({ ...spec, user: { uid, gid: 0, groups: [] } }, inContainer)
  expect(plan.filter(({ purpose }) => purpose === 'filter system calls')).toHaveLength(filters)
})

test('in namespaces, only abstract sockets of a shared network are left to refuse', () => {
  const restricted = (changes: Partial<ProcessSpec>, landlockAbi = 6): boolean =>
    purposes(changes, { ...host, landlockAbi }).includes('restrict the process with Landlock')
  expect(restricted({})).toBe(true)
  expect(
    [{ network: 'host' }, { network: 'none' }, { security: 'insecure' }].map((changes) => restricted(Object(changes))),
  ).toEqual([false, false, false])
  expect(restricted({}, 5)).toBe(false)
})

test('no network is a namespace with its loopback interface on', () => {
  expect(purposes({ network: 'none' })).toContain('turn the loopback interface on')
  expect(purposes()).not.toContain('turn the loopback interface on')
})

test("a user namespace without a network of its own shows the host's /sys", () => {
  const inside = { ...host, inUserNamespace: true }
  expect(purposes({}, inside)).toContain('open mount source /sys')
  expect(purposes({ network: 'none' }, inside)).toContain('mount sysfs')
})

test("the capability set is BuildKit's", () => {
  expect(sandboxCapabilities).toBe(0xa80425fbn)
  expect(planCapabilities(host).filter(({ purpose }) => purpose.startsWith('drop'))).toHaveLength(64 - 14)
})

test('a program without a slash is tried in every directory of PATH, and only the last failure counts', () => {
  const plan = planExec({ args: ['x', 'y'], env: [['PATH', '/a:/b::/c']] })
  expect(plan.map(({ args }) => args[0])).toEqual(['/a/x', '/b/x', './x', '/c/x'])
  expect(plan.map(({ ignore }) => ignore !== undefined)).toEqual([true, true, true, false])
  expect(planExec({ args: ['./x'], env: [['PATH', '/a']] })).toHaveLength(1)
  expect(planExec({ args: ['x'], env: [] })).toHaveLength(6)
})

test.each(['nofile', 'nofile=', 'nofile=x', 'files=1', 'nofile=1:2:3', 'nofile=-2'])(
  'the ulimit "%s" is refused',
  (text) => {
    expect(() => planUlimits([text])).toThrow(expect.objectContaining({ code: 'BAD_ULIMIT' }))
  },
)

test('raw sockets of the machine are for ping; where no filter can tell, the capability is missing', () => {
  const filterOf = (plan: readonly Call[]): unknown => plan.find(({ name }) => name === 'seccomp')?.args
  const plan = (changes: Partial<ProcessSpec>): readonly Call[] => planNamespaces({ ...spec, ...changes }, host)
  const drops = (calls: readonly Call[]): boolean => calls.some(({ purpose }) => purpose === 'drop capability 13')
  expect(filterOf(plan({}))).not.toEqual(filterOf(plan({ network: 'host' })))
  for (const network of ['host', 'private', 'none'] as const)
    expect(filterOf(plan({ network }))).toEqual(filterOf(plan({ network: 'none' })))
  expect([plan({}), plan({ socketcall: true }), plan({ socketcall: true, network: 'none' })].map(drops)).toEqual([
    false,
    true,
    false,
  ])
  expect([planChroot(spec, host), planChroot({ ...spec, network: 'host' }, host)].map(drops)).toEqual([true, false])
})
