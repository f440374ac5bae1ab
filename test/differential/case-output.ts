import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runOrThrow } from '../support/run-program.ts'
import type { Case } from './case.ts'
import { type BaseFacts, describeArchive, describeLayout } from './describe-image.ts'
import type { Outcome } from './outcome.ts'
import { readLayout } from './read-layout.ts'

/** Paths for builds of both builders. */
export interface Workplace {
  /** OCI layout of what `FROM base` means. */
  readonly base: string
  readonly baseFacts: BaseFacts
  /** The case's context. */
  readonly context: string
  /** The case's flags, with the addresses of its servers. */
  readonly flags: readonly string[]
  /** A directory for the build's results. */
  readonly directory: string
}

/** The output a case asks for, called `name`. */
export function outputFlags(
  { output = 'oci', outputAttributes = [] }: Case,
  place: Workplace,
  name: string,
): readonly string[] {
  const dest = join(place.directory, name)
  return [
    '-o',
    [`type=${output}`, ...(output === 'oci' ? ['tar=false'] : []), `dest=${dest}`, ...outputAttributes].join(','),
  ]
}

/** Content of that output. */
export async function describeOutput(
  { output = 'oci' }: Case,
  { directory, baseFacts }: Workplace,
  name: string,
): Promise<Outcome> {
  const path = join(directory, name)
  if (output === 'oci') return describeLayout(await readLayout(path), baseFacts)
  if (output === 'tar') return describeArchive(await readFile(path), baseFacts)
  const archive = `${path}.tar`
  await runOrThrow('tar', ['--format=posix', '--numeric-owner', '-cf', archive, '-C', path, '.'])
  return describeArchive(await readFile(archive), baseFacts)
}
