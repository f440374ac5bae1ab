import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { CgroupView } from './cgroup-path.ts'
import { findCgroup } from './find-cgroup.ts'

// Directories with the files of cgroupfs. Rights of other users are for the virtual machine of
// test/limits.
let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cgroup-'))
})
afterEach(() => {
  chmodSync(root, 0o700)
  rmSync(root, { recursive: true })
})

interface Group {
  readonly offers?: string
  readonly passesOn?: string
  readonly processes?: readonly number[]
}

/** Makes a group. The empty path is the root of all groups, which has no type. */
function group(path: string, { offers = '', passesOn = '', processes = [] }: Group): void {
  mkdirSync(join(root, path), { recursive: true })
  const write = (file: string, text: string): void => writeFileSync(join(root, path, file), text)
  if (path !== '') write('cgroup.type', 'domain\n')
  write('cgroup.controllers', offers)
  write('cgroup.subtree_control', passesOn)
  write('cgroup.procs', processes.map((pid) => `${pid}\n`).join(''))
}

function view(
  own: string,
  { mountRoot = '/', more = '' }: { readonly mountRoot?: string; readonly more?: string } = {},
): CgroupView {
  return {
    mounts: `30 24 0:26 ${mountRoot} ${root} rw,nosuid shared:4 - cgroup2 cgroup2 rw\n`,
    groups: `${more}0::${own}\n`,
  }
}

const all = 'cpuset cpu io memory pids'

test('the own group of a build that is alone in it, which moves aside', () => {
  group('', { offers: all, passesOn: all })
  group('service', { offers: 'memory pids', processes: [process.pid] })
  expect(findCgroup(['memory', 'pids'], view('/service'))).toEqual({
    place: {
      directory: join(root, 'service'),
      controllers: ['memory', 'pids'],
      toEnable: ['memory', 'pids'],
      occupied: true,
    },
    missing: [],
  })
})

test('the nearest group above, if the own one holds other processes', () => {
  group('', { offers: all, passesOn: all })
  group('slice', { offers: 'cpu memory pids', passesOn: 'memory' })
  group('slice/scope', { offers: 'memory', processes: [1, process.pid] })
  expect(findCgroup(['memory', 'pids'], view('/slice/scope')).place).toEqual({
    directory: join(root, 'slice'),
    controllers: ['memory', 'pids'],
    toEnable: ['pids'],
    occupied: false,
  })
})

test('the group that offers most, and a word about the rest', () => {
  group('', { offers: 'memory pids', passesOn: 'memory pids' })
  group('a', { offers: 'memory', passesOn: 'memory' })
  const { place, missing, obstacle } = findCgroup(['memory', 'pids', 'cpu'], view('/a'))
  expect([place?.directory, place?.controllers, missing]).toEqual([root, ['memory', 'pids'], ['cpu']])
  expect(obstacle?.reason).toBe(`the control group ${root} has no controller cpu to pass on`)
})

test('all processes of a container may move', () => {
  group('', { offers: all, processes: [1, process.pid] })
  writeFileSync(join(root, 'cgroup.type'), 'domain\n')
  expect(findCgroup(['memory'], view('/')).place).toMatchObject({
    directory: root,
    occupied: true,
    toEnable: ['memory'],
  })
})

test('processes that cannot be named cannot move', () => {
  group('', { offers: all, processes: [0, process.pid] })
  writeFileSync(join(root, 'cgroup.type'), 'domain\n')
  expect(findCgroup(['memory'], view('/')).place).toBeUndefined()
})

test('the root of all groups may have processes', () => {
  group('', { offers: all, passesOn: all, processes: [1, 2] })
  expect(findCgroup(['cpuset'], view('/')).place).toMatchObject({ directory: root, occupied: false })
})

test('a mount that shows a part of the groups', () => {
  group('', { offers: all, processes: [process.pid] })
  expect(findCgroup(['memory'], view('/docker/1', { mountRoot: '/docker/1' })).place).toMatchObject({ directory: root })
  const elsewhere = findCgroup(['memory'], view('/docker/2', { mountRoot: '/docker/1' }))
  expect(elsewhere.obstacle?.reason).toMatch(/no control groups .* are mounted/)
})

test('cgroup v1 is refused by name, also beside v2', () => {
  group('', {})
  const hybrid = view('/', { more: '8:pids:/\n4:memory:/x\n1:name=systemd:/\n' })
  expect(findCgroup(['memory'], hybrid)).toEqual({
    missing: ['memory'],
    obstacle: {
      reason: 'the control groups of this machine are of version 1',
      hint: expect.stringContaining('unified_cgroup_hierarchy'),
    },
  })
  expect(findCgroup(['memory'], { mounts: '', groups: hybrid.groups }).obstacle?.reason).toMatch(/version 1$/)
})

test('without any: what to mount', () => {
  expect(findCgroup(['memory'], { mounts: '', groups: '' }).obstacle).toEqual({
    reason: 'no control groups (cgroup v2) are mounted',
    hint: expect.stringContaining('cgroup2'),
  })
})
