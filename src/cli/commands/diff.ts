import { Command, Option } from 'commander'
import { exitCodes } from '../../exit-codes.ts'
import { Exit } from '../invocation/exit.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { safeJson } from '../render/safe-text.ts'
import { describeComparison } from '../results/describe-comparison.ts'
import { imagePlaces, parseImagePlace } from '../values/places/parse-image-place.ts'
import { addTransferFlags, type TransferFlags, withReports } from './with-store.ts'

interface DiffFlags extends TransferFlags {
  readonly exitCode?: boolean
  readonly format: 'text' | 'json'
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
    .option('--times', 'compare times of modification and creation too')
    .option('--exit-code', 'exit with 1 when files or settings differ (default: exit with 0)')
    .option('--platform <platform>', 'image of an index to compare (default: this machine)')
    .addHelpText('after', imagePlaces)
    .action(async (from: string, to: string, flags: DiffFlags) => {
      const { stdout, cwd } = invocation
      const [before, after] = [parseImagePlace(from, cwd), parseImagePlace(to, cwd)]
      const comparison = await withReports(invocation, flags, (options) =>
        invocation.engine.compareImages(before, after, { ...options, times: flags.times ?? false }),
      )
      if (flags.format === 'json') stdout.write(`${safeJson(comparison, 2)}\n`)
      else if (flags.quiet !== true)
        stdout.write(
          describeComparison(comparison)
            .map((line) => `${line}\n`)
            .join(''),
        )
      if (flags.exitCode === true && !comparison.isEqual) throw new Exit(exitCodes.build)
    })
}
