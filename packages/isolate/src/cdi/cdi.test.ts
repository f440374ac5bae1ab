import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readCdiSpec } from './cdi-spec.ts'
import { findEdits, findDevices, isFree } from './find-devices.ts'
import { readCdi } from './read-cdi.ts'

const root = mkdtempSync(join(tmpdir(), 'cdi-'))
afterAll(() => rmSync(root, { recursive: true }))

/** A directory with specifications. */
function directory(name: string, files: Readonly<Record<string, unknown>>): string {
  const path = join(root, name)
  mkdirSync(path)
  for (const [file, content] of Object.entries(files))
    writeFileSync(join(path, file), typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const device = (name: string, more: object = {}): object => ({
  name,
  containerEdits: { env: [`${name.toUpperCase()}=1`] },
  ...more,
})
const spec = (devices: readonly object[], more: object = {}): object => ({
  cdiVersion: '0.6.0',
  kind: 'v.com/gpu',
  devices,
  ...more,
})

describe('a specification', () => {
  test('has devices with variables, nodes, mounts and groups', () => {
    const containerEdits = {
      env: ['A=b=c'],
      deviceNodes: [
        { path: '/dev/x' },
        { path: '/dev/y', hostPath: '/dev/host', fileMode: 0o100660, uid: 5, gid: 6, permissions: 'rw' },
      ],
      mounts: [{ hostPath: '/lib/x', containerPath: '/opt/x', options: ['ro', 'nosuid'] }],
      additionalGids: [44],
    }
    expect(readCdiSpec(spec([{ name: '0', containerEdits }])).devices).toEqual([
      {
        name: 'v.com/gpu=0',
        annotations: {},
        edits: {
          env: [['A', 'b=c']],
          nodes: [
            { source: '/dev/x', target: '/dev/x' },
            { source: '/dev/host', target: '/dev/y', mode: 0o660, uid: 5, gid: 6 },
          ],
          mounts: [{ source: '/lib/x', target: '/opt/x', readonly: true }],
          groups: [44],
          beyond: [],
        },
      },
    ])
  })

  test('reports unsupported edits', () => {
    const hooks = [{ hookName: 'createContainer', path: '/bin/hook' }]
    const { devices } = readCdiSpec(spec([{ name: '0', containerEdits: { hooks, netDevices: [], intelRdt: {} } }]))
    expect(devices[0]?.edits.beyond).toEqual(['hooks', 'intelRdt'])
  })

  test.each([
    [[], 'the specification is not an object'],
    [{ kind: 'gpu', devices: [] }, 'kind "gpu" is not vendor/class'],
    [spec([{ name: '../0' }]), '"../0" is no name of a device'],
    [spec([{ name: '0', containerEdits: { env: ['=x'] } }]), '"=x" is no environment variable'],
    [
      spec([{ name: '0', containerEdits: { deviceNodes: [{ path: 'dev' }] } }]),
      'hostPath of a device node is not absolute: "dev"',
    ],
    [spec([{ name: '0', containerEdits: { additionalGids: [-1] } }]), 'additionalGids is no number'],
    [
      spec([{ name: '0', containerEdits: { mounts: [{ hostPath: '/a', containerPath: '/b', type: 'nfs' }] } }]),
      'only bind is known',
    ],
  ])('%j is refused', (content, message) => {
    expect(() => readCdiSpec(content)).toThrow(message)
  })
})

describe('a registry', async () => {
  test('has the devices of all directories; later ones win, twins in one are left out, broken files cost only themselves', async () => {
    const first = directory('first', {
      'a.json': spec([device('one'), device('two')]),
      'b.json': spec([device('twin')]),
      'c.json': spec([device('twin')]),
      'd.yaml': 'kind: v.com/gpu\nkind: v.com/nic',
      'e.json': 'broken',
      'notes.txt': '',
    })
    const second = directory('second', { 'a.json': spec([device('two', { annotations: { from: 'second' } })]) })
    const { devices, problems } = await readCdi([first, second, join(root, 'none')])
    expect([...devices.keys()]).toEqual(['v.com/gpu=one', 'v.com/gpu=two'])
    expect(devices.get('v.com/gpu=two')?.device.annotations).toEqual({ from: 'second' })
    expect(problems).toEqual([
      `${first}/c.json: device v.com/gpu=twin is in another file too`,
      `${first}/d.yaml: Map keys must be unique at line 2, column 1`,
      expect.stringContaining(`${first}/e.json: `),
    ])
  })

  test('reads YAML as the CDI library does', async () => {
    const text = `
cdiVersion: "0.6.0"
kind: v.com/gpu
x-common: &common
  env: [ALL=1]
devices:
- name: "0"
  containerEdits:
    <<: *common
    deviceNodes:
    - path: /dev/v0
      fileMode: 0660
- name: 1
`
    const { devices, problems } = await readCdi([directory('yaml', { 'v.yaml': text })])
    expect(problems).toEqual([])
    expect([...devices.keys()]).toEqual(['v.com/gpu=0', 'v.com/gpu=1'])
    expect(devices.get('v.com/gpu=0')?.device.edits).toMatchObject({
      env: [['ALL', '1']],
      nodes: [{ source: '/dev/v0', target: '/dev/v0', mode: 0o660 }],
    })
  })

  test('bounds what it reads', async () => {
    const aliases = Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`)
    const path = directory('bounds', {
      'aliases.yaml': ['a0: &a0 [x]', ...aliases].join('\n'),
      'deep.yaml': '['.repeat(500_000),
      'large.yaml': ' '.repeat((1 << 20) + 1),
    })
    mkdirSync(join(path, 'folder.json'))
    const { devices, problems } = await readCdi([path])
    expect(devices.size).toBe(0)
    expect(problems).toEqual([
      `${path}/aliases.yaml: Excessive alias count indicates a resource exhaustion attack`,
      `${path}/deep.yaml: it is nested too deeply`,
      `${path}/folder.json: it is not a file`,
      `${path}/large.yaml: it is too large`,
    ])
  })

  const registry = await readCdi([
    directory('find', {
      'gpu.json': spec(
        [device('b'), device('a', { annotations: { 'org.mobyproject.buildkit.device.class': 'fast' } })],
        {
          containerEdits: { env: ['ALL=1'] },
          annotations: { 'org.mobyproject.buildkit.device.autoallow': 'true' },
        },
      ),
      'nic.json': {
        kind: 'v.com/nic',
        devices: [device('a', { annotations: { 'org.mobyproject.buildkit.device.class': 'fast' } })],
      },
    }),
  ])

  test.each([
    ['v.com/gpu=b', ['v.com/gpu=b']],
    ['v.com/gpu', ['v.com/gpu=a']],
    ['v.com/gpu=*', ['v.com/gpu=a', 'v.com/gpu=b']],
    ['fast', ['v.com/gpu=a', 'v.com/nic=a']],
    ['v.com/gpu=c', []],
    ['v.com', []],
    ['', []],
  ])('the request "%s" means %j', (request, names) => {
    expect(findDevices(registry, request)).toEqual(names)
  })

  test('what a specification gives with every device is given once', () => {
    expect(findEdits(registry, ['v.com/gpu=a', 'v.com/gpu=b', 'v.com/gpu=a']).env).toEqual([
      ['ALL', '1'],
      ['A', '1'],
      ['B', '1'],
    ])
  })

  test('the owner of the machine may give devices to everybody', () => {
    expect([isFree(registry, 'v.com/gpu=a'), isFree(registry, 'v.com/nic=a')]).toEqual([true, false])
  })
})
