import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Rung, rungs } from '@tsbuild/isolate'
import { type Change, contentOf, type Diff, type Entry, type Path } from '@tsbuild/tree'
import type { Layer, Snapshot } from '../../layer/layer.ts'
import { LayerStore } from '../../layer/layer-store.ts'
import type { Strategy } from '../protocol/agent-protocol.ts'
import type { RootfsProcess, RootfsProvider } from '../protocol/provider.ts'

// Help for tests: a store with a base layer made of busybox, and short ways to run scripts.

const busybox = '/bin/busybox'
const metadata = { mode: 0o755, uid: 0, gid: 0, mtime: 0 }

const isRoot = process.geteuid?.() === 0

/**
 * The rungs and strategies of this machine; `runs` is false for those the tester is the wrong user
 * for.
 */
export const waysToRun: readonly {
  readonly name: Rung['name']
  readonly strategy: Strategy
  readonly runs: boolean
}[] = [
  { name: 'root', strategy: 'overlay', runs: isRoot },
  { name: 'root', strategy: 'clone', runs: isRoot },
  { name: 'chroot', strategy: 'clone', runs: isRoot },
  { name: 'userns', strategy: 'overlay', runs: true },
  { name: 'userns-single', strategy: 'overlay', runs: true },
  { name: 'userns-single', strategy: 'clone', runs: true },
  { name: 'confined', strategy: 'clone', runs: true },
]

/** Tests that run processes need a static busybox. */
export const hasBusybox: boolean = existsSync(busybox)

export function rungOf(name: string | undefined): Rung {
  const rung = rungs.find((one) => one.name === name)
  if (!rung) throw new Error(`no rung "${name}"`)
  return rung
}

export function directory(): Entry {
  return { ...metadata, type: 'directory' }
}

export function file(text: string | Uint8Array, changes: Partial<Entry> = {}): Entry {
  return { ...metadata, ...changes, type: 'file', content: contentOf(text) }
}

export function set(entries: Readonly<Record<Path, Entry>>): Diff {
  return new Map(Object.entries(entries).map(([path, entry]): [Path, Change] => [path, { type: 'set', entry }]))
}

/** busybox with all its names, two users, and some things to change. */
export function baseDiff(): Diff {
  const names = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n')
  const links = names
    .filter((name) => name !== 'busybox')
    .map((name): [Path, Entry] => [`bin/${name}`, { ...metadata, type: 'symlink', target: 'busybox' }])
  return set({
    bin: directory(),
    'bin/busybox': file(readFileSync(busybox)),
    ...Object.fromEntries(links),
    etc: { ...directory(), mtime: 1_000_000 },
    'etc/passwd': file('root:x:0:0:root:/root:/bin/sh\nbob:x:1000:1001::/home/bob:/bin/sh\n', { mode: 0o644 }),
    'etc/group': file('root:x:0:\nbob:x:1001:\n', { mode: 0o644 }),
    gone: { ...metadata, type: 'device', kind: 'character', major: 1, minor: 7 },
    root: directory(),
    tmp: { ...directory(), mode: 0o1777 },
    data: { ...directory(), mtime: 1_000_000 },
    'data/old': file('old'),
    'data/device': { ...metadata, type: 'device', kind: 'block', major: 8, minor: 1 },
    'data/sub': directory(),
    'data/sub/one': file('1'),
    'data/sub/two': file('2'),
    'data/able': file('x', {
      xattrs: new Map([['security.capability', Buffer.from('0100000200040000000000000000000000000000', 'hex')]]),
    }),
  })
}

/**
 * A layer with a directory that is somebody's, and one that has something in it without having the
 * directory.
 */
export function implyingLayers(store: LayerStore): Snapshot {
  const owned = set({
    srv: { ...directory(), mode: 0o711 },
    'srv/app': { ...directory(), mode: 0o2750, uid: 1000, gid: 1001, mtime: 1_000_000 },
  })
  const implying = set({ 'srv/app/w/deep/file': file('x', { uid: 1000 }) })
  return [owned, implying].map((diff) => store.fromDiff(diff, { type: 'none' }))
}

/** A new store in a directory of its own. */
export async function makeStore(): Promise<{ readonly store: LayerStore; readonly directory: string }> {
  const path = mkdtempSync(join(tmpdir(), 'rootfs-'))
  return { store: await LayerStore.open(join(path, 'store')), directory: path }
}

/** The layer of `baseDiff`. */
export function makeBase(store: LayerStore): Layer {
  return store.fromDiff(baseDiff(), { type: 'none' })
}

export interface Ran {
  readonly exitCode: number
  readonly out: string
  readonly err: string
  readonly layer?: Layer
}

/** Runs a shell script, or a program with arguments. */
export async function runIn(
  provider: RootfsProvider,
  snapshot: Snapshot,
  options: Partial<RootfsProcess> & {
    readonly script?: string
    readonly signal?: AbortSignal
    readonly epoch?: number
    /** Awaited for each piece of output. */
    readonly taking?: (stream: 'stdout' | 'stderr') => Promise<void>
  },
): Promise<Ran> {
  const { script = 'true', signal = new AbortController().signal, epoch, taking, ...changes } = options
  const output = { stdout: '', stderr: '' }
  const process: RootfsProcess = {
    args: ['/bin/sh', '-c', script],
    env: [],
    cwd: '/',
    user: '',
    mounts: [],
    hostname: 'buildkitsandbox',
    network: 'default',
    security: 'sandbox',
    extraHosts: [],
    ulimits: [],
    ...changes,
  }
  const onOutput = (stream: 'stdout' | 'stderr', data: Uint8Array): unknown => {
    output[stream] += Buffer.from(data).toString()
    return taking?.(stream)
  }
  const { result, layer } = await provider.run(snapshot, process, {
    signal,
    onOutput,
    compression: { type: 'none' },
    ...(epoch !== undefined && { epoch }),
  })
  return { exitCode: result.exitCode, out: output.stdout, err: output.stderr, ...(layer && { layer }) }
}

/** The changes of a layer, one line each, in order. */
export async function listing(layer: Layer | undefined): Promise<readonly string[]> {
  const diff = await layer?.diff()
  return [...(diff ?? [])].map(([path, change]) => {
    if (change.type === 'remove') return `- ${path}`
    const { type, mode, uid, gid } = change.entry
    return `${change.opaque ? '!' : '+'} ${path} ${type} ${mode.toString(8)} ${uid}:${gid}`
  })
}
