import { MaterialsError, readGenerated, type Statement, withLayers } from '@tsbuild/attest'
import { readAll } from '@tsbuild/content'
import { formatReference, hostPlatform, parseReference, withDefaultTag } from '@tsbuild/oci'
import { resolvePath } from '@tsbuild/tree'
import { generatorOutput, lowerGenerator } from '../frontend/lower/generator-step.ts'
import type { SolvedTarget } from '../image/target.ts'
import type { StatementSource } from '../image/statement-source.ts'
import type { Snapshot } from '../layer/layer.ts'
import { layerFinder } from '../layer/layer-finder.ts'
import { snapshotView } from '../layer/snapshot-view.ts'
import { once } from '../solve/once.ts'
import type { Solver } from '../solve/solver.ts'
import { packageVersion } from '../session/package-version.ts'
import type { Session } from '../session/session.ts'

/** Image that makes bills of materials, and its parameters. */
interface Generator {
  readonly generator: string
  readonly parameters: Readonly<Record<string, string>>
}

interface GeneratorParts {
  readonly session: Session
  /** Runs the generator like any other step. */
  readonly solver: Solver
}

const mostStatements = 100
const largestStatement = 40 << 20

/**
 * Bills of materials that an image makes when it is run on a target, with the layers of files put
 * in.
 */
export function generatedMaterials(
  { generator, parameters }: Generator,
  { session, solver }: GeneratorParts,
): StatementSource {
  const made = new Map<SolvedTarget, Promise<readonly Statement[]>>()
  const { resolver, epoch, report } = session
  const reference = formatReference(withDefaultTag(parseReference(generator)))
  const generate = async ({ lowered, snapshot }: SolvedTarget): Promise<readonly Statement[]> => {
    const image = await resolver.resolve({ reference, platform: hostPlatform() })
    const step = lowerGenerator({ image, target: lowered, parameters, ...(epoch !== undefined && { epoch }) })
    const statements = await readStatements(await solver.solve(step))
    if (statements.length === 0)
      await report({ type: 'warning', code: 'MaterialsMissing', message: `${reference} wrote no bill of materials` })
    const layerOf = await layerFinder(snapshot)
    const version = await packageVersion()
    return statements.map((statement) =>
      isMain(statement.filename) ? withLayers(statement, version, layerOf) : statement,
    )
  }
  return (target) => once(made, target, () => generate(target))
}

/**
 * Statements that the step wrote, the list of the result first. Files of the image itself are
 * ignored.
 */
async function readStatements(snapshot: Snapshot): Promise<readonly Statement[]> {
  const written = await snapshot.at(-1)?.diff()
  const view = await snapshotView(snapshot)
  const directory = resolvePath(view, generatorOutput)
  const names = view.children(directory).filter((name) => written?.get(`${directory}/${name}`)?.type === 'set')
  if (names.length > mostStatements)
    throw new MaterialsError(`the generator wrote ${names.length} files: at most ${mostStatements} are read`)
  const statements: Statement[] = []
  for (const name of [...names.filter(isMain), ...names.filter((other) => !isMain(other))]) {
    const entry = view.get(`${directory}/${name}`)
    if (entry?.type !== 'file') throw new MaterialsError(`"${name}" is not a file but a ${entry?.type}`)
    const { size } = entry.content
    if (size > largestStatement)
      throw new MaterialsError(`"${name}" has ${size} bytes: at most ${largestStatement} are allowed`)
    statements.push(readGenerated(await readAll(entry.content.open(), largestStatement), name))
  }
  return statements
}

function isMain(filename: string): boolean {
  return filename.split('.')[0] === 'sbom'
}
