import { copyFile, link, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { plainError } from '../../rootfs/protocol/agent-protocol.ts'
import { encodeResult, type WorkerResult } from '../worker-result.ts'
import { ownMounts, taskFiles, type WorkerTask } from '../worker-task.ts'
import { runTask } from './run-task.ts'

// The program that a worker of a Remote Execution server runs, in the input root of an action: it
// reads the step and its layers there, and leaves the result. Output of the step is its own output.

const root = process.cwd()
const hasMounts = process.argv[2] === ownMounts
const ended = new AbortController()
for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => ended.abort())
await mkdir(join(root, taskFiles.result, '..'), { recursive: true })
const result = await run()
await writeFile(join(root, taskFiles.result), encodeResult(result))
// A failure must not be remembered: servers keep results of actions that end with 0.
process.exitCode = 'result' in result && result.result.exitCode === 0 ? 0 : 1

async function run(): Promise<WorkerResult> {
  try {
    const task: WorkerTask = JSON.parse(await readFile(join(root, taskFiles.task), 'utf8'))
    const { layerPath, ...result } = await runTask(task, { root, signal: ended.signal, hasMounts })
    if (layerPath !== undefined) await placeLayer(layerPath)
    return result
  } catch (error) {
    return { error: plainError(error) }
  }
}

async function placeLayer(path: string): Promise<void> {
  const target = join(root, taskFiles.layer)
  await link(path, target).catch(() => copyFile(path, target))
}
