import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { once } from 'node:events'
import { dirname } from 'node:path'
import { rungs } from '@tsbuild/isolate'

/** Removes a directory of the store in which files may belong to a user namespace: where the caller may not, root of the namespace may. */
export async function removeUnpacked(directory: string): Promise<void> {
  try {
    await rm(directory, { recursive: true, force: true })
  } catch (error) {
    const rung = rungs.find(({ name }) => name === 'userns')
    if (!rung || process.geteuid?.() === 0) throw error
    const script = 'require("node:fs").rmSync(process.argv[1], { recursive: true, force: true }); process.disconnect()'
    const child = await rung.start({ args: [process.execPath, '--eval', script, directory], env: process.env, scratch: dirname(directory) })
    await once(child, 'exit')
    if (existsSync(directory)) throw error
  }
}
