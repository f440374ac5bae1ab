import { expect, test } from 'vitest'
import { findObstacles } from './obstacle.ts'
import { planEnter } from '../plan/enter.ts'

const status = '/proc/self/status'
const mounts = '/proc/self/mountinfo'
const filtered = { [status]: 'Name:\tnode\nSeccomp:\t2\n' }
const masked = { [mounts]: '7 6 0:5 /null /proc/kcore rw - tmpfs none rw\n' }

const clone = planEnter({ user: true }).find(({ name }) => name === 'clone')
const proc = planEnter({ user: true }).find(({ purpose }) => purpose.includes('proc'))

test.each([
  [
    'a filter of a container with a masked /proc',
    clone,
    'EPERM',
    { ...filtered, ...masked },
    ['seccomp', 'masked-proc'],
  ],
  ['a filter', clone, 'EPERM', { ...filtered, [mounts]: '7 6 0:5 / /proc rw - proc none rw\n' }, ['seccomp']],
  ['a limit', clone, 'ENOSPC', {}, ['namespace-limit']],
  ["Debian's sysctl", clone, 'EPERM', { '/proc/sys/kernel/unprivileged_userns_clone': '0\n' }, ['namespace-sysctl']],
  ['a masked /proc', proc, 'EPERM', { ...filtered, ...masked }, ['masked-proc']],
  [
    "Ubuntu's AppArmor",
    proc,
    'EACCES',
    { '/proc/sys/kernel/apparmor_restrict_unprivileged_userns': '1\n' },
    ['apparmor'],
  ],
  ['an old kernel', proc, 'ENOSYS', {}, ['kernel']],
  ['another error', proc, 'ENOMEM', filtered, []],
])('%s is named', (_, call, error, files: Readonly<Record<string, string>>, expected) => {
  if (call === undefined) throw new Error('The call is no part of the plan')
  expect(findObstacles(call, error, (path) => files[path] ?? '')).toEqual(expected)
})
