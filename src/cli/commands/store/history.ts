import { Command } from 'commander'
import { flag } from '../../flags/declare-flag.ts'
import type { Invocation } from '../../invocation/invocation.ts'
import { formatAge, formatTable } from '../../render/format.ts'
import { formatBytes } from '../../../units.ts'
import { safeJson, safeText } from '../../render/safe-text.ts'
import type { StoredDocuments } from '../../../store/stored-image.ts'
import { addStoreFlags, type StoreFlags, withStore } from '../with-store.ts'

interface HistoryFlags extends StoreFlags {
  readonly json?: boolean
  readonly full?: boolean
  readonly noTrunc?: boolean
  readonly format?: string
  readonly quiet?: boolean
  readonly platform?: string
}

/** `tsbuild history`: the steps an image was made by, newest first. */
export function historyCommand(invocation: Invocation): Command {
  const { stdout } = invocation
  return addStoreFlags(new Command('history'))
    .description('Show the steps that built an image, newest first, with the sizes of their layers.')
    .argument('<image>', 'name, digest, or beginning of a digest')
    .option('--platform <platform>', 'image of an index to show (default: this machine)')
    .option('--full', 'show steps in full length')
    .option('--json', 'print JSON')
    .option('--format <template>', 'print a Go template for each step, or json, or table TEMPLATE')
    .option('-q, --quiet', 'print the digest of the image for each step')
    .addOption(flag('--no-trunc', 'same as --full'))
    .addOption(flag('-H, --human').hideHelp())
    .action(async (name: string, flags: HistoryFlags) => {
      const documents = await withStore(invocation, flags, (store) => store.documents(name, flags.platform))
      const steps = describeHistory(documents)
      const isFull = flags.full === true || flags.noTrunc === true
      if (flags.format !== undefined) return void stdout.write(await formatted(flags.format, steps, isFull))
      if (flags.quiet)
        return void stdout.write(steps.map((_, at) => `${at === 0 ? documents.descriptor.digest : missing}\n`).join(''))
      if (flags.json) return void stdout.write(`${safeJson(steps, 2)}\n`)
      const rows = steps.map(({ created, createdBy, size }) => [
        formatAge(created, Date.now()),
        formatBytes(size),
        shorten(createdBy, isFull),
      ])
      stdout.write(formatTable([['CREATED', 'SIZE', 'STEP'], ...rows]))
    })
}

/** Only the last step has an id: the image. */
const missing = '<missing>'

/** Rows with the fields that docker's rows have. */
async function formatted(format: string, steps: readonly HistoryStep[], isFull: boolean): Promise<string> {
  const { formatRows } = await import('../../template/format-rows.ts')
  return formatRows(
    format,
    steps.map(({ created, createdBy, size, comment = '' }) => ({
      ID: missing,
      CreatedBy: shorten(createdBy, isFull),
      CreatedSince: formatAge(created, Date.now()),
      CreatedAt: created ?? '',
      Size: formatBytes(size),
      Comment: comment,
    })),
  )
}

/** One step, with the stored size of its layer; 0 for a step that made none. */
interface HistoryStep {
  readonly created?: string
  readonly createdBy: string
  readonly size: number
  readonly comment?: string
}

/**
 * History entries matched with layers: entries that are not marked empty own the layers in order.
 */
function describeHistory({ config, layers }: StoredDocuments): readonly HistoryStep[] {
  let layer = 0
  const steps = (config?.history ?? []).map(({ created, created_by = '', comment, empty_layer }): HistoryStep => {
    const size = empty_layer ? 0 : (layers[layer++]?.size ?? 0)
    return {
      createdBy: created_by,
      size,
      ...(created !== undefined && { created }),
      ...(comment !== undefined && { comment }),
    }
  })
  return steps.reverse()
}

function shorten(step: string, full = false): string {
  const text = safeText(step.replaceAll(/\s+/g, ' '))
  return full || text.length <= 80 ? text : `${text.slice(0, 79)}…`
}
