import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { RootfsError } from '../protocol/rootfs-error.ts'

/**
 * File of the program that an agent runs. Throws `RootfsError` `PACKAGE_INCOMPLETE` where a bundler
 * moved this code and left the file behind: it only follows imports.
 */
export function agentProgram(): string {
  const file = besideThisModule()
  if (file !== undefined && existsSync(file)) return file
  throw new RootfsError(
    'PACKAGE_INCOMPLETE',
    `RUN needs a file of tsbuild that is missing: ${file ?? 'agent-main.js'}`,
    {
      hint: 'install the package tsbuild beside the program, also for a bundle that includes it',
    },
  )
}

/** Undefined in a CommonJS bundle, where `import.meta` is empty. */
function besideThisModule(): string | undefined {
  try {
    return fileURLToPath(new URL('../agent/agent-main.ts', import.meta.url))
  } catch {
    return undefined
  }
}
