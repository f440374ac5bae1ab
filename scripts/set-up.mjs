// Installs what the lockfile names, once for each content of the lockfile, and finds the Node to go
// on with.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = join(root, 'node_modules/.bin')
const stamp = join(root, 'node_modules/.set-up')
// Sources run unbuilt and say `await using` and `import.meta.main`.
const oldestNode = [24, 2]

/**
 * Brings the checkout into working order: packages, `node` and `tsbuild` in node_modules/.bin. Does
 * nothing when that was done already.
 * @returns {{ node: string, env: NodeJS.ProcessEnv }} the Node for scripts and
 *   its environment
 */
export function setUp() {
  const env = { ...process.env, ...usableHome(), PATH: [bin, process.env.PATH].join(delimiter) }
  const wanted = fingerprint()
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    install(env)
    writeFileSync(stamp, wanted)
  }
  if (!existsSync(join(bin, 'node'))) link(ownNode(), join(bin, 'node'))
  if (!existsSync(join(bin, 'tsbuild'))) link('../../scripts/tsbuild', join(bin, 'tsbuild'))
  return { node: join(bin, 'node'), env }
}

/** Files that determine the content of node_modules. */
function fingerprint() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`)
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'scripts/set-up.mjs'])
    hash.update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

/** npm and pnpm want a home they can write to; a CI runner may have none. */
function usableHome() {
  try {
    accessSync(process.env.HOME || '/nonexistent', constants.W_OK)
    return {}
  } catch {
    const home = join(root, '.tmp/home')
    mkdirSync(home, { recursive: true })
    return { HOME: home }
  }
}

function install(env) {
  // CI=true: pnpm must not ask before it replaces an older node_modules.
  const { status, error } = spawnSync('npx', ['-y', 'pnpm@12', 'install', '--frozen-lockfile'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...env, CI: 'true' },
  })
  if (status === 0) return
  console.error(
    error?.code === 'ENOENT'
      ? 'Cannot set up: "npx" is missing; install npm'
      : 'Cannot set up: "pnpm install" failed, see above; it needs the npm registry (npm config get registry), perhaps through HTTPS_PROXY',
  )
  process.exit(1)
}

/** The Node this runs on, where the package `node` has no build for the machine. */
function ownNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return process.execPath
  console.error(
    `Cannot set up: there is no packaged Node for ${process.platform} ${process.arch}, and Node ${process.versions.node} is older than ${oldestNode.join('.')}`,
  )
  process.exit(1)
}

function link(target, path) {
  rmSync(path, { force: true })
  symlinkSync(target, path)
}
