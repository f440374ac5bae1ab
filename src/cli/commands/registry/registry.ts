import { Command } from 'commander'
import type { Invocation } from '../../invocation/invocation.ts'
import { UsageError } from '../../invocation/usage-error.ts'
import { gcCommand } from './gc.ts'
import { serveCommand } from './serve.ts'

/** `tsbuild registry`: a registry of one's own. */
export function registryCommand(invocation: Invocation): Command {
  return new Command('registry')
    .description('Run a registry: keep pushed images in a directory, or offer the images of a layout or the store.')
    .helpCommand(false)
    .action(() => {
      throw new UsageError('missing or unknown sub-command: expected serve or gc')
    })
    .addCommand(serveCommand(invocation))
    .addCommand(gcCommand(invocation))
}
