import { billOfMaterials, type Statement } from '@tsbuild/attest'
import { formatPlatform } from '@tsbuild/oci'
import type { SolvedTarget } from '../image/target.ts'
import type { StatementSource } from '../image/statement-source.ts'
import type { Snapshot } from '../layer/layer.ts'
import { layerFinder } from '../layer/layer-finder.ts'
import { snapshotView } from '../layer/snapshot-view.ts'
import { once } from '../solve/once.ts'
import type { Solver } from '../solve/solver.ts'
import { packageVersion } from '../session/package-version.ts'
import type { Session } from '../session/session.ts'

interface ScanParts {
  readonly session: Session
  /** Has solved the targets, and makes what else is listed. */
  readonly solver: Solver
}

/**
 * Bills of materials of each target and of the stages that its Dockerfile wants listed, made
 * without running or unpacking anything. Parameters are for generators: each is a warning.
 */
export function scannedMaterials(parameters: readonly string[], parts: ScanParts): StatementSource {
  for (const name of parameters) {
    const message = `ignored sbom parameter "${name}": it needs a generator image (generator=IMAGE)`
    parts.session.report({ type: 'warning', code: 'ParameterIgnored', message })
  }
  const made = new Map<SolvedTarget, Promise<readonly Statement[]>>()
  return (target) => once(made, target, () => listTarget(target, parts))
}

async function listTarget(target: SolvedTarget, { session, solver }: ScanParts): Promise<readonly Statement[]> {
  const { lowered, snapshot } = target
  const platform = formatPlatform(lowered.platform)
  const common = { created: await chooseDate(target, session.epoch), session }
  const main = listMaterials(snapshot, { name: platform, filename: 'sbom.spdx.json', purpose: 'CONTAINER', ...common })
  const others = lowered.scanTargets.map(async ({ name, kind, rootfs }) =>
    listMaterials(await solver.solve(rootfs), {
      name: `${name} ${platform}`,
      filename: `sbom-${name}.spdx.json`,
      purpose: kind === 'source' ? 'SOURCE' : 'CONTAINER',
      ...common,
    }),
  )
  return Promise.all([main, ...others])
}

interface Listing {
  readonly name: string
  readonly filename: string
  readonly purpose: 'CONTAINER' | 'SOURCE'
  readonly created: string
  readonly session: Session
}

async function listMaterials(snapshot: Snapshot, { session, ...listing }: Listing): Promise<Statement> {
  // A context is no layer of anything that is published.
  const layerOf = listing.purpose === 'SOURCE' ? () => undefined : await layerFinder(snapshot)
  const version = await packageVersion()
  const { statement, notes } = await billOfMaterials(await snapshotView(snapshot), {
    ...listing,
    version,
    layerOf,
    signal: session.signal,
  })
  for (const { path, message } of notes) {
    await session.report({
      type: 'warning',
      code: 'MaterialsIncomplete',
      message: `${listing.filename} is not complete: /${path} ${message}`,
    })
  }
  return statement
}

/**
 * The epoch, else when the newest layer was made: what is listed did not change later, and the same
 * image gets the same list again.
 */
async function chooseDate({ lowered, snapshot }: SolvedTarget, epoch: number | undefined): Promise<string> {
  if (epoch !== undefined) return formatSeconds(epoch * 1000)
  const made = (await Promise.all(snapshot.map((layer) => layer.created()))).filter((date) => date !== undefined)
  const newest = made.sort().at(-1) ?? lowered.history[lowered.baseHistory - 1]?.created
  const milliseconds = newest === undefined ? Number.NaN : Date.parse(newest)
  return formatSeconds(Number.isNaN(milliseconds) ? Date.now() : milliseconds)
}

/** SPDX has no fractions of seconds. */
function formatSeconds(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z')
}
