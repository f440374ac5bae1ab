import { Command } from 'commander'
import type { Invocation } from '../invocation/invocation.ts'
import { FixedFields } from '../template/fixed-fields.ts'
import { safeBlock } from '../render/safe-text.ts'

/** `tsbuild version`: the versions of tsbuild and its surroundings. */
export function versionCommand({ stdout }: Invocation): Command {
  return new Command('version')
    .description('Print the version of tsbuild.')
    .option('-f, --format <template>', 'print a Go template with .Client.Version, .Client.Os and .Client.Arch, or json')
    .action(async ({ format }: { readonly format?: string }) => {
      const { packageVersion } = await import('../../session/package-version.ts')
      const version = await packageVersion()
      // There is no daemon: the same answers for scripts that ask docker's.
      const parts = {
        Version: version,
        Os: process.platform,
        Arch: process.arch === 'x64' ? 'amd64' : process.arch,
        NodeVersion: process.versions.node,
      }
      const value = { Client: parts, Server: parts, ...parts }
      if (format === undefined) return void stdout.write(`tsbuild ${version}\n`)
      if (format === 'json') return void stdout.write(`${JSON.stringify({ Client: parts, Server: parts })}\n`)
      const { compileTemplate } = await import('../template/run-template.ts')
      stdout.write(`${safeBlock(compileTemplate(format)(new FixedFields(value)))}\n`)
    })
}
