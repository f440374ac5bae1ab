import { Argument, Command } from 'commander'
import type { Invocation } from '../../invocation/invocation.ts'
import { bashScript } from './bash-script.ts'
import { describeCommand } from './completed-command.ts'
import { fishScript } from './fish-script.ts'
import { zshScript } from './zsh-script.ts'

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript }

/** A command before its module is loaded. */
interface Entry {
  readonly summary: string
  load(): Promise<(invocation: Invocation) => Command>
}

/** `tsbuild completion`: a script that completes commands, flags, values and names of images. */
export function completionCommand(invocation: Invocation, commands: ReadonlyMap<string, Entry>): Command {
  return new Command('completion')
    .description('Print a script that completes commands and flags, such as source <(tsbuild completion bash).')
    .addArgument(new Argument('<shell>', 'shell').choices(Object.keys(scripts)))
    .addHelpText('after', examples)
    .action(async (shell: keyof typeof scripts) => {
      const described = await Promise.all(
        [...commands].map(async ([name, entry]) =>
          describeCommand({ name, summary: entry.summary }, (await entry.load())(invocation)),
        ),
      )
      invocation.stdout.write(scripts[shell](described))
    })
}

const examples = `
For all shells to come:
  tsbuild completion bash > ~/.local/share/bash-completion/completions/tsbuild
  tsbuild completion zsh > "\${fpath[1]}/_tsbuild"
  tsbuild completion fish > ~/.config/fish/completions/tsbuild.fish
`
