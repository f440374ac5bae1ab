import { chmod, copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundle } from '../../scripts/bundle.ts'

const root = join(import.meta.dirname, '../..')
const directory = join(root, '.tmp', `program-${process.pid}`)

/**
 * Called before the tests of whole builds, which run the program as it is published. Its start
 * takes a third of the time that the sources take.
 */
export async function setup(): Promise<void> {
  await mkdir(join(directory, 'dist'), { recursive: true })
  await bundle(root, join(directory, 'dist'))
  await copyFile(join(root, 'package.json'), join(directory, 'package.json'))
  const program = join(directory, 'tsbuild')
  await writeFile(
    program,
    `#!/bin/sh\nexec '${join(root, 'node_modules/.bin/node')}' '${join(directory, 'dist/cli.js')}' "$@"\n`,
  )
  await chmod(program, 0o755)
  process.env['TSBUILD_TEST_PROGRAM'] = program
}

/** Called after the last test. */
export function teardown(): Promise<void> {
  return rm(directory, { recursive: true, force: true })
}
