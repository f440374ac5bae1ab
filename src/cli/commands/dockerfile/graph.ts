import { Command, Option } from 'commander'
import { formatPlatform } from '@tsbuild/oci'
import type { BuildFlags } from '../../flags/build-flags.ts'
import { declareBuildFlags, readBuildFlags } from '../../flags/read-build-flags.ts'
import { toBuildOptions } from '../../flags/build-options.ts'
import { refuseReport } from '../../flags/report-file.ts'
import type { Invocation } from '../../invocation/invocation.ts'
import { graphToDot, graphToJson } from '../../../graph/print.ts'
import { safeBlock, safeJson } from '../../render/safe-text.ts'

/** `tsbuild graph`: the steps of a build and what they are made from. */
export function graphCommand(invocation: Invocation): Command {
  const { stdout, engine } = invocation
  return declareBuildFlags(new Command('graph'), ['--format'])
    .description(
      'Print the steps of a build as a graph, one for each platform. Takes the options of build; runs no step.',
    )
    .argument('[context]', 'context, as for build')
    .addOption(
      new Option('--format <format>', 'format of the graph (dot: Graphviz)').choices(['dot', 'json']).default('dot'),
    )
    .addHelpText('after', '\nExample:\n  tsbuild graph . | dot -Tsvg -o build.svg\n')
    .action(async (context: string | undefined, given: BuildFlags & { readonly format: string }, command: Command) => {
      const { flags } = readBuildFlags(given, command)
      refuseReport(flags)
      const targets = await engine.lower(await toBuildOptions(flags, context, invocation))
      if (flags.format === 'dot')
        return void stdout.write(safeBlock(targets.map(({ rootfs }) => graphToDot(rootfs)).join('')))
      const graphs = targets.map(({ platform, rootfs }) => ({
        platform: formatPlatform(platform),
        steps: graphToJson(rootfs),
      }))
      stdout.write(`${safeJson(graphs, 2)}\n`)
    })
}
