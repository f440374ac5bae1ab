import { describe, expect, test } from 'vitest'
import { countFolders } from '../scripts/count-folders.ts'
import { readSourceFiles, resolveSpecifier, type SourceFile } from './support/source-files.ts'

/**
 * A file imports from its own unit and from units of a lower rank, nothing else. The longest
 * matching prefix names the unit.
 */
const rank: Readonly<Record<string, number>> = {
  'packages/errors/': -1,
  'packages/oci/': 0,
  'packages/tar/': 0,
  'packages/dockerfile/': 0,
  'packages/isolate/': 0,
  'packages/content/': 1,
  'packages/tree/': 1,
  'packages/registry/': 2,
  'packages/cloud/': 3,
  'packages/bucket/': 4,
  'packages/distribution-server/': 2,
  'packages/attest/': 2,
  'packages/estargz/': 2,
  'packages/reapi/': 2,
  'src/progress/': 10,
  'src/graph/': 10,
  'src/layer/': 11,
  'src/mounts/': 11,
  'src/reapi/': 11,
  'src/format/': 12,
  'src/frontend/': 12,
  'src/solve/': 12,
  'src/rootfs/': 12,
  'src/op/': 13,
  'src/cache/': 13,
  'src/image/': 13,
  'src/subrequest/': 13,
  'src/verify/': 13,
  'src/export/': 14,
  'src/remote/': 14,
  'src/guard/': 14,
  'src/option-words.ts': 13,
  'src/option-values.ts': 14,
  'src/options.ts': 15,
  'src/build-result.ts': 15,
  'src/build-error.ts': 15,
  'src/compile-cache.ts': 10,
  'src/system-error.ts': 10,
  'src/units.ts': 10,
  'src/caller-error.ts': 10,
  'src/caller-keychain.ts': 11,
  'src/known-error.ts': 11,
  'src/transfer-error.ts': 10,
  'src/store/': 15,
  'src/diagnosis/': 15,
  'src/report/': 16,
  'src/images/': 16,
  'src/build-request.ts': 16,
  'src/context/': 17,
  'src/session/': 18,
  'src/attestation/': 19,
  'src/': 20,
  'src/cli/': 21,
}

/**
 * The folders of a unit from the lowest up; '.' is what lies in the unit itself. A file imports
 * from its own room and from lower ones.
 */
const rooms: Readonly<Record<string, readonly string[]>> = {
  'packages/dockerfile/src/': [
    'text',
    'expand',
    'mount',
    'values',
    'syntax',
    'instructions',
    'ignore',
    'checks',
    'advice',
    '.',
  ],
  'packages/content/src/': ['memory', 'hash', 'storage', 'compression', 'chunking', 'graph', 'disk', '.'],
  'packages/tree/src/': ['model', 'known', 'tar', 'disk', 'copy', '.'],
  'packages/cloud/src/': ['http', 'aws', 'azure', 'google', 'logins', 'testing', '.'],
  'packages/bucket/src/': ['store', 's3', 'azure', 'gha', 'testing', '.'],
  'packages/distribution-server/src/': [
    'names',
    'wire',
    'manifest',
    'storage',
    'testing',
    'directory',
    'layout',
    'auth',
    'endpoints',
    'server',
    '.',
  ],
  'packages/isolate/src/': [
    'machine',
    'listener',
    'ledger',
    'model',
    'confined',
    'cgroup',
    'launcher',
    'plan',
    'supervision',
    'root',
    'rungs',
    'oci',
    'cdi',
    '.',
  ],
  'src/layer/': ['disk', 'stored', '.'],
  'src/rootfs/': ['protocol', 'layers', 'changes', 'trees', 'strategies', 'agent', 'client', '.'],
  'src/frontend/': ['plan', 'sources', 'state', 'lower', '.'],
  'src/op/': ['transfer', 'git', 'http', 'archives', 'images', 'run', '.'],
  'src/cache/': ['options', 'model', 'local', 'image', 'reapi', 'claims', '.'],
  'src/session/': ['options', 'caches', 'steps', '.'],
  'src/report/': ['model', 'image', 'compare', 'build', 'page', '.'],
  'src/cli/': ['invocation', 'ci', 'render', 'template', 'values', 'flags', 'results', 'failure', 'commands', '.'],
}

const files = readSourceFiles()

test('there is something to check', () => {
  expect(files.length).toBeGreaterThan(20)
})

test('every file belongs to a unit with a rank', () => {
  expect(files.filter(({ path }) => unitOf(path) === undefined).map(({ path }) => path)).toEqual([])
})

test('imports point downward or into the own unit', () => {
  expect(
    files.flatMap((file) =>
      importsOf(file)
        .filter((target) => isUpward(file.path, target))
        .map((target) => `${file.path} -> ${target}`),
    ),
  ).toEqual([])
})

test('imports within a unit point to lower rooms or into the own room', () => {
  expect(
    files.flatMap((file) =>
      importsOf(file)
        .filter((target) => isUpstairs(file.path, target))
        .map((target) => `${file.path} -> ${target}`),
    ),
  ).toEqual([])
})

test('every folder of a unit with rooms is one of them', () => {
  expect(files.filter(({ path }) => roomOf(path)?.floor === -1).map(({ path }) => path)).toEqual([])
})

test('packages are imported by their name only, and src is not imported by them', () => {
  const crossing = files.flatMap(({ path, specifiers }) =>
    specifiers
      .filter((specifier) => specifier.startsWith('.') || specifier.startsWith('@tsbuild/'))
      .filter((specifier) => {
        const target = resolveSpecifier(path, specifier)
        if (target === undefined) return true
        return specifier.startsWith('.') ? packageOf(target) !== packageOf(path) : packageOf(target) === packageOf(path)
      })
      .map((specifier) => `${path}: '${specifier}'`),
  )
  expect(crossing).toEqual([])
})

test('imports end in files that exist', () => {
  const known = new Set(files.map(({ path }) => path))
  expect(
    files.flatMap((file) =>
      importsOf(file)
        .filter((target) => !known.has(target))
        .map((target) => `${file.path} -> ${target}`),
    ),
  ).toEqual([])
})

test('no file imports itself through others', () => {
  expect(findCycle(files)).toBeUndefined()
})

test('one concept a file: at most 250 lines of code', () => {
  expect(
    files
      .filter(({ path, codeLines }) => codeLines > 250 && !path.includes('/generated/'))
      .map(({ path, codeLines }) => `${path}: ${codeLines}`),
  ).toEqual([])
})

test('a folder has at most 28 files, tests and folders in it left out', () => {
  expect(countFolders(files).filter(({ files: count }) => count > 28)).toEqual([])
})

test('the index of a package only re-exports', () => {
  const indexes = files.filter(({ path }) => path.endsWith('/index.ts'))
  expect(
    indexes.filter(({ path }) => !/^(packages\/[^/]+\/)?src\/index\.ts$/.test(path)).map(({ path }) => path),
  ).toEqual([])
})

describe('the checks can fail', () => {
  const file = (path: string, ...specifiers: string[]): SourceFile => ({ path, specifiers, codeLines: 1 })

  test('an upward import is seen', () => {
    expect(isUpward('src/layer/layer.ts', 'src/solve/solver.ts')).toBe(true)
    expect(isUpward('src/frontend/lower-dockerfile.ts', 'src/solve/solver.ts')).toBe(true)
    expect(isUpward('src/solve/solver.ts', 'src/solve/key.ts')).toBe(false)
    expect(isUpward('src/cli/main.ts', 'src/build.ts')).toBe(false)
  })

  test('an import from a higher room is seen', () => {
    expect(isUpstairs('packages/tree/src/model/path.ts', 'packages/tree/src/disk/scan.ts')).toBe(true)
    expect(isUpstairs('packages/tree/src/disk/scan.ts', 'packages/tree/src/model/path.ts')).toBe(false)
    expect(isUpstairs('packages/tree/src/disk/scan.ts', 'packages/tree/src/index.ts')).toBe(true)
    expect(roomOf('packages/tree/src/attic/box.ts')?.floor).toBe(-1)
  })

  test('a cycle is named', () => {
    expect(findCycle([file('src/a.ts', './b.ts'), file('src/b.ts', './c.ts'), file('src/c.ts', './b.ts')])).toEqual([
      'src/b.ts',
      'src/c.ts',
      'src/b.ts',
    ])
  })
})

function importsOf({ path, specifiers }: SourceFile): readonly string[] {
  return specifiers.flatMap((specifier) => resolveSpecifier(path, specifier) ?? [])
}

function unitOf(path: string): string | undefined {
  return Object.keys(rank)
    .filter((prefix) => path.startsWith(prefix))
    .sort((a, b) => b.length - a.length)[0]
}

function isUpward(from: string, to: string): boolean {
  const [source, target] = [unitOf(from), unitOf(to)]
  if (source === undefined || target === undefined) return true
  return source !== target && (rank[target] ?? 0) >= (rank[source] ?? 0)
}

/** The unit with rooms that a file belongs to, and the number of its room. */
function roomOf(path: string): { readonly unit: string; readonly floor: number } | undefined {
  const unit = Object.keys(rooms).find((prefix) => path.startsWith(prefix))
  if (unit === undefined) return undefined
  const [first = '', ...more] = path.slice(unit.length).split('/')
  return { unit, floor: rooms[unit]?.indexOf(more.length === 0 ? '.' : first) ?? -1 }
}

function isUpstairs(from: string, to: string): boolean {
  const [source, target] = [roomOf(from), roomOf(to)]
  return source !== undefined && source.unit === target?.unit && target.floor > source.floor
}

/** `src` counts as one package. */
function packageOf(path: string): string {
  return /^packages\/[^/]+/.exec(path)?.[0] ?? 'src'
}

/** The first import cycle found, its first file repeated at the end. */
function findCycle(sources: readonly SourceFile[]): readonly string[] | undefined {
  const byPath = new Map(sources.map((source) => [source.path, source]))
  const finished = new Set<string>()
  const visit = (path: string, trail: readonly string[]): readonly string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path]
    const source = byPath.get(path)
    if (source === undefined || finished.has(path)) return undefined
    for (const target of importsOf(source)) {
      const cycle = visit(target, [...trail, path])
      if (cycle !== undefined) return cycle
    }
    finished.add(path)
    return undefined
  }
  for (const { path } of sources) {
    const cycle = visit(path, [])
    if (cycle !== undefined) return cycle
  }
  return undefined
}
