import { existsSync } from 'node:fs'
import { readFile, rm, stat } from 'node:fs/promises'
import { type Descriptor } from '@tsbuild/oci'
import { liveLeases } from '../layer/disk/lease.ts'
import { removeUnpacked } from '../layer/disk/remove-unpacked.ts'
import { StoreError } from '../layer/disk/store-error.ts'
import { defaultRoot, type StorePaths, storePaths } from '../layer/disk/store-paths.ts'
import { writeFileAtomic } from '../layer/disk/write-file.ts'
import { StoreScan } from './scan-store.ts'
import type { StoreCheck, StoreProblem } from './store-problem.ts'

/** Check of a local store. */
export interface CheckStoreOptions {
  /** Directory of the store. Default: `$TSBUILD_ROOT`, else in the user's data directory. */
  readonly root?: string
  /** Variables for the directory. Default: those of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Repair what was found. Default: false. */
  readonly repair?: boolean
  readonly signal?: AbortSignal
}

/**
 * Reads a whole store and reports everything in it that is damaged or points at missing bytes. A
 * repair removes that, so that builds make it again; it rejects with `STORE_BUSY` while a build
 * uses the store.
 */
export async function checkStore({
  env = process.env,
  root = defaultRoot(env),
  repair = false,
  signal = new AbortController().signal,
}: CheckStoreOptions = {}): Promise<StoreCheck> {
  const paths = storePaths(root)
  const empty = { blobs: 0, layers: 0, records: 0, images: 0 }
  if (!existsSync(paths.root)) return { store: paths.root, checked: empty, problems: [], repaired: [] }
  const running = repair ? (await liveLeases(paths)).length : 0
  if (running > 0) {
    const users = running === 1 ? 'a build is' : `${running} builds are`
    const hint = 'try again when they have ended'
    throw new StoreError('STORE_BUSY', `cannot repair: ${users} using the store`, { hint })
  }
  const scan = new StoreScan(paths, signal)
  await scan.run()
  const repaired: StoreProblem[] = []
  // Blobs first: a record that is written again names what is left.
  const order = scan.problems.toSorted((a, b) => Number(b.kind === 'blob') - Number(a.kind === 'blob'))
  for (const problem of repair ? order : []) if (await repairOne(problem, paths)) repaired.push(problem)
  return {
    store: paths.root,
    checked: scan.checked,
    problems: scan.problems.filter((problem) => !repaired.includes(problem)),
    repaired,
  }
}

/** False where tsbuild has no repair. */
async function repairOne({ kind, path, repair }: StoreProblem, paths: StorePaths): Promise<boolean> {
  if (repair === undefined) return false
  if (repair === 'rewrite') await rewriteLayer(path, paths)
  else if (kind === 'temporary') await removeUnpacked(path, paths)
  else await rm(path, { force: true })
  return true
}

/** Writes a layer record again, without blobs that are missing. */
async function rewriteLayer(path: string, paths: StorePaths): Promise<void> {
  const record: { readonly blobs: readonly Descriptor[] } = JSON.parse(await readFile(path, 'utf8'))
  const sizes = await Promise.all(
    record.blobs.map(({ digest }) =>
      stat(paths.blob(digest)).then(
        ({ size }) => size,
        () => undefined,
      ),
    ),
  )
  const blobs = record.blobs.filter(({ size }, index) => size === sizes[index])
  await writeFileAtomic(path, JSON.stringify({ ...record, blobs }), paths)
}
