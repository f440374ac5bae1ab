import { resolve } from 'node:path'
import { Command } from 'commander'
import { formatPlatform, hostPlatform } from '@tsbuild/oci'
import { chooseIsolation } from '../flags/isolation.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { FixedFields } from '../template/fixed-fields.ts'
import { safeBlock, safeJson } from '../render/safe-text.ts'
import { addStoreFlags, type StoreFlags, withStore } from './with-store.ts'

/** `tsbuild info`: the store, the isolation of RUN and the platform, in a few lines. */
export function infoCommand(invocation: Invocation): Command {
  const { stdout, cwd, signal, env, engine } = invocation
  return addStoreFlags(new Command('info'))
    .description('Show the version, the store and the isolation of RUN. tsbuild doctor has the details.')
    .option('-f, --format <template>', 'print a Go template with the members of --format json')
    .action(async ({ format, ...flags }: StoreFlags & { readonly format?: string }) => {
      const { packageVersion } = await import('../../session/package-version.ts')
      const { defaultRoot } = await import('../../layer/disk/store-paths.ts')
      const root = flags.root === undefined ? defaultRoot(env) : resolve(cwd, flags.root)
      const wanted = chooseIsolation({}, env)
      const { chosen } = await engine.diagnose({ signal, root, ...(wanted !== undefined && { wanted }) })
      const images = await withStore(invocation, flags, (store) => store.images())
      const value = {
        Version: await packageVersion(),
        Root: root,
        Images: images.length,
        Isolation: chosen ?? 'none',
        Platform: formatPlatform(hostPlatform()),
        Node: process.versions.node,
      }
      if (format === 'json') return void stdout.write(`${safeJson(value)}\n`)
      if (format !== undefined) {
        const { compileTemplate } = await import('../template/run-template.ts')
        return void stdout.write(`${safeBlock(compileTemplate(format)(new FixedFields(value)))}\n`)
      }
      stdout.write(
        safeBlock(
          Object.entries(value)
            .map(([name, each]) => `${name}: ${each}\n`)
            .join(''),
        ),
      )
    })
}
