import { expect, test } from 'vitest'
import { improve } from './improve.ts'

const docker = [{ name: 'docker', evidence: '/.dockerenv' }] as const
const root = { name: 'root', available: false, obstacles: ['sys-admin'] } as const
const works = { name: 'chroot', available: true } as const

test('in a default container, user namespaces take less than the right to mount', () => {
  const forbidden = ['seccomp', 'masked-proc'] as const
  const rungs = [
    root,
    { name: 'userns', available: false, obstacles: forbidden },
    { name: 'userns-single', available: false, obstacles: forbidden },
    works,
  ]
  const improvement = improve(rungs, docker)
  expect(improvement).toMatchObject({ rung: 'userns-single', obstacles: forbidden })
  expect(improvement?.changes[0]).toEqual({
    place: 'docker',
    words: ['--security-opt seccomp=unconfined', '--security-opt systempaths=unconfined'],
  })
  expect(improvement?.changes.map(({ place }) => place)).toEqual([
    'docker',
    'kubernetes',
    'gitlab',
    'openshift',
    'github',
  ])
})

test('a range of ids is not proposed where namespaces are forbidden', () => {
  const rungs = [
    root,
    { name: 'userns', available: false, obstacles: ['no-new-privileges'] },
    { name: 'userns-single', available: false, obstacles: ['seccomp', 'masked-proc'] },
    { name: 'chroot', available: false, obstacles: ['default-capabilities'] },
  ] as const
  expect(improve(rungs, docker)).toMatchObject({ rung: 'chroot', obstacles: ['default-capabilities'] })
  expect(improve(rungs.slice(0, 3), docker)).toMatchObject({ rung: 'userns-single' })
})

test('the machine is named where it has the remedy', () => {
  const rungs = [{ name: 'userns-single', available: false, obstacles: ['namespace-limit'] }] as const
  expect(improve(rungs, [{ name: 'machine', evidence: '' }])?.changes[0]).toEqual({
    place: 'machine',
    words: ['as root: sysctl -w user.max_user_namespaces=10000'],
  })
})

test('nothing is proposed for the strongest rung, nor for a refusal without a known restriction', () => {
  expect(improve([{ name: 'root', available: true }], docker)).toBeUndefined()
  expect(improve([{ name: 'root', available: false }, works], docker)).toBeUndefined()
})

test('the isolation that the caller names is improved, also below one that works', () => {
  const rungs = [
    { name: 'confined', available: true },
    { name: 'chroot', available: false, obstacles: ['default-capabilities'] },
  ] as const
  expect(improve(rungs, docker)).toBeUndefined()
  expect(improve(rungs, docker, 'chroot')).toMatchObject({ rung: 'chroot', obstacles: ['default-capabilities'] })
  expect(improve(rungs, docker, 'confined')).toBeUndefined()
})
