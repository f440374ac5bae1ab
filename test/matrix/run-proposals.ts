// Makes the changes that `tsbuild doctor` proposes in containers of Docker, until it proposes no
// more: node test/matrix/run-proposals.ts [ROW ...]
import { join } from 'node:path'
import { withoutDebian } from '../support/debian-archive.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { openEnvironment, pullImage } from './environment.ts'
import { pushImage } from './images.ts'
import { applyProposal, type Container } from './proposals.ts'
import { rows } from './rows.ts'
import { startServers } from './servers.ts'
import { prepareTools } from './tools.ts'

const obstacle = await withoutDebian()
if (obstacle !== undefined) throw new Error(obstacle)
const names = process.argv.slice(2)
const chosen = rows.filter(({ name, place }) => place === 'docker' && (names.length === 0 || names.includes(name)))
await using directory = await temporaryDirectory()
await using stack = new AsyncDisposableStack()
const servers = await startServers({ directory: directory.path, cache: undefined, stack })
const progress = (line: string): void => console.error(line)
const options = { rows: chosen, columns: [], directory: directory.path, servers, stack, apk: undefined, progress }
const tools = await prepareTools(options)

for (const { name, args } of chosen) {
  console.log(name)
  const works = await climb({ flags: args, lines: [] })
  if (!works) process.exitCode = 1
}

/** The part of `doctor --json` that is used here. */
interface Diagnosis {
  readonly chosen?: string
  readonly rungs: readonly { readonly name: string; readonly available: boolean; readonly reason?: string }[]
  readonly improvement?: {
    readonly rung: string
    readonly changes: readonly { readonly place: string; readonly words: readonly string[] }[]
  }
}

/** Goes on with the first alternative of each change. False if a change does not give its rung. */
async function climb(container: Container): Promise<boolean> {
  const { chosen: from = 'none', improvement } = await diagnose(container)
  const words = improvement?.changes.find(({ place }) => place === 'docker')?.words
  if (improvement === undefined || words === undefined) {
    console.log(`  ${from}: no proposal`)
    return true
  }
  const { rung } = improvement
  const changed = applyProposal(container, words)
  let works = true
  for (const [index, alternative] of changed.entries()) {
    const found = (await diagnose(alternative)).rungs.find(({ name }) => name === rung)
    const outcome = found?.available === true ? 'works' : `fails: ${found?.reason}`
    console.log(`  ${from} to ${rung} by ${words.join(' ')}${index === 0 ? '' : ' (alternative)'}: ${outcome}`)
    works &&= found?.available === true
  }
  const [next] = changed
  return works && (next === undefined || (await climb(next)))
}

async function diagnose({ flags, lines }: Container): Promise<Diagnosis> {
  const image = lines.length === 0 ? tools.image : await imageWith(lines)
  const row = { name: 'proposal', title: '', place: 'docker', args: flags } as const
  await using environment = await openEnvironment(row, { ...tools, ...(image !== undefined && { image }) })
  const { stdout, stderr } = await environment.run(['doctor', '--json'])
  if (stdout === '') throw new Error(`docker run ${flags.join(' ')}: ${stderr}`)
  const diagnosis: Diagnosis = JSON.parse(stdout)
  return diagnosis
}

/** Tsbuild's image with further lines. */
async function imageWith(lines: readonly string[]): Promise<string> {
  const { registry } = servers
  const name = 'changed'
  const dockerfile = [`FROM ${registry}/builder`, 'USER root', ...lines, ''].join('\n')
  await pushImage(name, { directory: join(directory.path, 'images'), registry, nodes: { Dockerfile: dockerfile } })
  if (tools.daemon !== undefined) await pullImage(tools.daemon, `${registry}/${name}`)
  return `${registry}/${name}`
}
