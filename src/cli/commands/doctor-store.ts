import type { StoreCheck, StoreProblem } from '../../diagnosis/store-problem.ts'
import { exitCodes } from '../../exit-codes.ts'
import { Exit } from '../invocation/exit.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { formatCount } from '../../units.ts'
import { safeBlock, safeJson } from '../render/safe-text.ts'

/** `tsbuild doctor --store`: checks the store, and repairs it on request. */
export async function doctorStore(
  { stdout, engine, signal }: Invocation,
  { json, ...options }: { readonly root?: string; readonly repair: boolean; readonly json: boolean },
): Promise<void> {
  const check = await engine.checkStore({ signal, ...options })
  stdout.write(json ? `${safeJson(check, 2)}\n` : safeBlock(formatCheck(check)))
  if (check.problems.length > 0) throw new Exit(exitCodes.build)
}

function formatCheck({ store, checked, problems, repaired }: StoreCheck): string {
  const counts = [
    formatCount(checked.images, 'image'),
    formatCount(checked.blobs, 'blob'),
    formatCount(checked.layers, 'layer'),
    formatCount(checked.records, 'record'),
  ]
  const canRepair = problems.some(({ repair }) => repair !== undefined)
  return [
    `${store}: ${counts.join(', ')} checked`,
    ...section(`repaired ${formatCount(repaired.length, 'problem')}:`, repaired),
    ...section(`found ${formatCount(problems.length, 'problem')}:`, problems),
    ...(problems.length + repaired.length === 0 ? ['no problems found'] : []),
    ...(canRepair ? ['', 'hint: "tsbuild doctor --store --repair" removes these; builds make them again'] : []),
    '',
  ].join('\n')
}

function section(title: string, problems: readonly StoreProblem[]): readonly string[] {
  if (problems.length === 0) return []
  return ['', title, ...problems.map(({ kind, path, reason }) => `  ${kind.padEnd(10)} ${path}: ${reason}`)]
}
