import { resolve } from 'node:path'
import { oneChunk } from '@tsbuild/content'
import { Command, Option } from 'commander'
import { exitCodes } from '../../../exit-codes.ts'
import { writeNamedFile } from '../../../export/write-named-file.ts'
import type { ImageComparison } from '../../../report/model/comparison.ts'
import { Exit } from '../../invocation/exit.ts'
import type { Invocation } from '../../invocation/invocation.ts'
import { UsageError } from '../../invocation/usage-error.ts'
import { safeJson } from '../../render/safe-text.ts'
import { describeComparison } from '../../results/describe-comparison.ts'
import { imagePlaces, parseImagePlace } from '../../values/places/parse-image-place.ts'
import { addTransferFlags, type TransferFlags, withReports } from '../with-store.ts'

interface DiffFlags extends TransferFlags {
  readonly exitCode?: boolean
  readonly format: 'text' | 'json'
  readonly html?: string
  readonly platform?: string
  readonly times?: boolean
}

/** `tsbuild diff`: what differs between two images. */
export function diffCommand(invocation: Invocation): Command {
  return addTransferFlags(new Command('diff'))
    .description(
      'Show which files, settings and packages differ between two images. The letters are those of docker diff: A added, C changed, D deleted.',
    )
    .argument('<from>', 'image before')
    .argument('<to>', 'image after')
    .addOption(new Option('--format <format>', 'format of the result').choices(['text', 'json']).default('text'))
    .option('--html <file>', 'write a page to a file instead of text; - for standard output')
    .option('--times', 'compare times of modification and creation too')
    .option('--exit-code', 'exit with 1 when files or settings differ (default: exit with 0)')
    .option('--platform <platform>', 'image of an index to compare (default: this machine)')
    .addHelpText('after', imagePlaces)
    .action(async (from: string, to: string, flags: DiffFlags) => {
      const { stdout, cwd } = invocation
      if (flags.html === '-' && flags.format === 'json')
        throw new UsageError('--html - and --format json both write to standard output', {
          hint: 'name a file for the page',
        })
      const [before, after] = [parseImagePlace(from, cwd), parseImagePlace(to, cwd)]
      const comparison = await withReports(invocation, flags, (options) =>
        invocation.engine.compareImages(before, after, { ...options, times: flags.times ?? false }),
      )
      if (flags.html !== undefined) await writePage(flags.html, comparison, invocation)
      if (flags.format === 'json') stdout.write(`${safeJson(comparison, 2)}\n`)
      else if (flags.quiet !== true && flags.html === undefined)
        stdout.write(
          describeComparison(comparison)
            .map((line) => `${line}\n`)
            .join(''),
        )
      if (flags.exitCode === true && !comparison.isEqual) throw new Exit(exitCodes.build)
    })
}

async function writePage(
  file: string,
  comparison: ImageComparison,
  { stdout, cwd, signal }: Pick<Invocation, 'stdout' | 'cwd' | 'signal'>,
): Promise<void> {
  const { renderComparison } = await import('../../../report/page/render-comparison.ts')
  const page = renderComparison(comparison)
  if (file === '-') stdout.write(page)
  else await writeNamedFile(resolve(cwd, file), oneChunk(Buffer.from(page)), signal)
}
