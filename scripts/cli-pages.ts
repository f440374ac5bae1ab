import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Argument, Command, Option } from 'commander'
import { commands } from '../src/cli/commands.ts'
import { invocationOf } from '../src/cli/testing/invocation.ts'

const directory = join(import.meta.dirname, '../docs/cli')

/** Names of the pages by the group of their commands in the help. */
const pages: ReadonlyMap<string, string> = new Map([
  ['Build', 'build'],
  ['Images in the local store', 'images'],
  ['Registries and archives', 'transfer'],
  ['Maintenance', 'maintenance'],
])

const origin = 'Written by `node scripts/cli-pages.ts` from the commands.'

/** Pages of docs/cli by their path: an index, and a page for each group of commands. */
export async function formatCliPages(): Promise<ReadonlyMap<string, string>> {
  const written = new Map([[join(directory, 'README.md'), formatIndex()]])
  for (const [group, page] of pages) {
    const sections: string[] = []
    for (const [name, entry] of commands)
      if (entry.group === group) sections.push(await formatCommand(name, (await entry.load())(invocationOf())))
    written.set(join(directory, `${page}.md`), `# ${group}\n\n${origin}\n\n${sections.join('\n')}`)
  }
  return written
}

function formatIndex(): string {
  const rows = [...commands].map(([name, { summary, group }]) => {
    return `| [\`tsbuild ${name}\`](${pages.get(group)}.md#tsbuild-${name}) | ${cell(summary)} |`
  })
  return `# Command line

${origin}

Without the name of a command, \`tsbuild\` is \`tsbuild build\`. Flags take \`--name VALUE\` and
\`--name=VALUE\`, switches also \`=true\` and \`=false\`. [environment.md](../environment.md) lists
the variables, [errors.md](../errors.md) the errors.

| command | |
|---|---|
${rows.join('\n')}

| exit code | meaning |
|---|---|
| 0 | success |
| 1 | build failed; also a name that the registry or server does not have |
| 2 | invalid usage |
| 3 | RUN cannot be isolated on this machine |
| 4 | registry, git server, web server or network: unreachable, too slow, refused, or wrong content |
| 130 | interrupted |
`
}

/** Commands that take the options of a build. */
const likeBuild: ReadonlySet<string> = new Set(['plan', 'graph'])

/** A command with its flags; those of sub-commands follow. */
async function formatCommand(name: string, command: Command, level = '##'): Promise<string> {
  const isLikeBuild = likeBuild.has(name)
  const after = textAfterHelp(command)
  return [
    `${level} tsbuild ${name}\n`,
    ...(command.description() === '' ? [] : [`${wrap(command.description())}\n`]),
    `\`\`\`text\ntsbuild ${name} ${command.usage()}\n\`\`\`\n`,
    ...formatTable('argument', command.registeredArguments.map(argumentRow)),
    ...(isLikeBuild ? ['It takes the options of [`tsbuild build`](#tsbuild-build), and:\n'] : []),
    ...groupsOf(command, isLikeBuild ? await buildFlags() : new Set()).flatMap(([title, options]) =>
      formatTable(title, options.map(optionRow)),
    ),
    ...(after === '' ? [] : [`\`\`\`text\n${after}\n\`\`\`\n`]),
    ...(await Promise.all(command.commands.map((sub) => formatCommand(`${name} ${sub.name()}`, sub, `${level}#`)))),
  ].join('\n')
}

async function buildFlags(): Promise<ReadonlySet<string>> {
  const command = (await commands.get('build')?.load())?.(invocationOf())
  return new Set(command?.options.map(({ flags }) => flags))
}

/** Visible options by the heading of their group, except those that are `left` out. */
function groupsOf(command: Command, left: ReadonlySet<string>): readonly (readonly [string, readonly Option[]])[] {
  const groups = new Map<string, Option[]>()
  for (const option of command.options) {
    if (option.hidden || left.has(option.flags)) continue
    const title = (option.helpGroupHeading ?? 'Options:').replace(/:$/, '')
    groups.set(title, [...(groups.get(title) ?? []), option])
  }
  return [...groups]
}

function argumentRow(argument: Argument): readonly [string, string] {
  const { variadic, required } = argument
  const name = `${argument.name()}${variadic ? '...' : ''}`
  const choices = argument.argChoices === undefined ? '' : `: ${argument.argChoices.join(', ')}`
  return [required ? `<${name}>` : `[${name}]`, `${argument.description}${choices}`]
}

function optionRow({ flags, description, argChoices, defaultValue }: Option): readonly [string, string] {
  const choices = argChoices === undefined ? '' : `: ${argChoices.join(', ')}`
  const isPlain = typeof defaultValue === 'string' || typeof defaultValue === 'number'
  return [flags, `${description}${choices}${isPlain ? ` (default: ${defaultValue})` : ''}`]
}

function formatTable(title: string, rows: readonly (readonly [string, string])[]): readonly string[] {
  if (rows.length === 0) return []
  const lines = rows.map(([name, text]) => `| \`${name.replaceAll('|', '\\|')}\` | ${cell(text)} |`)
  return [`| ${title.toLowerCase()} | |\n|---|---|\n${lines.join('\n')}\n`]
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}

/** Text that the help prints behind the options. */
function textAfterHelp(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: (part) => void (text += part) }).outputHelp()
  return text.slice(command.helpInformation().length).trim()
}

/** Lines of at most 100 columns. */
function wrap(text: string): string {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? ''
    if (line !== '' && line.length + word.length >= 100) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines.join('\n')
}

if (import.meta.main) for (const [path, text] of await formatCliPages()) writeFileSync(path, text)
