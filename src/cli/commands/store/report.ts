import { resolve } from 'node:path'
import { oneChunk } from '@tsbuild/content'
import { Command, Option } from 'commander'
import { writeNamedFile } from '../../../export/write-named-file.ts'
import type { Invocation } from '../../invocation/invocation.ts'
import { safeJson } from '../../render/safe-text.ts'
import { imagePlaces, parseImagePlace } from '../../values/places/parse-image-place.ts'
import { addTransferFlags, type TransferFlags, withReports } from '../with-store.ts'

interface ReportFlags extends TransferFlags {
  readonly format: 'html' | 'json'
  readonly output: string
  readonly platform?: string
}

/** `tsbuild report`: layers, files and packages of an image as a page. */
export function reportCommand(invocation: Invocation): Command {
  return addTransferFlags(new Command('report'))
    .description(
      'Write a page about an image: layers, the largest files, files that later layers hide, packages and settings. It opens without network and runs no script.',
    )
    .argument('<image>', 'image to describe')
    .option('-o, --output <file>', 'file to write; - for standard output', '-')
    .addOption(new Option('--format <format>', 'format of the report').choices(['html', 'json']).default('html'))
    .option('--platform <platform>', 'image of an index to describe (default: this machine)')
    .addHelpText('after', imagePlaces)
    .action(async (name: string, flags: ReportFlags) => {
      const { stdout, cwd, signal, engine } = invocation
      const choice = parseImagePlace(name, cwd)
      const text = await withReports(invocation, flags, async (options) => {
        const image = await engine.describeImage(choice, options)
        return flags.format === 'json'
          ? `${safeJson(image, 2)}\n`
          : (await import('../../../report/page/render-image.ts')).renderImage(image)
      })
      if (flags.output === '-') stdout.write(text)
      else await writeNamedFile(resolve(cwd, flags.output), oneChunk(Buffer.from(text)), signal)
    })
}
